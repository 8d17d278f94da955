"""A person's name, address and number taken out of stored texts. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from rules.model import TaskDraft

FORGOTTEN = "[forgotten]"

SHORTEST = 3
"""Letters of a word worth looking for: a shorter one stands in every other text."""


class Scrubber:
    """Finds some words as they stand alone, in whatever case."""

    def __init__(self, words: Iterable[str]) -> None:
        told = sorted({w.strip() for w in words if len(w.strip()) >= SHORTEST}, key=len)
        found = "|".join(re.escape(word) for word in reversed(told))
        self._pattern = re.compile(rf"(?<!\w)(?:{found})(?!\w)", re.IGNORECASE) if told else None

    def text(self, text: str) -> str:
        return self._pattern.sub(FORGOTTEN, text) if self._pattern else text

    def texts(self, value: Any) -> Any:
        """A JSON value whose strings all are texts; names of keys stay."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {name: self.texts(inner) for name, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.texts(inner) for inner in value]
        return value

    def values(self, stored: Mapping[str, Any]) -> dict[str, Any]:
        """Values as `codec.value_to_json` keeps them: dates and numbers stay what they are."""
        return {name: self._value(value) for name, value in stored.items()}

    def _value(self, value: Any) -> Any:
        if isinstance(value, Mapping) and "map" in value:
            return {"map": self.values(value["map"])}
        return self.text(value) if isinstance(value, str) else value

    def snapshot(self, stored: Mapping[str, Any]) -> dict[str, Any]:
        """A record as `codec.snapshot_to_json` keeps it."""
        scrubbed = dict(stored)
        if "fields" in stored:
            scrubbed["fields"] = self.values(stored["fields"])
        if "ours" in stored:  # what a rep wrote down of an interview
            scrubbed["ours"] = self.texts(stored["ours"])
        entity = stored.get("entity")
        if entity and isinstance(entity.get("name"), str):
            scrubbed["entity"] = {**entity, "name": self.text(entity["name"])}
        return scrubbed

    def draft(self, draft: TaskDraft) -> TaskDraft:
        return replace(draft, subject=self.text(draft.subject), body=self.text(draft.body))
