"""The language model beside the phrases: when it speaks, and what stands above it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

import integration
from integration.fitted import WEIGHTS
from integration.sense import missing, sense_for, shipped_sense
from integration.shipped import shipped_reasons
from rules.reasons import UNKNOWN, Categoriser
from rules.ruleset import Reason, Words

UNHEARD = "The centrifuge packed up after ten weeks"
"""A note that no shipped phrase knows."""


def test_it_reads_a_note_that_no_phrase_knows_and_says_by_what() -> None:
    assert Categoriser(shipped_reasons()).classify(None, UNHEARD).category == UNKNOWN
    got = Categoriser(shipped_reasons(), sense=shipped_sense()).classify(None, UNHEARD)
    assert got.category == "quality"
    assert got.because.startswith('the words "the centrifuge packed up')


def test_an_admins_own_phrase_stands_above_it() -> None:
    own = Reason("out_of_hands", "Out of our hands", phrases=("packed up",))
    reasons = tuple(own if each.id == own.id else each for each in shipped_reasons())
    got = Categoriser(reasons, sense=shipped_sense()).classify(None, UNHEARD)
    assert got.category == "out_of_hands"


def test_a_category_that_the_admin_took_out_is_never_given() -> None:
    without = tuple(each for each in shipped_reasons() if each.id != "quality")
    assert Categoriser(without, sense=shipped_sense()).classify(None, UNHEARD).category == UNKNOWN
    renamed = tuple(
        replace(each, label="Defects") if each.id == "quality" else each
        for each in shipped_reasons()
    )
    got = Categoriser(renamed, sense=shipped_sense()).classify("Price", UNHEARD)
    assert got.disagrees
    assert "the words say Defects (quality)" in got.because


def test_a_category_of_the_admins_own_stands_beside_the_shipped_ones() -> None:
    parking = Reason("parking", "Parking", phrases=("nowhere to park", "~parking"))
    both = Categoriser((parking, *shipped_reasons()), sense=shipped_sense())
    assert both.classify(None, "nowhere to park, and too expensive").category == "parking"
    assert both.classify(None, "maybe parking?").category == UNKNOWN
    assert both.classify(None, UNHEARD).category == "quality"


def test_what_a_note_denies_it_does_not_say_either() -> None:
    both = Categoriser(shipped_reasons(), sense=shipped_sense())
    for note in ("not too expensive", "maybe price?", "support was never the problem"):
        assert both.classify(None, note).category == UNKNOWN


def test_a_word_that_nobody_spelt_like_that_is_known_by_its_pieces() -> None:
    both = Categoriser(shipped_reasons(), sense=shipped_sense())
    assert both.classify(None, "sheer overpricedness").category == "price"


def test_it_can_be_switched_off() -> None:
    assert sense_for(Words(model=False)) is None
    assert missing(Words(model=False)) is None
    assert sense_for(Words()) is shipped_sense()


def test_the_weights_are_whole_and_know_the_shipped_categories() -> None:
    assert Path(integration.__file__).with_name(WEIGHTS).stat().st_size < 1_500_000
    scores = shipped_sense().scores("", [])
    assert set(scores) == {each.id for each in shipped_reasons()}
    assert np.isfinite(list(scores.values())).all()
