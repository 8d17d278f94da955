"""Which customer a record stands for: ids of our own, with the records of each CRM as aliases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from integration.store.tables import aliases, customers
from integration.store.upsert import chunks, put
from rules.model import Kind, Ref, Snapshot


@dataclass(frozen=True, slots=True)
class Types:
    """What this CRM calls an account and a contact: how a record's customer is named."""

    account: str
    contact: str
    customer_id: str | None = None  # the account's field with its id in another CRM


def customers_of(
    connection: Connection, crm: str, types: Types, snapshots: Sequence[Snapshot]
) -> dict[Ref, int | None]:
    wanted = {s.ref: _named(s, types) for s in snapshots}
    names = {name for name in wanted.values() if name is not None}
    ids = resolve(connection, crm, names)
    missing = sorted(names - ids.keys())
    if missing:
        ids |= _new_customers(connection, crm, missing)
    return {ref: ids[name] if name is not None else None for ref, name in wanted.items()}


def _named(snapshot: Snapshot, types: Types) -> Ref | None:
    """The record that stands for the customer: the account, else the contact, else the record
    itself (a deal without a company)."""
    if snapshot.kind is Kind.ACCOUNT:
        return Ref(types.account, snapshot.merged_into or snapshot.ref.id)
    if snapshot.account_id:
        return Ref(types.account, snapshot.account_id)
    if snapshot.kind is Kind.CONTACT:
        return snapshot.ref
    if snapshot.contact_id:
        return Ref(types.contact, snapshot.contact_id)
    return snapshot.ref


def resolve(connection: Connection, crm: str, names: Iterable[Ref]) -> dict[Ref, int]:
    """The customers that records stand for, as far as they are known."""
    found: dict[Ref, int] = {}
    by_type: dict[str, list[str]] = {}
    for name in names:
        by_type.setdefault(name.type, []).append(name.id)
    for type_, ids in by_type.items():
        for part in chunks(sorted(ids)):
            rows = connection.execute(
                sa.select(aliases.c.record_id, aliases.c.customer_id).where(
                    aliases.c.crm == crm, aliases.c.type == type_, aliases.c.record_id.in_(part)
                )
            )
            found |= {Ref(type_, row.record_id): row.customer_id for row in rows}
    return found


def _new_customers(connection: Connection, crm: str, names: Sequence[Ref]) -> dict[Ref, int]:
    ids = connection.execute(
        sa.insert(customers).returning(customers.c.id, sort_by_parameter_order=True),
        [{"crm": crm} for _ in names],
    )
    made = dict(zip(names, (row.id for row in ids), strict=True))
    put(
        connection,
        aliases,
        [
            {"crm": crm, "type": name.type, "record_id": name.id, "customer_id": customer}
            for name, customer in made.items()
        ],
    )
    return made


def touch(connection: Connection, ids: Iterable[int], now: datetime) -> None:
    """Mark customers to be decided again."""
    for part in chunks(sorted(ids)):
        connection.execute(
            sa.update(customers).where(customers.c.id.in_(part)).values(changed_at=now)
        )
