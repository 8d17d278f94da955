"""The tables: rows by id, with indexes, and a journal to take changes back.

A row is a mapping of canonical field name to wire value, without empty values; it is never
changed in place, so whoever holds one (a query cursor) holds a snapshot.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from connectors.sandbox.salesforce.fields import FieldDef
from connectors.sandbox.salesforce.schema import ObjectDef

Row = dict[str, Any]


class Table:
    """The rows of one object, deleted ones included."""

    def __init__(self, definition: ObjectDef) -> None:
        self.definition = definition
        self.rows: dict[str, Row] = {}
        self._unique: dict[str, dict[Any, list[str]]] = {}
        self._sorted: list[str] | None = None

    def put(self, row: Row) -> None:
        """Insert the row, or replace the one with its id."""
        id: str = row["Id"]
        old = self.rows.get(id)
        if old is None:
            self._sorted = None
        self.rows[id] = row
        for name, index in self._unique.items():
            self._reindex(name, index, old, row)

    def remove(self, id: str) -> None:
        old = self.rows.pop(id, None)
        self._sorted = None
        for name, index in self._unique.items():
            self._reindex(name, index, old, None)

    def matching(self, definition: FieldDef, value: Any) -> list[str]:
        """Ids of live rows whose indexed field has this value."""
        if definition.name not in self._unique:
            self._build(definition)
        return list(self._unique[definition.name].get(definition.key(value), ()))

    def ids_between(self, low: str | None, exclusive: bool) -> list[str]:
        """All ids in order, from `low` on."""
        if self._sorted is None:
            self._sorted = sorted(self.rows)
        if low is None:
            return self._sorted
        cut = bisect_right if exclusive else bisect_left
        return self._sorted[cut(self._sorted, low) :]

    def _build(self, definition: FieldDef) -> None:
        index: dict[Any, list[str]] = defaultdict(list)
        self._unique[definition.name] = index
        for row in self.rows.values():
            self._reindex(definition.name, index, None, row)

    def _reindex(
        self, name: str, index: dict[Any, list[str]], old: Row | None, new: Row | None
    ) -> None:
        definition = self.definition.field(name)
        if definition is None:
            return
        before, after = _indexed(old, name), _indexed(new, name)
        if before is not None and old is not None:
            ids = index.get(definition.key(before), [])
            if old["Id"] in ids:
                ids.remove(old["Id"])
        if after is not None and new is not None:
            index.setdefault(definition.key(after), []).append(new["Id"])


def _indexed(row: Row | None, name: str) -> Any:
    return None if row is None or row.get("IsDeleted") else row.get(name)


class Records:
    """All tables, and the journal of the transaction under way."""

    def __init__(self) -> None:
        self.tables: dict[str, Table] = {}
        self._journal: list[tuple[Table, str, Row | None]] | None = None

    def table(self, definition: ObjectDef) -> Table:
        found = self.tables.get(definition.name)
        if found is None:
            found = self.tables[definition.name] = Table(definition)
        return found

    def put(self, table: Table, row: Row) -> None:
        if self._journal is not None:
            self._journal.append((table, row["Id"], table.rows.get(row["Id"])))
        table.put(row)

    def remove(self, table: Table, id: str) -> None:
        if self._journal is not None:
            self._journal.append((table, id, table.rows.get(id)))
        table.remove(id)

    def begin(self) -> None:
        self._journal = []

    def keep(self) -> None:
        self._journal = None

    def take_back(self) -> None:
        """Undo everything since `begin`, the last change first."""
        journal, self._journal = self._journal or [], None
        for table, id, before in reversed(journal):
            if before is None:
                table.remove(id)
            else:
                table.put(before)

    def find(self, id: str, types: tuple[str, ...] = ()) -> tuple[Table, Row] | None:
        """The row with this id, in the tables named or, without names, in any."""
        for table in self._candidates(types):
            row = table.rows.get(id)
            if row is not None:
                return table, row
        return None

    def _candidates(self, types: tuple[str, ...]) -> Iterator[Table]:
        if not types:
            yield from self.tables.values()
        for name in types:
            if name in self.tables:
                yield self.tables[name]
