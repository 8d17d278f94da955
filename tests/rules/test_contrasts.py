"""Notes beside the praise of something else: of the note's category, and praising another."""

from __future__ import annotations

from integration.shipped import shipped_reasons
from rules.reasons import UNKNOWN, Categoriser
from tests.bench.contrasts import contrasts

NOTES = [
    ("The parcels came a week late", "service"),
    ("Parcels came in a soaked box", "quality"),
    ("No API for what we do", "product_fit"),
    ("I was charged twice for one month", "misunderstanding"),
    ("We pay far more than we get", "price"),
    ("See email of the other day", "unknown"),
] * 3


def test_a_note_is_put_beside_praise_of_another_matter() -> None:
    made = list(contrasts(NOTES))
    assert made == list(contrasts(NOTES))
    assert len(made) == 5
    for note, place in made:
        assert NOTES[place][0].lower() in note.lower()


def test_the_praise_alone_says_nothing_of_its_matter() -> None:
    by_phrases = Categoriser(shipped_reasons())
    for note, place in contrasts(NOTES):
        said, category = NOTES[place]
        praise = note.lower().replace(said.lower(), "")
        assert by_phrases.classify(None, praise).category in {UNKNOWN, category}, note


def test_what_says_no_reason_is_left_as_it_is() -> None:
    assert list(contrasts([("See email of the other day", UNKNOWN)] * 9)) == []
