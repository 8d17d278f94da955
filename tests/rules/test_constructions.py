"""Sentences by construction: each once, the same every time, in categories that ship."""

from __future__ import annotations

from integration.shipped import shipped_reasons
from tests.bench.constructions import constructed, sentences


def test_every_alternative_stands_in_its_place() -> None:
    said = sentences("{support|helpdesk} {slow|rude}{|, as always}", 12)
    assert len(set(said)) == len(said) == 8
    assert {"support slow", "helpdesk rude, as always"} <= set(said)
    assert sentences("{a|b} {c|d}", 2) == sentences("{a|b} {c|d}", 2)


def test_the_constructions_are_of_categories_that_ship_and_leave_no_slot_open() -> None:
    shipped = {each.id for each in shipped_reasons()}
    for category, sentence in constructed():
        assert category in shipped
        assert sentence
        assert not set(sentence) & set("{}|<>"), sentence
