"""The phrases' evidence and a fitted sense of the language, weighed together.

A phrase alone takes many things too literally, and says nothing of words that nobody thought of.
The sense knows the categories that ship with the product, by many notes that were put into them.
An admin's own phrases and categories are above it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from rules.words.clauses import Clause
from rules.words.evidence import Evidence

_SHARPNESS = 8.0
_OF_A_PHRASE = 0.1
_MOST_WEIGHT = 2.5
_SURE, _SURE_AGAINST_A_PHRASE = 0.75, 0.9
"""The first two by cross-validation over the notes it was fitted to, each voice in turn left out;
the thresholds so that 95 % of what is said is right (tests/bench/README.md)."""
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

    def telling(self, clauses: Sequence[Clause], category: str) -> str:
        """The part of the note that speaks most for the category."""


@dataclass(frozen=True, slots=True)
class Reading:
    """`category` None: not sure enough to say one."""

    category: str | None
    second: str | None
    share: float


def read(scores: Mapping[str, float], evidence: Sequence[Evidence]) -> Reading:
    """The likeliest category by both, if it is likely enough."""
    weights = {each.category: min(each.weight, _MOST_WEIGHT) for each in evidence}
    total = {name: score + _OF_A_PHRASE * weights.get(name, 0.0) for name, score in scores.items()}
    top = max(total.values())
    parts = {name: math.exp(_SHARPNESS * (score - top)) for name, score in total.items()}
    shares = {name: part / sum(parts.values()) for name, part in parts.items()}
    ranked = sorted(shares, key=lambda name: (-shares[name], name))
    best, next_best = ranked[0], ranked[1]
    said_both = min(weights.get(best, 0.0), weights.get(next_best, 0.0)) >= 1
    both_said = said_both and "unknown" not in {best, next_best}
    sure = shares[best] + (shares[next_best] if both_said else 0.0)  # two reasons share the note
    contradicted = weights.get(best, 0.0) < 1 <= max(weights.values(), default=0.0)
    if best == "unknown" or sure < (_SURE_AGAINST_A_PHRASE if contradicted else _SURE):
        return Reading(None, None, shares[best])
    second = next_best if shares[next_best] >= _SECOND and next_best != "unknown" else None
    return Reading(best, second, shares[best])
