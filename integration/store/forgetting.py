"""Erases a person from the store, and has our open tasks about them rewritten and closed.

What is about them loses its text; what only names them loses the name. The customer stays, with
a stand-in for the person (`suppressions`), so that the next decision asks nobody to call them.
Only the only process that works on a CRM may erase: a decision under way would write the name
down again. Running it twice does no harm.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from connectors.base import PushKind
from integration.scrubbing import Scrubber
from integration.store import identity, outbox, suppressions
from integration.store.codec import (
    digest,
    draft_from_json,
    draft_to_json,
    snapshot_from_json,
    snapshot_to_json,
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
    tasks,
)
from integration.store.upsert import chunks, put
from rules.model import Contact, Ref, Snapshot, TaskDraft

BECAUSE = "the person was forgotten"
SUBJECT = "Nothing to do: the person was forgotten"
BODY = "The person whom this task was about was forgotten at their wish. Nothing is left to do."

UNSENT = ("staged", "held", "pending", "parked")

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as the store knows them; `name` is empty for somebody whom it does not know."""

    ref: Ref
    name: str = ""
    words: tuple[str, ...] = ()
    customers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Extent:
    """How much there is of a person."""

    records: int = 0
    open_tasks: int = 0  # stand in the CRM, and are rewritten there
    done_tasks: int = 0  # are closed in the CRM, and keep their text there
    unsent_tasks: int = 0


def find(connection: Connection, crm: str, ref: Ref) -> Person:
    """What is known of a person, by the reference of their contact record."""
    row = connection.execute(sa.select(records.c.snapshot).where(*_is(records, crm, ref))).scalar()
    contact = snapshot_from_json(ref, row).entity if row is not None else None
    person = Person(ref, customers=_customers(connection, crm, ref))
    if isinstance(contact, Contact):
        words = (contact.name, contact.email, contact.phone)
        person = replace(person, name=contact.name, words=words)
    return person


def _customers(connection: Connection, crm: str, ref: Ref) -> tuple[int, ...]:
    """Everybody whose records or tasks name the person."""
    named = sa.or_(
        sa.and_(records.c.type == ref.type, records.c.record_id == ref.id),
        records.c.snapshot["contact_id"].as_string() == ref.id,
    )
    both = sa.union(
        sa.select(records.c.customer_id).where(
            records.c.crm == crm, records.c.customer_id.is_not(None), named
        ),
        sa.select(tasks.c.customer_id).where(tasks.c.crm == crm, tasks.c.contact_id == ref.id),
    )
    return tuple(sorted(connection.execute(both).scalars()))


def _is(table: sa.Table, crm: str, ref: Ref) -> tuple[sa.ColumnElement[bool], ...]:
    return (table.c.crm == crm, table.c.type == ref.type, table.c.record_id == ref.id)


def extent(connection: Connection, crm: str, person: Person) -> Extent:
    """What erasing would touch."""
    scrub = Scrubber(person.words)
    about = [row for row in _tasks(connection, crm, person) if _concerns(row, person, scrub)]
    in_crm = [row for row in about if row["crm_id"] is not None]
    stored = sa.select(sa.func.count()).select_from(records).where(*_is(records, crm, person.ref))
    return Extent(
        records=connection.execute(stored).scalar_one(),
        open_tasks=sum(row["state"] == "written" for row in in_crm),
        done_tasks=sum(row["state"] == "closed" for row in in_crm),
        unsent_tasks=sum(row["crm_id"] is None and row["state"] != "withdrawn" for row in about),
    )


def erase(connection: Connection, crm: str, ref: Ref, *, task_type: str, now: datetime) -> Extent:
    """Erase somebody who was asked for (`suppressions.ask`); answers how much there was."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete=ON")  # else the file keeps the bytes
    person = find(connection, crm, ref)
    found = extent(connection, crm, person)
    stand_in = suppressions.stand_in_id(connection, crm, ref.id)
    eraser = _Eraser(connection, crm, person, stand_in, Scrubber(person.words), task_type, now)
    eraser.signals()
    eraser.records()
    eraser.losses()
    eraser.tasks()
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
        self.connection.execute(sa.delete(signals).where(*_is(signals, self.crm, self.person.ref)))
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
        self.connection.execute(sa.delete(records).where(*_is(records, self.crm, person)))
        self.connection.execute(sa.delete(field_values).where(*_is(field_values, self.crm, person)))
        self.connection.execute(
            sa.update(aliases)
            .where(*_is(aliases, self.crm, person))
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
            history = _rows(self.connection, loss_reasons, loss_reasons.c.loss_id, [row["id"]])
            for one in history:
                because = {"because": self.scrub.text(one["because"])}
                self._change(loss_reasons, loss_reasons.c.id == one["id"], one, because)
            self._change(losses, losses.c.id == row["id"], row, told)

    def tasks(self) -> None:
        for row in self._rows(tasks):
            if not _concerns(row, self.person, self.scrub):
                continue
            draft = draft_from_json(row["draft"])
            if row["contact_id"] == self.person.ref.id:
                self._erase_task(row, _neutral(draft))
            else:
                self._scrub_task(row, self.scrub.draft(draft))

    def _erase_task(self, row: Row, draft: TaskDraft) -> None:
        key = row["key"]
        told: dict[str, Any] = {
            "contact_id": self.stand_in,
            "draft": draft_to_json(draft),
            "facts": {},
            "would_change": [],
            "because": self.scrub.text(row["because"]),
        }
        if row["state"] in ("wanted", "waiting", "written"):
            told["close_because"] = BECAUSE
        self._change(tasks, tasks.c.key == key, row, told)
        self._redraft(key, draft)
        if row["state"] == "written":
            rewrite(self.connection, self.crm, self.task_type, key, self.now)
            self._close(row)
        elif self._withdraw(key):
            self._change(tasks, tasks.c.key == key, row, {"state": "withdrawn"})

    def _scrub_task(self, row: Row, draft: TaskDraft) -> None:
        told = {"draft": draft_to_json(draft), **_scrubbed(row, self.scrub)}
        self._change(tasks, tasks.c.key == row["key"], row, told)
        self._redraft(row["key"], draft)
        if row["state"] == "written":
            rewrite(self.connection, self.crm, self.task_type, row["key"], self.now)

    def _redraft(self, key: str, draft: TaskDraft) -> None:
        """A creation that was not sent yet, or has to be sent again, goes out with this text."""
        self.connection.execute(
            sa.update(pushes)
            .where(pushes.c.task_key == key, pushes.c.kind == PushKind.TASK_CREATE.value)
            .values(payload={"task": draft_to_json(draft)})
        )

    def _withdraw(self, key: str) -> bool:
        """Whether the task never went out, and never will."""
        moved = self.connection.execute(
            sa.update(pushes)
            .where(
                pushes.c.task_key == key,
                pushes.c.kind == PushKind.TASK_CREATE.value,
                pushes.c.state.in_(UNSENT),
            )
            .values(state="withdrawn", settled_at=self.now)
        )
        return moved.rowcount > 0

    def _close(self, row: Row) -> None:
        outbox.add(
            self.connection,
            crm=self.crm,
            kind=PushKind.TASK_CLOSE,
            stream=row["key"],
            type=self.task_type,
            customer_id=row["customer_id"],
            payload={"ref": [self.task_type, row["crm_id"]]},
            task_key=row["key"],
            now=self.now,
        )

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
            self._change(pushes, pushes.c.id == row["id"], row, told)

    def customers(self) -> None:
        """They are decided again: somebody else may be there to talk to."""
        for row in _rows(self.connection, customers, customers.c.id, self.person.customers):
            told = {name: self.scrub.texts(row[name]) for name in ("not_made", "unassigned")}
            self._change(customers, customers.c.id == row["id"], row, told)
        identity.touch(self.connection, self.person.customers, self.now)

    def _rows(self, table: sa.Table) -> list[Row]:
        found = _rows(self.connection, table, table.c.customer_id, self.person.customers)
        return [row for row in found if row["crm"] == self.crm]

    def _change(self, table: sa.Table, which: sa.ColumnElement[bool], row: Row, told: Row) -> None:
        changed = {name: value for name, value in told.items() if value != row[name]}
        if changed:
            self.connection.execute(sa.update(table).where(which).values(changed))


def _rows(
    connection: Connection, table: sa.Table, column: sa.Column[Any], ids: Sequence[Any]
) -> Iterable[Row]:
    for part in chunks(ids):
        found = connection.execute(sa.select(table).where(column.in_(part))).mappings().all()
        yield from map(dict, found)


def _tasks(connection: Connection, crm: str, person: Person) -> list[Row]:
    found = _rows(connection, tasks, tasks.c.customer_id, person.customers)
    return [row for row in found if row["crm"] == crm]


def _concerns(row: Row, person: Person, scrub: Scrubber) -> bool:
    """Whether a task is about the person, or names them."""
    if row["contact_id"] == person.ref.id:
        return True
    draft = draft_from_json(row["draft"])
    told = _scrubbed(row, scrub)
    return scrub.draft(draft) != draft or any(told[name] != row[name] for name in told)


def _scrubbed(row: Row, scrub: Scrubber) -> dict[str, Any]:
    """What a task's row says beside its text."""
    told: dict[str, Any] = {"facts": scrub.values(row["facts"])}
    return told | {
        name: scrub.texts(row[name]) for name in ("would_change", "because", "close_because")
    }


def _neutral(draft: TaskDraft) -> TaskDraft:
    body = f"{BODY}\n[winback:{draft.key}]"
    return replace(draft, subject=SUBJECT, body=body, contact_id=None)


def rewrite(connection: Connection, crm: str, task_type: str, key: str, now: datetime) -> None:
    """Have a task that stands in the CRM say what its stored text says."""
    row = connection.execute(sa.select(tasks).where(tasks.c.key == key)).one()
    draft = draft_from_json(row.draft)
    outbox.add(
        connection,
        crm=crm,
        kind=PushKind.TASK_UPDATE,
        stream=key,
        type=task_type,
        customer_id=row.customer_id,
        payload={
            "ref": [task_type, row.crm_id],
            "change": {"subject": draft.subject, "body": draft.body},
        },
        task_key=key,
        now=now,
    )
