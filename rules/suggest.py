"""The nearest of a closed list of words, as a question: did you mean ...?"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_FEW = 8


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """The choice that `word` was probably meant to be; None where nothing is near."""
    by_folded = {choice.lower().replace("_", " "): choice for choice in choices}
    found = get_close_matches(word.lower().replace("_", " "), by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else None


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """`did you mean "x"?`, or the list where it is short, or an empty text."""
    listed = list(choices)
    near = nearest(word, listed)
    if near is not None:
        return f'did you mean "{near}"?'
    if 0 < len(listed) <= _FEW:
        return "one of " + ", ".join(f'"{choice}"' for choice in listed)
    return ""
