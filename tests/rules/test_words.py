"""What a note's words say by an admin's own phrases: praise, blame, denial, causes, who won."""

from __future__ import annotations

import pytest

from rules.reasons import UNKNOWN, Categoriser
from rules.ruleset import Reason

OWN = Categoriser(
    (
        Reason("price", "Price", phrases=("too expensive", "~price")),
        Reason("service", "Service", phrases=("nobody answered", "~support")),
        Reason("quality", "Quality", phrases=("bugs", "no * backup", "~quality")),
    ),
    competitors=("Globex Corp",),
)


@pytest.mark.parametrize(
    ("note", "category"),
    [
        ("The reason was the price", "price"),
        ("reason: price", "price"),
        ("because of the price", "price"),
        ("they went over price", "price"),
        ("Lost to Acme, and support was a factor", "service"),
        ("because support was let down", "service"),
        ("not because of the price", UNKNOWN),
    ],
)
def test_a_matter_that_is_called_the_cause_counts(note: str, category: str) -> None:
    assert OWN.classify(None, note).category == category


@pytest.mark.parametrize(
    ("note", "category"),
    [
        ("the price was reasonable", UNKNOWN),
        ("happy with price and support", UNKNOWN),
        ("price: fine", UNKNOWN),
        ("support was never good", "service"),
        ("far from good support", "service"),
        ("support was less than good", "service"),
        ("only good support", UNKNOWN),
    ],
)
def test_praise_is_no_reason_and_denied_praise_is_one(note: str, category: str) -> None:
    assert OWN.classify(None, note).category == category


@pytest.mark.parametrize(
    ("note", "category"),
    [
        ("could not live with the bugs", "quality"),
        ("it is no longer too expensive", "price"),
        ("not a single day without bugs", UNKNOWN),
        ("no complaints about support", UNKNOWN),
        ("nobody was ever unhappy with support", UNKNOWN),
        ("it was never too expensive", UNKNOWN),
    ],
)
def test_a_denial_reaches_as_far_as_it_is_meant(note: str, category: str) -> None:
    assert OWN.classify(None, note).category == category


@pytest.mark.parametrize(
    ("note", "category"),
    [
        ("our previous vendor had bugs", UNKNOWN),
        ("the bugs were fixed quickly", UNKNOWN),
        ("the bugs took weeks to fix", "quality"),
        ("though too expensive, they loved it", UNKNOWN),
        ("loved it, though too expensive", "price"),
    ],
)
def test_what_was_mended_conceded_or_somebody_elses_counts_little(note: str, category: str) -> None:
    assert OWN.classify(None, note).category == category


def test_the_quality_of_the_support_is_about_quality() -> None:
    got = OWN.classify(None, "the quality of the support was terrible")
    assert (got.category, got.second) == ("quality", None)


def test_what_the_customer_said_outright_is_surer() -> None:
    told = OWN.classify(None, "it is too expensive for us, they said")
    quoted = OWN.classify(None, '"it is too expensive for us", they said')
    assert quoted.category == told.category == "price"
    assert quoted.confidence > told.confidence


@pytest.mark.parametrize(
    ("note", "category"),
    [
        ("no good daily backup", "quality"),
        ("there is no automatic backup of anything", "quality"),
        ("no backup", UNKNOWN),
        ("there is no", UNKNOWN),
        ("no idea in the end who should make a backup", UNKNOWN),
    ],
)
def test_a_star_stands_for_some_words_and_not_for_none(note: str, category: str) -> None:
    assert OWN.classify(None, note).category == category


@pytest.mark.parametrize(
    ("note", "competitor"),
    [
        ("switched to a competitor called Globix", "Globix"),
        ("Contoso offered it for half", "Contoso"),
        ("lost to globix", "globix"),
        ("chose google-sheets instead", None),
        ("left for price", None),
        ("switched to 123", None),
        ("a competitor undercut us", "a competitor"),
        ("we did not lose it to a competitor", None),
        ("went with globexcorp", "Globex Corp"),
        ("did not go to Globex Corp", None),
    ],
)
def test_who_won(note: str, competitor: str | None) -> None:
    assert OWN.classify(None, note).competitor == competitor
