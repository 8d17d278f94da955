"""A person as the store knows them: whose records and tasks name them, and how much there is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from integration.scrubbing import Scrubber
from integration.store.codec import draft_from_json, snapshot_from_json
from integration.store.tables import records, tasks
from integration.store.upsert import chunks
from rules.model import Contact, Ref

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
    row = connection.execute(
        sa.select(records.c.snapshot).where(*is_record(records, crm, ref))
    ).scalar()
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


def is_record(table: sa.Table, crm: str, ref: Ref) -> tuple[sa.ColumnElement[bool], ...]:
    return (table.c.crm == crm, table.c.type == ref.type, table.c.record_id == ref.id)


def extent(connection: Connection, crm: str, person: Person) -> Extent:
    """What erasing would touch."""
    scrub = Scrubber(person.words)
    about = [row for row in tasks_of(connection, crm, person) if concerns(row, person, scrub)]
    in_crm = [row for row in about if row["crm_id"] is not None]
    stored = (
        sa.select(sa.func.count()).select_from(records).where(*is_record(records, crm, person.ref))
    )
    return Extent(
        records=connection.execute(stored).scalar_one(),
        open_tasks=sum(row["state"] == "written" for row in in_crm),
        done_tasks=sum(row["state"] == "closed" for row in in_crm),
        unsent_tasks=sum(row["crm_id"] is None and row["state"] != "withdrawn" for row in about),
    )


def rows_of(
    connection: Connection, table: sa.Table, column: sa.Column[Any], ids: Sequence[Any]
) -> Iterable[Row]:
    for part in chunks(ids):
        found = connection.execute(sa.select(table).where(column.in_(part))).mappings().all()
        yield from map(dict, found)


def tasks_of(connection: Connection, crm: str, person: Person) -> list[Row]:
    found = rows_of(connection, tasks, tasks.c.customer_id, person.customers)
    return [row for row in found if row["crm"] == crm]


def concerns(row: Row, person: Person, scrub: Scrubber) -> bool:
    """Whether a task is about the person, or names them."""
    if row["contact_id"] == person.ref.id:
        return True
    draft = draft_from_json(row["draft"])
    told = scrubbed(row, scrub)
    return scrub.draft(draft) != draft or any(told[name] != row[name] for name in told)


def scrubbed(row: Row, scrub: Scrubber) -> dict[str, Any]:
    """What a task's row says beside its text."""
    told: dict[str, Any] = {"facts": scrub.values(row["facts"])}
    return told | {
        name: scrub.texts(row[name]) for name in ("would_change", "because", "close_because")
    }


def write_changes(
    connection: Connection, table: sa.Table, which: sa.ColumnElement[bool], row: Row, told: Row
) -> None:
    """Write what a row now says where it says otherwise."""
    changed = {name: value for name, value in told.items() if value != row[name]}
    if changed:
        connection.execute(sa.update(table).where(which).values(changed))
