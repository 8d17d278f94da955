"""The categoriser by phrases alone: picked values first, then words; sure or silent.

With the language model: tests/integration/test_reasons_with_model.py. How often it is right on
notes it has never seen: tests/integration/test_sense_figures.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rules.reasons import UNKNOWN, Categoriser
from rules.ruleset import Reason
from rules.words.clauses import Clause
from tests.rules.reading_notes import ReadingNotes


class TestReadingByPhrases(ReadingNotes):
    """Nothing stands beside them."""


def test_an_admins_own_categories_and_phrases() -> None:
    own = Categoriser(
        (Reason("parking", "Parking", phrases=("no * parking", "~parking", "nowhere to park")),)
    )
    assert own.classify(None, "There is no free parking").category == "parking"
    assert own.classify(None, "the parking was terrible").category == "parking"
    assert own.classify(None, "the parking was great").category == UNKNOWN
    assert own.classify(None, "too expensive").category == UNKNOWN
    assert Categoriser(()).classify("x", "anything").category == UNKNOWN


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


def test_words_that_say_the_picked_reason_and_another() -> None:
    price = Reason("price", "Price", phrases=("too expensive",))
    both = Categoriser((price, Reason("bugs", "Bugs", phrases=("bugs",))))
    for note in ("mainly bugs, and too expensive as well", "mainly too expensive, also bugs"):
        got = both.classify("Price", note)
        assert (got.category, got.second, got.disagrees) == ("price", "bugs", False)
