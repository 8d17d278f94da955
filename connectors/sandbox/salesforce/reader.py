"""What the running user may read: fields by field-level security, records by sharing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from connectors.sandbox.salesforce.fields import FieldDef
from connectors.sandbox.salesforce.records import Records, Row
from connectors.sandbox.salesforce.schema import ObjectDef, Schema
from connectors.sandbox.world import Clock


class Reader:
    """The source of `query`; with `everything` that of `queryAll`, deleted records included."""

    def __init__(
        self,
        schema: Schema,
        records: Records,
        clock: Clock,
        unshared: set[str],
        everything: bool = False,
    ) -> None:
        self.schema = schema
        self.records = records
        self.clock = clock
        self.unshared = unshared
        self.everything = everything

    def object(self, name: str) -> ObjectDef | None:
        return self.schema.object(name)

    def visible(self, owner: ObjectDef, name: str) -> FieldDef | None:
        return self.schema.visible(owner, name)

    def visible_fields(self, owner: ObjectDef) -> list[FieldDef]:
        return self.schema.visible_fields(owner)

    def children(self, parent: ObjectDef) -> Iterator[tuple[ObjectDef, FieldDef]]:
        return self.schema.children(parent)

    def rows(self, owner: ObjectDef, low: str | None, exclusive: bool) -> Iterator[Row]:
        table = self.records.table(owner)
        for id in table.ids_between(low, exclusive):
            row = table.rows[id]
            if self.shows(row):
                yield row

    def by_ids(self, owner: ObjectDef, ids: Sequence[str]) -> Iterable[Row]:
        rows = self.records.table(owner).rows
        return [row for id in ids if (row := rows.get(id)) is not None and self.shows(row)]

    def matching(self, owner: ObjectDef, field: FieldDef, value: Any) -> list[str]:
        table = self.records.table(owner)
        if not self.everything:
            return table.matching(field, value)
        wanted = field.key(value)
        return [id for id, row in table.rows.items() if field.key(row.get(field.name)) == wanted]

    def find(self, id: str, types: tuple[str, ...]) -> tuple[ObjectDef, Row] | None:
        found = self.records.find(id, types)
        if found is None or id in self.unshared:
            return None
        table, row = found
        return table.definition, row

    def now(self) -> datetime:
        return self.clock.now()

    def shows(self, row: Row) -> bool:
        gone = row.get("IsDeleted") or row.get("IsArchived")  # old closed activities are archived
        if gone and not self.everything:
            return False
        return row["Id"] not in self.unshared
