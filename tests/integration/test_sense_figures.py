"""How often the categoriser that ships is right, on notes that were kept apart from its fitting,
and what it must understand."""

from __future__ import annotations

from functools import cache

import pytest

from integration.sense import shipped_sense
from integration.shipped import shipped_reasons
from rules.reasons import Categoriser
from tests.bench.words import KEPT_APART, PLAIN, Quality, measured


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


def test_figures_on_sentences_that_are_plainly_reported() -> None:
    plain = measured(Categoriser(shipped_reasons(), sense=shipped_sense()), PLAIN)
    assert plain.precision >= 0.98, plain
    assert plain.coverage >= 0.90, plain
    assert plain.silence >= 0.95, plain


PLAINEST = {
    "price": (
        "They said it was too expensive.",
        "She says that it costs too much.",
        "Feedback: price too high.",
    ),
    "budget": (
        "They said they had no budget.",
        "Customer told us their budget was cut.",
        "She says that she cannot afford it.",
    ),
    "product_fit": (
        "They said it did not have the features they need.",
        "Reason: missing features.",
        "He told me that the software was hard to use.",
    ),
    "quality": (
        "They said it kept breaking.",
        "They said the quality was bad.",
        "Customer told us that it did not work.",
        "We failed them.",
    ),
    "service": (
        "They said support was slow.",
        "They said nobody answered their tickets.",
        "Per the call, deliveries were always late.",
    ),
    "people": (
        "They said our rep was rude.",
        "Reason: rude staff.",
        "He told me that he did not like our salesman.",
    ),
    "neglect": (
        "They said nobody ever called them.",
        "They said they felt forgotten.",
        "Feedback: felt ignored.",
    ),
    "misunderstanding": (
        "They said the invoice was wrong.",
        "Customer told us that it was not what we agreed.",
        "She says that she was billed twice.",
    ),
    "better_offer": (
        "They said they got a better offer.",
        "They said a competitor was cheaper.",
        "Reason: better offer.",
    ),
    "no_need": (
        "They said they do not need it any more.",
        "They said they hardly used it.",
        "Customer told us that they do it themselves now.",
    ),
    "timing": (
        "They said not now.",
        "She says that now is not a good time.",
        "Customer told us that they want to wait until next year.",
    ),
    "out_of_hands": (
        "They said the company is bankrupt.",
        "They said they are closing the business.",
        "She says that she is moving abroad.",
    ),
    "invalid": (
        "They said this is a duplicate.",
        "They said it was entered by mistake.",
    ),
    "unknown": (
        "They said they want to cancel.",
        "She says that they switched to another supplier.",
        "They said the price was fine.",
        "Reason: other.",
    ),
}
"""What nobody forgives not to be understood: the plainest words, reported."""


@pytest.mark.parametrize("category", PLAINEST)
def test_the_plainest_sentences_are_understood(category: str) -> None:
    categoriser = Categoriser(shipped_reasons(), sense=shipped_sense())
    got = {note: categoriser.classify(None, note).category for note in PLAINEST[category]}
    assert got == dict.fromkeys(PLAINEST[category], category)
