"""The categoriser with the shipped language model beside the phrases: what holds by phrases alone
holds with it too."""

from __future__ import annotations

from integration.sense import shipped_sense
from rules.words.sense import Sense
from tests.rules.reading_notes import ReadingNotes


class TestReadingWithTheModel(ReadingNotes):
    def sense(self) -> Sense | None:
        return shipped_sense()
