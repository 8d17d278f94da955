"""How the categoriser reads notes, by phrases alone and with the language model beside them: what
must hold either way. A test module inherits `ReadingNotes`.
"""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integration.shipped import shipped_reasons
from rules.reasons import UNKNOWN, Categoriser, Classified
from rules.words.sense import Sense


@cache
def _categoriser(competitors: tuple[str, ...], sense: Sense | None) -> Categoriser:
    return Categoriser(shipped_reasons(), competitors, sense)


class ReadingNotes:
    def sense(self) -> Sense | None:
        """What stands beside the phrases."""
        return None

    def categoriser(self, *competitors: str) -> Categoriser:
        return _categoriser(competitors, self.sense())

    def said(self, note: str) -> Classified:
        return self.categoriser().classify(None, note)

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
        self,
        code: str | None,
        words: str | None,
        category: str,
        competitor: str | None,
        disagrees: bool,
    ) -> None:
        got = self.categoriser().classify(code, words)
        assert (got.category, got.competitor, got.disagrees) == (category, competitor, disagrees)

    def test_code_against_words_keeps_the_code_and_says_so(self) -> None:
        got = self.categoriser().classify("Pricing", "nobody ever answered our tickets")
        assert got.category == "price"
        assert got.disagrees
        assert '"Pricing" was picked, but the words say Service (service)' in got.because

    def test_several_picked_values_are_two_reasons(self) -> None:
        got = self.categoriser().classify("Pricing;Support", None)
        assert (got.category, got.second) == ("price", "service")
        assert not self.categoriser().classify("Other;Support", "slow support").disagrees

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
    def test_what_says_no_reason_stays_unknown(self, note: str) -> None:
        got = self.said(note)
        assert (got.category, got.confidence) == (UNKNOWN, 0.0)

    @pytest.mark.parametrize(
        "note",
        [
            "Der Preis ist leider zu hoch für uns",
            "C'est trop cher pour nous",
            "цена слишком высокая",
        ],
    )
    def test_other_languages_are_named_and_not_guessed(self, note: str) -> None:
        assert self.said(note).because == "not English"

    @pytest.mark.parametrize(
        ("note", "first", "second"),
        [
            ("Mainly the price, but also slow support", "price", "service"),
            ("Slow support, but mainly the price increase", "price", "service"),
            ("Product is buggy and it is too expensive", "quality", "price"),
        ],
    )
    def test_of_two_reasons_the_weightier_comes_first(
        self, note: str, first: str, second: str
    ) -> None:
        got = self.said(note)
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
    def test_who_won_is_told_apart_from_why(self, note: str, competitor: str | None) -> None:
        got = self.categoriser("Globex").classify(None, note)
        assert got.competitor == competitor

    def test_spelling_and_typing_errors_are_looked_through(self) -> None:
        assert self.said("far too expencive").category == "price"
        assert self.said("custmer suport was terible").category == "service"
        assert (
            self.said("unprofessional behaviour").category
            == self.said("unprofessional behavior").category
        )
        assert self.said("audio was good").category == UNKNOWN

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
    def test_a_word_does_not_say_what_its_phrase_does_not(self, note: str, category: str) -> None:
        assert self.said(note).category == category

    @settings(max_examples=50, suppress_health_check=[HealthCheck.differing_executors])
    @given(st.text(max_size=400), st.text(max_size=40))
    def test_any_text_gets_an_answer(self, words: str, code: str) -> None:
        got = self.categoriser().classify(code, words)
        assert 0 <= got.confidence <= 1
        assert got.because

    def test_two_picked_values_of_which_the_words_say_the_second(self) -> None:
        got = self.categoriser().classify("Pricing;Support", "slow support, nobody answered")
        assert (got.category, got.second, got.disagrees) == ("price", "service", False)
