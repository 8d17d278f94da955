"""What a fitted sense of the language is told of a note, the same when fitting and when reading.

Words of clauses that are praised, denied, conceded or about somebody else are marked, so that
"no complaints about price" and "complained about price" have nothing in common.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rules.words import polarity
from rules.words.clauses import NOTE_LIMIT, Clause, Opening

_START, _END = "^", "$"
_SET_ASIDE = "!"
_SPELT = re.compile(r"[a-z0-9$£€']+")
_SHORTEST, _LONGEST = 3, 5


@dataclass(frozen=True, slots=True)
class Features:
    """`counting`: the part of the note that counts; `words`: those of each clause. What else is
    told, its spelling, is in the note itself."""

    note: str
    counting: str
    words: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, note: str, clauses: Sequence[Clause]) -> Features:
        note = note.encode("utf-8", "replace").decode()  # half of a character has no encoding
        words = tuple(tuple(words_of(clause)) for clause in clauses)
        return cls(note, what_counts(note, clauses), words)


def words_of(clause: Clause) -> list[str]:
    """The stems of the clause, alone and in pairs."""
    stems = [token.stem for token in clause.tokens]
    pairs = zip([_START, *stems], [*stems, _END], strict=True)
    words = [*stems, *(f"{one}_{other}" for one, other in pairs)]
    mark = _SET_ASIDE if set_aside(clause) else ""
    return [mark + word for word in words]


def spelling_of(note: str) -> Iterator[str]:
    """Pieces of its words, three to five letters long: what a typing error or an ending leaves of
    a word, and "overpriced" has with "price"."""
    for word in _SPELT.findall(note[:NOTE_LIMIT].lower()):
        marked = f"<{word}>"
        for length in range(_SHORTEST, _LONGEST + 1):
            for start in range(len(marked) - length + 1):
                yield marked[start : start + length]


def what_counts(note: str, clauses: Sequence[Clause]) -> str:
    """The note without the clauses that are set aside; the whole of it where none is left."""
    counting = (clause for clause in clauses if not set_aside(clause))
    return " . ".join(" ".join(token.word for token in each.tokens) for each in counting) or note


def set_aside(clause: Clause) -> bool:
    """Whether the clause says what was *not* the reason, or praises."""
    praised = polarity.praised(clause) and not polarity.blamed(clause)
    return (
        praised
        or polarity.denied(clause)
        or clause.opening is Opening.CONCESSION
        or polarity.about_somebody_else(clause)
    )
