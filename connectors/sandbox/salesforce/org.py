"""The state of one sandbox org, and what a test or a demo does to it in-process.

Everything here takes the world's lock by itself. `by="person"` goes round the refusals that
callers of the API meet; unknown fields are refused to everyone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import cycle, repeat
from pathlib import Path
from typing import Any

from connectors.sandbox.salesforce.cursors import Cursors
from connectors.sandbox.salesforce.faults import RowFault
from connectors.sandbox.salesforce.fields import FieldDef, stamp
from connectors.sandbox.salesforce.loading import Loader
from connectors.sandbox.salesforce.permissions import check_grant
from connectors.sandbox.salesforce.reader import Reader
from connectors.sandbox.salesforce.records import Records, Row
from connectors.sandbox.salesforce.schema import ObjectDef, Schema
from connectors.sandbox.salesforce.sessions import Sessions
from connectors.sandbox.salesforce.setup import ADMIN_ID, setup_rows, special_rows
from connectors.sandbox.salesforce.standard import standard_objects
from connectors.sandbox.salesforce.transactions import Change, LongTransaction
from connectors.sandbox.salesforce.writing import Writer
from connectors.sandbox.world import World

_LOOKUP_TYPES = {"lookup": "reference", "text": "string", "checkbox": "boolean"}


class Org:
    """Objects, records, sessions and switches of the sandbox org."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.sessions = Sessions(world.clock)
        self.daily_limit = 100_000
        self.calls_used = 0
        self.open_transactions: list[LongTransaction] = []
        self.grain_in_seconds = 60  # to what `updated` and `deleted` cut start and end
        self._begin()

    def _begin(self) -> None:
        self.schema = Schema(standard_objects())
        self.records = Records()
        self.field_ids: dict[str, str] = {}  # Account.X__c -> id of the CustomField
        self.unshared: set[str] = set()
        self.writer = Writer(self.world, self.schema, self.records, ADMIN_ID)
        self.refusals = self.writer.refusals
        self.cursors = Cursors(self.world.clock)
        for type, row in setup_rows(self.writer.ids, stamp(self.world.clock.now())):
            self.records.table(self.object(type)).put(row)

    def reset(self) -> None:
        """Back to an empty org with nobody logged in."""
        with self.world.lock:
            self.calls_used = 0
            self.open_transactions.clear()
            self.sessions.expire_all()
            self._begin()

    @property
    def enforce_fls(self) -> bool:
        """Whether a new field stays invisible until a permission set grants it."""
        return self.schema.enforce_grants

    @enforce_fls.setter
    def enforce_fls(self, on: bool) -> None:
        self.schema.enforce_grants = on

    def object(self, type: str) -> ObjectDef:
        """The object's definition. Raises KeyError."""
        found = self.schema.object(type)
        if found is None:
            raise KeyError(f"the org has no object {type}")
        return found

    def reader(self, everything: bool = False) -> Reader:
        return Reader(self.schema, self.records, self.world.clock, self.unshared, everything)

    def create(self, type: str, fields: Mapping[str, Any], by: str = "person") -> str:
        with self.world.lock:
            check_grant(self.schema, self.records, type, fields)
            id = self.writer.create(self.object(type), fields, by)
            self.after_write(type)
            return id

    def update(self, type: str, id: str, fields: Mapping[str, Any], by: str = "person") -> None:
        with self.world.lock:
            self._check_shared(id, by)
            self.writer.update(self.object(type), id, fields, by)
            self.after_write(type)

    def touch(self, type: str, id: str) -> None:
        with self.world.lock:
            self.writer.touch(self.object(type), id)

    def delete(self, type: str, id: str, by: str = "person") -> None:
        with self.world.lock:
            self._check_shared(id, by)
            self.writer.delete(self.object(type), id, by)
            self.after_write(type)

    def undelete(self, type: str, id: str, by: str = "person") -> None:
        with self.world.lock:
            self.writer.undelete(self.object(type), id, by)

    restore = undelete

    def merge(self, type: str, winner: str, loser: str, by: str = "person") -> None:
        with self.world.lock:
            self.writer.merge(self.object(type), winner, loser, by)

    def get(self, type: str, id: str) -> Row | None:
        """The record with all its fields, deleted or not."""
        with self.world.lock:
            row = self.records.table(self.object(type)).rows.get(id)
            return None if row is None else dict(row)

    def all(self, type: str, deleted: bool = False) -> list[Row]:
        with self.world.lock:
            rows = self.records.table(self.object(type)).rows.values()
            return [dict(row) for row in rows if deleted or not row.get("IsDeleted")]

    def define_object(
        self, name: str, fields: Iterable[FieldDef] = (), activities: bool | None = None
    ) -> ObjectDef:
        """A custom object with a name field; tasks may hang on it only where that is said."""
        with self.world.lock:
            found = self.schema.object(name)
            if found is None:
                found = ObjectDef(name, self.schema.next_custom_prefix())
                found.add(FieldDef("Name", length=80))
                found.add(
                    FieldDef("OwnerId", "reference", length=18, reference_to=("User",),
                             relationship="Owner")
                )  # fmt: skip
                self.schema.add(found)
            for definition in fields:
                self.define_field(name, definition)
            if activities is not None:
                found.activities = activities
            return found

    def define_field(
        self, type: str, field: FieldDef | str, kind: str = "string", **more: Any
    ) -> FieldDef:
        """A field that everybody may see and write. By name, or as a whole definition."""
        with self.world.lock:
            made = field
            if not isinstance(made, FieldDef):
                made = FieldDef(made, _LOOKUP_TYPES.get(kind, kind), **more)
            if made.type == "reference" and made.relationship is None:
                bare = made.name.removesuffix("__c")
                made.relationship = bare + "__r" if made.custom else made.name.removesuffix("Id")
            owners = ("Task", "Event") if type == "Activity" else (type,)
            for owner in owners:
                self.object(owner).add(made)
            return made

    def hide_field(self, type: str, name: str) -> None:
        """Field-level security takes a field from the running user."""
        with self.world.lock:
            self.schema.hidden.add((type, name))

    def load(self, folder: Path) -> dict[str, int]:
        """The Salesforce part of a folder of CSV files. Answers how many records per object."""
        with self.world.lock:
            return Loader(self).load(folder)

    def state(self, type: str | None = None) -> dict[str, Any]:
        """How many records there are per object; with a type, its records."""
        with self.world.lock:
            if type is not None:
                return {type: self.all(type, deleted=True)}
            return {name: len(table.rows) for name, table in self.records.tables.items()}

    @contextmanager
    def refusing_rows(self) -> Iterator[None]:
        """See `wire.Crm`."""
        self.refusals.every_other = cycle((True, False))
        try:
            yield
        finally:
            self.refusals.every_other = repeat(False)

    def _check_shared(self, id: str, by: str) -> None:
        if by == "api" and id in self.unshared:
            raise RowFault("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")

    def after_write(self, type: str) -> None:
        """Some records are settings: who may see which field follows from them."""
        if type in ("FieldPermissions", "PermissionSetAssignment", "PermissionSet"):
            self.schema.grants = special_rows(self.records, ADMIN_ID)

    def begin(self) -> LongTransaction:
        """Until it is committed `latestDateCovered` is held back to its start. Several may be
        open at once."""
        with self.world.lock:
            self.open_transactions.append(LongTransaction(self.world.clock, self._late))
            return self.open_transactions[-1]

    def commit(self, transaction: LongTransaction) -> list[str]:
        """Let everybody see what was written through it; answers the records' ids."""
        with self.world.lock:
            self.open_transactions.remove(transaction)
            return transaction.written()

    @contextmanager
    def long_transaction(self) -> Iterator[LongTransaction]:
        """One that is committed at the end of the block, and rolled back by an exception."""
        transaction = self.begin()
        try:
            yield transaction
        except BaseException:
            self.open_transactions.remove(transaction)
            raise
        self.commit(transaction)

    def _late(self, change: Change) -> str:
        type, id, fields = change
        if id is None:
            return self.create(type, fields)
        self.update(type, id, fields)
        return id
