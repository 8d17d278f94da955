"""Phrases that reps' own choices suggest: where somebody chose a category by hand and the words did
not say it, what do the words of such notes have in common, and no others? Pure; proposes only."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rules.reasons import UNKNOWN
from rules.words.clauses import clauses_of
from rules.words.english import FILLERS, stem

LONGEST = 4
"""Words of a phrase at most."""

MOST_A_CATEGORY = 8
_EDGES = FILLERS | {"a", "an", "the", "and", "or", "but", "so", "of", "to", "in", "on", "for", "at"}

_Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person chose for a note, and what its words alone were taken to say."""

    words: str
    chosen: str
    said: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A phrase for a category. `speak_for` notes that hold it were given the category by hand,
    `against` another one; `unread` of the former say nothing to us yet."""

    category: str
    phrase: str
    speak_for: int
    against: int
    unread: int


def proposals(
    choices: Sequence[Choice], known: Mapping[str, Iterable[str]], *, at_least: int = 3
) -> list[Proposal]:
    """`known` are the phrases of each category today; only categories in it are proposed for. A
    phrase needs `at_least` notes of different words for it, and nine for each one against it."""
    notes = list({(c.words.strip().lower(), c.chosen): c for c in choices if c.words}.values())
    found = [_phrases(choice.words) for choice in notes]
    spread: dict[_Key, Counter[str]] = defaultdict(Counter)
    surface: dict[_Key, Counter[str]] = defaultdict(Counter)
    for choice, phrases in zip(notes, found, strict=True):
        for key, words in phrases.items():
            spread[key][choice.chosen] += 1
            surface[key][words] += 1
    taken = {part for phrases in known.values() for one in phrases for part in _parts(one)}
    made: list[Proposal] = []
    for category in known:
        unread = {
            n
            for n, choice in enumerate(notes)
            if choice.chosen == category and choice.said != category
        }
        if category == UNKNOWN or not unread:
            continue
        able = [
            key
            for key, by in spread.items()
            if by[category] >= at_least
            and key not in taken
            and (by.total() - by[category]) * 9 <= by[category]
        ]
        made += _cover(category, able, unread, found, spread, surface)
    return made


def _cover(
    category: str,
    able: Sequence[_Key],
    unread: set[int],
    found: Sequence[Mapping[_Key, str]],
    spread: Mapping[_Key, Counter[str]],
    surface: Mapping[_Key, Counter[str]],
) -> list[Proposal]:
    """Few phrases for many notes: the one that reads most of those left, again and again; of
    equal ones the longer, which says more."""
    left = set(unread)
    made: list[Proposal] = []
    while left and len(made) < MOST_A_CATEGORY:
        reads = {key: sum(key in found[n] for n in left) for key in able}
        best = max(able, key=lambda k: (reads[k], len(k), k), default=None)
        if best is None or reads[best] < 2:
            break
        by = spread[best]
        made.append(
            Proposal(
                category=category,
                phrase=surface[best].most_common(1)[0][0],
                speak_for=by[category],
                against=by.total() - by[category],
                unread=sum(best in found[n] for n in unread),
            )
        )
        left -= {n for n in left if best in found[n]}
    return made


def _phrases(note: str) -> dict[_Key, str]:
    """Every run of words inside a clause that neither begins nor ends with a filler."""
    found: dict[_Key, str] = {}
    for clause in clauses_of(note):
        words = clause.text.lower().split()
        words = [word.strip(".,;:!?\"'()") for word in words]
        for start in range(len(words)):
            for end in range(start + 1, min(start + LONGEST, len(words)) + 1):
                run = words[start:end]
                if _is_phrase(run):
                    found.setdefault(tuple(map(stem, run)), " ".join(run))
    return found


def _is_phrase(run: Sequence[str]) -> bool:
    if not all(word.replace("-", "").replace("'", "").isalpha() for word in run):
        return False
    if run[0] in _EDGES or run[-1] in _EDGES:
        return False
    return len(run) > 1 or len(run[0]) > 5


def _parts(phrase: str) -> Iterator[_Key]:
    """A phrase that is known, and every run of its words: part of it is no news."""
    words = tuple(stem(word) for word in phrase.lstrip("~").lower().split())
    for start in range(len(words)):
        for end in range(start + 1, len(words) + 1):
            yield words[start:end]
