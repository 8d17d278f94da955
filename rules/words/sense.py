"""The phrases' evidence and a fitted sense of the language, weighed together.

A phrase alone takes many things too literally, and says nothing of words that nobody thought of.
The sense knows the categories that ship with the product, by many notes that were put into them.
An admin's own phrases and categories are above it.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from rules.words.clauses import Clause
from rules.words.evidence import Evidence

_OF_THE_SENSE, _OF_A_PHRASE, _OF_ITS_SHARE, _OF_A_DOUBT = 9.7, 0.26, 1.86, 0.56
_UNKNOWN, _OF_LENGTH = 3.7, 1.8
"""What they add to a category's log odds; `unknown` loses with every further word. Fitted to notes
of voices that were left out when the sense was fitted (tests/bench/voices_left_out.py)."""
_MOST_WEIGHT, _SAID = 2.5, 1.0
_SURE = 0.72
"""Where voices left out and the notes kept apart are right often enough: tests/bench/README.md."""
_SECOND = 0.12


class Sense(Protocol):
    """A sense of the language that was fitted to the categories of the product."""

    @property
    def phrases(self) -> frozenset[tuple[str, str]]:
        """Category and phrase: those that ship with the product; the rest are an admin's."""

    def scores(self, note: str, clauses: Sequence[Clause]) -> Mapping[str, float]:
        """How much the note is like each shipped category, `unknown` among them: about 0 to 1."""

    def foresee(self, notes: Sequence[tuple[str, Sequence[Clause]]]) -> None:
        """These will be asked for, each with its clauses."""

    def telling(self, note: str, clauses: Sequence[Clause], category: str) -> str:
        """The part of the note that speaks most for the category."""

    def __hash__(self) -> int:
        """Books with the same sense may share what is made with it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """`category` None: not sure enough to say one."""

    category: str | None
    second: str | None
    share: float


def read(
    scores: Mapping[str, float],
    evidence: Sequence[Evidence],
    doubted: Collection[str],
    words: int,
) -> Reading:
    """The likeliest category by both, if it is likely enough. `doubted`: the categories that the
    note may speak of only to deny them; `words`: how many it has."""
    likely = shares(scores, evidence, doubted, words)
    best, next_best = sorted(likely, key=lambda name: (-likely[name], name))[:2]
    said = {each.category for each in evidence if each.weight >= _SAID} - {"unknown"}
    sure = likely[best] + (likely[next_best] if {best, next_best} <= said else 0.0)
    if best == "unknown" or sure < _SURE:  # two reasons share the note
        return Reading(None, None, likely[best])
    second = next_best if likely[next_best] >= _SECOND and next_best != "unknown" else None
    return Reading(best, second, likely[best])


def shares(
    scores: Mapping[str, float],
    evidence: Sequence[Evidence],
    doubted: Collection[str],
    words: int,
) -> dict[str, float]:
    """How likely each category is; together they are 1."""
    odds = {name: _OF_THE_SENSE * score for name, score in scores.items()}
    for each in evidence:
        weight, share = weight_and_share(each, words)
        if each.category in odds:
            odds[each.category] += weight * (_OF_A_PHRASE + _OF_ITS_SHARE * share)
    for name in odds.keys() & doubted:
        odds[name] -= _OF_A_DOUBT
    odds["unknown"] += _UNKNOWN - _OF_LENGTH * math.log1p(words)
    top = max(odds.values())
    parts = {name: math.exp(each - top) for name, each in odds.items()}
    return {name: part / sum(parts.values()) for name, part in parts.items()}


def weight_and_share(each: Evidence, words: int) -> tuple[float, float]:
    """What was said weighs more where there is little beside it: its share of the note's words."""
    return min(each.weight, _MOST_WEIGHT), len(each.words.split()) / max(words, 1)
