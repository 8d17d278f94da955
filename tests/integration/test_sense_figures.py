"""How often the categoriser that ships is right, on notes that were kept apart from its fitting."""

from __future__ import annotations

from functools import cache

from integration.sense import shipped_sense
from integration.shipped import shipped_reasons
from rules.reasons import Categoriser
from tests.bench.words import KEPT_APART, Quality, measured


@cache
def figures(*, model: bool) -> Quality:
    sense = shipped_sense() if model else None
    return measured(Categoriser(shipped_reasons(), sense=sense), KEPT_APART)


def test_figures_on_notes_that_were_kept_apart() -> None:
    both = figures(model=True)
    assert both.precision >= 0.97, both
    assert both.coverage >= 0.80, both
    assert both.silence >= 0.97, both
    assert both.competitors >= 0.92, both


def test_the_model_is_right_more_often_than_phrases_alone_and_speaks_more_often() -> None:
    both, phrases = figures(model=True), figures(model=False)
    assert both.precision > phrases.precision + 0.05, (both, phrases)
    assert both.coverage > phrases.coverage, (both, phrases)
