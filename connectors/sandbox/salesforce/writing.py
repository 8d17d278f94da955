"""Every change of a record: by callers of the API, with all of Salesforce's refusals, and by
persons, who may set anything (a test plays them).

A change is noted in the ledger when it is committed, never before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any

from connectors.sandbox.salesforce.checks import checked_values
from connectors.sandbox.salesforce.derived import derive
from connectors.sandbox.salesforce.faults import RowFault
from connectors.sandbox.salesforce.fields import FieldDef, stamp, wire_value
from connectors.sandbox.salesforce.ids import IdMaker
from connectors.sandbox.salesforce.records import Records, Row, Table
from connectors.sandbox.salesforce.schema import ObjectDef, Schema
from connectors.sandbox.world import World


@dataclass(slots=True)
class Refusals:
    """What a test may have the org refuse.

    `locked` ids answer ENTITY_IS_LOCKED; `row_locks` counts how often an id still answers
    UNABLE_TO_LOCK_ROW; `closed_records` is "" (open to changes), "validation" or "locked";
    `rules` are validation rules: (object, row) -> the sentence of the refusal or None;
    `every_other` says of each row to come whether it meets a lock.
    """

    locked: set[str] = field(default_factory=set)
    row_locks: dict[str, int] = field(default_factory=dict)
    closed_records: str = ""
    rules: list[Callable[[str, Row], str | None]] = field(default_factory=list)
    every_other: Iterator[bool] = field(default_factory=lambda: repeat(False))


class Writer:
    """Changes records of one org. The caller holds the world's lock."""

    def __init__(self, world: World, schema: Schema, records: Records, user_id: str) -> None:
        self.world = world
        self.schema = schema
        self.records = records
        self.user_id = user_id
        self.ids = IdMaker()
        self.refusals = Refusals()
        self._pending: list[tuple[str, str, str, Mapping[str, Any], str]] | None = None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing: an exception takes back what was done inside."""
        self.records.begin()
        self._pending = []
        try:
            yield
        except BaseException:
            self._pending = None
            self.records.take_back()
            raise
        self.records.keep()
        pending, self._pending = self._pending, None
        for verb, type, id, fields, by in pending:
            self.world.record("salesforce", verb, type, id, fields, by)

    def create(self, target: ObjectDef, fields: Mapping[str, Any], by: str = "api") -> str:
        values = self._values(target, fields, by, creating=True)
        table = self.records.table(target)
        id: str = values.get("Id") or self.new_id(target)
        row = with_defaults(target, {**values, "Id": id})
        self._stamp_new(target, row, by)
        if by == "api":
            self._take_locks([row[name] for name in ("WhatId", "WhoId") if row.get(name)])
        self._check_unique(table, row, None)
        self._store(table, row, None)
        self._note("create", target.name, id, values, by)
        return id

    def update(
        self, target: ObjectDef, id: str, fields: Mapping[str, Any], by: str = "api"
    ) -> None:
        table, old = self._living(target, id)
        if by == "api":
            self._check_open(target, old)
        values = self._values(target, fields, by, creating=False)
        if by == "api":
            self._take_locks([id])
        now = stamp(self.world.clock.now())
        row = {**old, **self._modified(now, by), **values}
        self._check_unique(table, row, old)
        self._store(table, row, old)
        self._note("update", target.name, id, values, by)

    def new_id(self, target: ObjectDef) -> str:
        rows = self.records.table(target).rows
        while (id := self.ids.next(target.prefix)) in rows:
            pass
        return id

    def touch(self, target: ObjectDef, id: str) -> None:
        """A change by an automated process: the system stamp alone moves."""
        table, old = self._living(target, id)
        self.records.put(table, {**old, "SystemModstamp": stamp(self.world.clock.now())})

    def delete(self, target: ObjectDef, id: str, by: str = "api") -> None:
        """Into the recycle bin, with everything that hangs on the record."""
        table, old = self._living(target, id)
        if by == "api":
            self._check_open(target, old)
            self._take_locks([id])
        self.records.put(
            table, {**old, "IsDeleted": True, **self._modified(stamp(self.world.clock.now()), by)}
        )
        self._note("delete", target.name, id, {}, by)
        for child, definition, row in self._hanging_on(target, id):
            if definition.cascade:
                self.delete(child, row["Id"], by)

    def undelete(self, target: ObjectDef, id: str, by: str = "api") -> None:
        table = self.records.table(target)
        old = table.rows.get(id)
        if old is None or not old.get("IsDeleted"):
            raise RowFault("UNDELETE_FAILED", "Entity is not in the recycle bin")
        row = {**old, **self._modified(stamp(self.world.clock.now()), by)}
        row.pop("IsDeleted")
        row.pop("MasterRecordId", None)
        self.records.put(table, row)
        self._note("restore", target.name, id, {}, by)

    def merge(self, target: ObjectDef, winner: str, loser: str, by: str = "person") -> None:
        """The loser is deleted and points at the winner; what hung on it moves over, by every
        field that pointed there (a task hangs by two)."""
        self._living(target, winner)
        table, old = self._living(target, loser)
        modified = self._modified(stamp(self.world.clock.now()), by)
        for child, definition, row in self._hanging_on(target, loser):
            children = self.records.table(child)
            now = children.rows[row["Id"]]
            self._store(children, {**now, definition.name: winner, **modified}, now)
        self.records.put(table, {**old, "IsDeleted": True, "MasterRecordId": winner, **modified})
        self.records.put(table, {**table.rows[winner], **modified})
        self._note("merge", target.name, winner, {"loser": loser}, by)

    def _values(
        self, target: ObjectDef, fields: Mapping[str, Any], by: str, creating: bool
    ) -> dict[str, Any]:
        if by == "api":
            return checked_values(self.schema, self.records, target, fields, creating)
        values = {}
        for name, value in fields.items():
            definition = target.field(name)
            if definition is None:
                raise RowFault("INVALID_FIELD", f"No such column '{name}' on {target.name}")
            values[definition.name] = wire_value(definition, value)
        return values

    def _stamp_new(self, target: ObjectDef, row: Row, by: str) -> None:
        now = stamp(self.world.clock.now())
        row.setdefault("CreatedDate", now)
        row.setdefault("LastModifiedDate", row["CreatedDate"])
        row.setdefault("SystemModstamp", now)
        owner = row.get("OwnerId") or self.user_id
        if target.field("OwnerId") is not None:
            row["OwnerId"] = owner
        actor = self.user_id if by == "api" else owner
        row.setdefault("CreatedById", actor)
        row.setdefault("LastModifiedById", actor)
        if target.custom and target.field("Name") is not None:
            row.setdefault("Name", row["Id"])

    def _modified(self, now: str, by: str) -> dict[str, Any]:
        changed = {"LastModifiedDate": now, "SystemModstamp": now}
        return {**changed, "LastModifiedById": self.user_id} if by == "api" else changed

    def _store(self, table: Table, row: Row, old: Row | None) -> None:
        derive(table.definition.name, row, old, self.records)
        self.records.put(table, {name: value for name, value in row.items() if value is not None})

    def _living(self, target: ObjectDef, id: str) -> tuple[Table, Row]:
        table = self.records.table(target)
        row = table.rows.get(id)
        if row is None:
            raise RowFault("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
        if row.get("IsDeleted"):
            raise RowFault("ENTITY_IS_DELETED", "entity is deleted")
        return table, row

    def _check_open(self, target: ObjectDef, row: Row) -> None:
        locking = self.refusals.closed_records if row.get("IsClosed") else ""
        if target.name == "Task":
            locking = ""
        if row["Id"] in self.refusals.locked or locking == "locked":
            raise RowFault(
                "ENTITY_IS_LOCKED",
                "This record is locked. If you need to edit it, contact your admin.",
            )
        if locking:
            raise RowFault("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Closed records cannot be changed.")
        for rule in self.refusals.rules:
            sentence = rule(target.name, row)
            if sentence:
                raise RowFault("FIELD_CUSTOM_VALIDATION_EXCEPTION", sentence)

    def _take_locks(self, ids: list[str]) -> None:
        if next(self.refusals.every_other):
            raise RowFault("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record")
        for id in ids:
            left = self.refusals.row_locks.get(id, 0)
            if left:
                self.refusals.row_locks[id] = left - 1
                raise RowFault(
                    "UNABLE_TO_LOCK_ROW",
                    f"unable to obtain exclusive access to this record or 1 records: {id}",
                )

    def _check_unique(self, table: Table, row: Row, old: Row | None) -> None:
        for definition in table.definition.fields.values():
            value = row.get(definition.name)
            if not definition.unique or value is None:
                continue
            if old is not None and old.get(definition.name) == value:
                continue
            others = [one for one in table.matching(definition, value) if one != row["Id"]]
            if others:
                raise RowFault(
                    "DUPLICATE_VALUE",
                    f"duplicate value found: {definition.name} duplicates value on record with "
                    f"id: {others[0]}",
                )

    def _hanging_on(self, parent: ObjectDef, id: str) -> list[tuple[ObjectDef, FieldDef, Row]]:
        """Every living record that points at this one."""
        found: list[tuple[ObjectDef, FieldDef, Row]] = []
        for child in self.schema:
            pointers = [
                definition
                for definition in child.fields.values()
                if parent.name in definition.reference_to or definition.name in ("WhatId", "WhoId")
            ]
            if child.name not in self.records.tables or not pointers:
                continue
            for row in self.records.table(child).rows.values():
                found.extend(
                    (child, definition, row)
                    for definition in pointers
                    if row.get(definition.name) == id
                    and not row.get("IsDeleted")
                    and definition.name != "MasterRecordId"
                )
        return found

    def _note(self, verb: str, type: str, id: str, fields: Mapping[str, Any], by: str) -> None:
        if self._pending is not None:
            self._pending.append((verb, type, id, fields, by))
        else:
            self.world.record("salesforce", verb, type, id, fields, by)


def with_defaults(target: ObjectDef, values: Row) -> Row:
    """A new row: what is given, and the object's defaults where nothing is."""
    row = {
        definition.name: definition.default
        for definition in target.fields.values()
        if definition.default not in (None, False)
    }
    row.update(values)
    return row
