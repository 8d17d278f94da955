"""The records of one object type: live, archived, merged away; and who holds a unique value.

A record's properties are never changed in place, so that the search index can go on showing the
old ones until its lag is over.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from connectors.sandbox.hubspot.index import Properties, SearchIndex
from connectors.sandbox.hubspot.types import ObjectType


@dataclass(slots=True)
class Record:
    id: int
    properties: Properties
    archived_at: datetime | None = None


@dataclass(slots=True)
class Table:
    type: ObjectType
    index: SearchIndex
    live: dict[int, Record] = field(default_factory=dict)
    archived: dict[int, Record] = field(default_factory=dict)
    merged: dict[int, int] = field(default_factory=dict)  # old id -> the id it was merged into
    unique: dict[str, dict[str, int]] = field(default_factory=dict)  # property -> value -> id

    def find(self, id: int) -> Record | None:
        """The live record; a merged id answers with the record that it was merged into."""
        survivor = id
        while survivor in self.merged:
            survivor = self.merged[survivor]
        return self.live.get(survivor)

    def holder(self, name: str, value: str) -> int | None:
        """The id of the live record that has this value of a unique property."""
        if name == "hs_object_id":
            return int(value) if value.isdigit() else None
        return self.unique.get(name, {}).get(value.lower())

    def hold(self, names: list[str], old: Properties, new: Properties, id: int) -> None:
        """Keep up who holds which unique value."""
        for name in names:
            values = self.unique.setdefault(name, {})
            if old.get(name) and values.get(old[name].lower()) == id:
                del values[old[name].lower()]
            if new.get(name):
                values[new[name].lower()] = id
