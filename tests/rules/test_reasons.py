"""The categoriser: picked values first, then words; sure or silent.

How often it is right on notes it has never seen: tests/integration/test_sense_figures.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integration.sense import shipped_sense
from integration.shipped import shipped_reasons
from rules.reasons import UNKNOWN, Categoriser, Classified
from rules.ruleset import Reason
from rules.words.clauses import Clause


@cache
def categoriser(*competitors: str) -> Categoriser:
    return Categoriser(shipped_reasons(), competitors, shipped_sense())


def said(note: str) -> Classified:
    return categoriser().classify(None, note)


@pytest.mark.parametrize(
    ("code", "words", "category", "competitor", "disagrees"),
    [
        ("pricing", "", "price", None, False),
        ("features", "too expensive", "product_fit", None, True),
        ("support", None, "service", None, False),
        ("budget", "too expensive", "budget", None, True),
        ("pricing", "switched to competitor", "price", "a competitor", False),
        ("competitor", "", UNKNOWN, "a competitor", False),
        ("competitor", "missing features", "product_fit", "a competitor", False),
        ("unknown", "too expensive", "price", None, False),
        ("unknown", "switched to competitor", UNKNOWN, "a competitor", False),
        (None, None, UNKNOWN, None, False),
        (" TOO EXPENSIVE ", None, "price", None, False),
        ("Our prices were too high", None, "price", None, False),
        ("Lost to Competitor", "went with Acme", UNKNOWN, "Acme", False),
    ],
)
def test_what_was_picked_comes_first(
    code: str | None, words: str | None, category: str, competitor: str | None, disagrees: bool
) -> None:
    got = categoriser().classify(code, words)
    assert (got.category, got.competitor, got.disagrees) == (category, competitor, disagrees)


def test_code_against_words_keeps_the_code_and_says_so() -> None:
    got = categoriser().classify("Pricing", "nobody ever answered our tickets")
    assert got.category == "price"
    assert got.disagrees
    assert '"Pricing" was picked, but the words say Service (service)' in got.because


def test_several_picked_values_are_two_reasons() -> None:
    got = categoriser().classify("Pricing;Support", None)
    assert (got.category, got.second) == ("price", "service")
    assert not categoriser().classify("Other;Support", "slow support").disagrees


@pytest.mark.parametrize(
    "note",
    [
        "price was fine",
        "not too expensive",
        "support was never the problem",
        "no issues with quality",
        "It was not because of the price",
        "Expensive, but worth it",
        "happy with price, quality and support",
        "maybe price?",
        "not sure if it was the support or the price",
        "no response",
        "customer cancelled",
        "see email",
        "",
        "   ",
        "???",
        "12345",
        "🙁🙁🙁",
    ],
)
def test_what_says_no_reason_stays_unknown(note: str) -> None:
    got = said(note)
    assert (got.category, got.confidence) == (UNKNOWN, 0.0)


@pytest.mark.parametrize(
    "note",
    ["Der Preis ist leider zu hoch für uns", "C'est trop cher pour nous", "цена слишком высокая"],
)
def test_other_languages_are_named_and_not_guessed(note: str) -> None:
    assert said(note).because == "not English"


@pytest.mark.parametrize(
    ("note", "first", "second"),
    [
        ("Mainly the price, but also slow support", "price", "service"),
        ("Slow support, but mainly the price increase", "price", "service"),
        ("Product is buggy and it is too expensive", "quality", "price"),
    ],
)
def test_of_two_reasons_the_weightier_comes_first(note: str, first: str, second: str) -> None:
    got = said(note)
    assert (got.category, got.second) == (first, second)


@pytest.mark.parametrize(
    ("note", "competitor"),
    [
        ("switched to Acme Cloud last month", "Acme Cloud"),
        ("they went with another vendor", "a competitor"),
        ("moved to Spain", None),
        ("moved to a smaller office", None),
        ("did not go with Acme in the end", None),
        ("beaten by GLOBEX on price", "Globex"),
        ("now uses globx instead", "Globex"),
    ],
)
def test_who_won_is_told_apart_from_why(note: str, competitor: str | None) -> None:
    got = categoriser("Globex").classify(None, note)
    assert got.competitor == competitor


def test_spelling_and_typing_errors_are_looked_through() -> None:
    assert said("far too expencive").category == "price"
    assert said("custmer suport was terible").category == "service"
    assert said("unprofessional behaviour").category == said("unprofessional behavior").category
    assert said("audio was good").category == UNKNOWN


@pytest.mark.parametrize(
    ("note", "category"),
    [
        ("delivery surcharge", "price"),
        ("the service charge is too high", "price"),
        ("delivery was late again", "service"),
        ("service contract ended", UNKNOWN),
        ("the quality manager signed the termination", UNKNOWN),
        ("surcharge on small orders put him off", "price"),
        ("put off until spring", "timing"),
    ],
)
def test_a_word_does_not_say_what_its_phrase_does_not(note: str, category: str) -> None:
    assert said(note).category == category


def test_an_admins_own_categories_and_phrases() -> None:
    own = Categoriser(
        (Reason("parking", "Parking", phrases=("no * parking", "~parking", "nowhere to park")),)
    )
    assert own.classify(None, "There is no free parking").category == "parking"
    assert own.classify(None, "the parking was terrible").category == "parking"
    assert own.classify(None, "the parking was great").category == UNKNOWN
    assert own.classify(None, "too expensive").category == UNKNOWN
    assert Categoriser(()).classify("x", "anything").category == UNKNOWN


@settings(max_examples=50)
@given(st.text(max_size=400), st.text(max_size=40))
def test_any_text_gets_an_answer(words: str, code: str) -> None:
    got = categoriser().classify(code, words)
    assert 0 <= got.confidence <= 1
    assert got.because


class Reader:
    """A sense of the language that remembers what it was told to expect, and knows nothing."""

    phrases = frozenset({("price", "too expensive")})

    def __init__(self) -> None:
        self.expected: list[str] = []

    def scores(self, *_: object) -> Mapping[str, float]:
        return {"price": 0.0, "unknown": 1.0}

    def foresee(self, notes: Sequence[tuple[str, Sequence[Clause]]]) -> None:
        self.expected += [note for note, _ in notes]

    def telling(self, *_: object) -> str:
        return ""


def test_all_is_read_ahead_but_an_admins_own_phrases_and_other_languages() -> None:
    reader = Reader()
    own = Reason("price", "Price", phrases=("too expensive", "costs the earth"))
    ahead = Categoriser((own,), sense=reader)
    ahead.foresee(["too expensive", "it costs the earth", " it was a long story ", "Zu teuer"])
    assert reader.expected == ["too expensive", "it was a long story"]
    Categoriser((own,)).foresee(["it was a long story"])


def test_two_picked_values_of_which_the_words_say_the_second() -> None:
    got = categoriser().classify("Pricing;Support", "slow support, nobody answered")
    assert (got.category, got.second, got.disagrees) == ("price", "service", False)


def test_words_that_say_the_picked_reason_and_another() -> None:
    price = Reason("price", "Price", phrases=("too expensive",))
    both = Categoriser((price, Reason("bugs", "Bugs", phrases=("bugs",))))
    for note in ("mainly bugs, and too expensive as well", "mainly too expensive, also bugs"):
        got = both.classify("Price", note)
        assert (got.category, got.second, got.disagrees) == ("price", "bugs", False)
