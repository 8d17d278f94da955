"""Erases a person from the store, and has our open tasks about them rewritten and closed.

What is about them loses its text; what only names them loses the name. The customer stays, with
a stand-in for the person (`suppressions`), so that the next decision asks nobody to call them.
Only the only process that works on a CRM may erase: a decision under way would write the name
down again. Running it twice does no harm.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from integration.scrubbing import Scrubber
from integration.store import identity, suppressions
from integration.store.codec import digest, snapshot_from_json, snapshot_to_json
from integration.store.forgotten_tasks import TaskEraser
from integration.store.outbox import UNSENT
from integration.store.persons import (
    Extent,
    Person,
    Row,
    extent,
    find,
    is_record,
    rows_of,
    write_changes,
)
from integration.store.tables import (
    aliases,
    customers,
    field_values,
    loss_reasons,
    losses,
    pushes,
    records,
    signals,
)
from integration.store.upsert import put
from rules.model import Ref, Snapshot


def erase(connection: Connection, crm: str, ref: Ref, *, task_type: str, now: datetime) -> Extent:
    """Erase somebody who was asked for (`suppressions.ask`); answers how much there was."""
    person = find(connection, crm, ref)
    found = extent(connection, crm, person)
    stand_in = suppressions.stand_in_id(connection, crm, ref.id)
    eraser = _Eraser(connection, crm, person, stand_in, Scrubber(person.words), task_type, now)
    eraser.signals()
    eraser.records()
    eraser.losses()
    TaskEraser(connection, crm, person, stand_in, eraser.scrub, task_type, now).all()
    eraser.pushes()
    eraser.customers()
    suppressions.erased(connection, crm, ref.id, now)
    return found


@dataclass(frozen=True, slots=True)
class _Eraser:
    """One table after the other, in the caller's transaction."""

    connection: Connection
    crm: str
    person: Person
    stand_in: str
    scrub: Scrubber
    task_type: str
    now: datetime

    def signals(self) -> None:
        """Readings that wait are read anew, past the stand-in."""
        self.connection.execute(
            sa.delete(signals).where(*is_record(signals, self.crm, self.person.ref))
        )
        waiting = sa.exists().where(
            records.c.crm == signals.c.crm,
            records.c.type == signals.c.type,
            records.c.record_id == signals.c.record_id,
            records.c.customer_id.in_(self.person.customers),
        )
        of_tasks = sa.and_(signals.c.type == self.task_type, signals.c.crm == self.crm)
        naming = sa.and_(
            signals.c.crm == self.crm,
            signals.c.snapshot["contact_id"].as_string() == self.person.ref.id,
        )
        self.connection.execute(
            sa.update(signals)
            .where(signals.c.crm == self.crm, sa.or_(waiting, of_tasks, naming))
            .values(snapshot=None)
        )

    def records(self) -> None:
        """A record keeps the digest that its next reading has, past the stand-in: so that what
        was scrubbed is not read in again for nothing but that."""
        stand_ins = {self.person.ref.id: self.stand_in}
        for row in self._rows(records):
            ref = Ref(row["type"], row["record_id"])
            reading = snapshot_from_json(ref, row["snapshot"])
            if ref == self.person.ref:
                reading = replace(reading, deleted=False, merged_into=None)
            seen = suppressions.mask(reading, stand_ins)
            if seen is not None:
                self._keep(row, ref, seen)
        person = self.person.ref
        self.connection.execute(sa.delete(records).where(*is_record(records, self.crm, person)))
        self.connection.execute(
            sa.delete(field_values).where(*is_record(field_values, self.crm, person))
        )
        self.connection.execute(
            sa.update(aliases)
            .where(*is_record(aliases, self.crm, person))
            .values(record_id=self.stand_in)
        )

    def _keep(self, row: Row, ref: Ref, seen: Snapshot) -> None:
        stored = snapshot_to_json(seen)
        scrubbed = self.scrub.snapshot(stored)
        if ref == seen.ref and scrubbed == row["snapshot"]:
            return
        changed = {"record_id": seen.ref.id, "snapshot": scrubbed, "digest": digest(stored)}
        put(self.connection, records, [{**row, **changed}])

    def losses(self) -> None:
        for row in self._rows(losses):
            told = {name: self.scrub.texts(row[name]) for name in ("because", "reason")}
            if Ref(row["type"], row["record_id"]) == self.person.ref:
                told["record_id"] = self.stand_in
            history = rows_of(self.connection, loss_reasons, loss_reasons.c.loss_id, [row["id"]])
            for one in history:
                because = {"because": self.scrub.text(one["because"])}
                write_changes(
                    self.connection, loss_reasons, loss_reasons.c.id == one["id"], one, because
                )
            write_changes(self.connection, losses, losses.c.id == row["id"], row, told)

    def pushes(self) -> None:
        """What was to be written on the person is not; what else names them keeps no name."""
        person = str(self.person.ref)
        self.connection.execute(
            sa.update(pushes)
            .where(
                pushes.c.crm == self.crm,
                pushes.c.stream == person,
                pushes.c.state.in_((*UNSENT, "in_flight", "unknown")),
            )
            .values(state="withdrawn", settled_at=self.now, fence=None, lease_until=None)
        )
        stand_in = f"{self.person.ref.type}:{self.stand_in}"
        self.connection.execute(
            sa.update(pushes)
            .where(pushes.c.crm == self.crm, pushes.c.stream == person)
            .values(payload={}, stream=stand_in)
        )
        for row in self._rows(pushes):
            told = {"sentence": self.scrub.texts(row["sentence"])}
            texts = {n: row["payload"][n] for n in ("note", "change") if n in row["payload"]}
            told["payload"] = {**row["payload"], **self.scrub.texts(texts)}
            write_changes(self.connection, pushes, pushes.c.id == row["id"], row, told)

    def customers(self) -> None:
        """They are decided again: somebody else may be there to talk to."""
        for row in rows_of(self.connection, customers, customers.c.id, self.person.customers):
            told = {name: self.scrub.texts(row[name]) for name in ("not_made", "unassigned")}
            write_changes(self.connection, customers, customers.c.id == row["id"], row, told)
        identity.touch(self.connection, self.person.customers, self.now)

    def _rows(self, table: sa.Table) -> list[Row]:
        found = rows_of(self.connection, table, table.c.customer_id, self.person.customers)
        return [row for row in found if row["crm"] == self.crm]
