"""Which customers have to be decided, and what stays of the decisions on them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from integration.store.caseload import Stored
from integration.store.parking import Parked
from integration.store.tables import aliases, customers, records
from rules.case import Case
from rules.model import Ref

CUSTOMERS_AT_ONCE = 200
RECORDS_AT_ONCE = 2_000
"""Customers are loaded together until their records reach this number: memory stays flat."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """What stays of a decision on its customer."""

    stored: Stored
    look_again_on: date | None
    not_made: Sequence[Mapping[str, str]]
    unassigned: Sequence[Mapping[str, str]]


def mark_due(connection: Connection, crm: str, today: date, now: datetime) -> int:
    """Mark customers whom time alone may have changed: their day to be looked at has come."""
    marked = connection.execute(
        sa.update(customers)
        .where(
            customers.c.crm == crm,
            customers.c.look_again_on <= today,
            customers.c.changed_at.is_(None),
        )
        .values(changed_at=now)
    )
    return marked.rowcount


def to_decide(connection: Connection, crm: str) -> int:
    count = (
        sa.select(sa.func.count())
        .select_from(customers)
        .where(customers.c.crm == crm, customers.c.changed_at.is_not(None))
    )
    return connection.execute(count).scalar_one()


def unread_accounts(connection: Connection, crm: str, account: str) -> set[Ref]:
    """Accounts (records of the type `account`) of marked customers that other records name, and
    of which nothing was ever read."""
    theirs = sa.and_(
        aliases.c.customer_id == customers.c.id,
        aliases.c.crm == crm,
        aliases.c.type == account,
    )
    read = sa.and_(
        records.c.crm == aliases.c.crm,
        records.c.type == aliases.c.type,
        records.c.record_id == aliases.c.record_id,
    )
    # both from the left, though who has no account is found too: else SQLite begins with all
    # accounts of the CRM, in every round, however few are marked
    found = (
        sa.select(aliases.c.record_id)
        .select_from(customers.outerjoin(aliases, theirs).outerjoin(records, read))
        .where(
            customers.c.crm == crm,
            customers.c.changed_at.is_not(None),
            records.c.record_id.is_(None),
        )
    )
    return {Ref(account, id) for id in connection.execute(found).scalars() if id is not None}


def may_be_lost(connection: Connection, crm: str, watched: Collection[str]) -> int:
    """How many losses all marked customers together could bring at most: each of a customer's
    records of the watched types once, or the customer by time alone."""
    mine = sa.and_(records.c.customer_id == customers.c.id, records.c.type.in_(watched))
    each = (
        sa.select(sa.func.count(records.c.record_id).label("lost"))
        .select_from(customers.outerjoin(records, mine))
        .where(customers.c.crm == crm, customers.c.changed_at.is_not(None))
        .group_by(customers.c.id)
        .subquery()
    )
    once_at_least = sa.case((each.c.lost > 1, each.c.lost), else_=1)
    total: int | None = connection.execute(sa.select(sa.func.sum(once_at_least))).scalar()
    return int(total or 0)


def may_lose(case: Case, watched: Collection[str]) -> int:
    """The same of one customer."""
    return max(1, sum(snapshot.ref.type in watched for snapshot in case.records))


Place = tuple[datetime, int]
"""How far a pass over the marked customers got: the mark's instant and the customer."""


def next_batch(
    connection: Connection,
    crm: str,
    after: Place | None = None,
    most: int = CUSTOMERS_AT_ONCE,
    *,
    not_since: datetime | None = None,
) -> list[tuple[int, datetime]]:
    """The next customers to decide, as many as may be held in memory together. With
    `not_since` those are left out that were rehearsed since then and have not changed."""
    size = (
        sa.select(sa.func.count())
        .select_from(records)
        .where(records.c.customer_id == customers.c.id)
        .scalar_subquery()
    )
    rows = connection.execute(
        sa.select(customers.c.id, customers.c.changed_at, size.label("size"))
        .where(customers.c.crm == crm, customers.c.changed_at.is_not(None))
        .where(_behind(after), _unrehearsed(not_since))
        .order_by(customers.c.changed_at, customers.c.id)
        .limit(most)
    )
    batch: list[tuple[int, datetime]] = []
    held = 0
    for row in rows:
        held += row.size
        if batch and held > RECORDS_AT_ONCE:
            break
        batch.append((row.id, row.changed_at))
    return batch


def _behind(after: Place | None) -> sa.ColumnElement[bool]:
    if after is None:
        return sa.true()
    at, customer = after
    same = sa.and_(customers.c.changed_at == at, customers.c.id > customer)
    return sa.or_(customers.c.changed_at > at, same)


def _unrehearsed(not_since: datetime | None) -> sa.ColumnElement[bool]:
    if not_since is None:
        return sa.true()
    decided_at = customers.c.decided_at
    return sa.or_(decided_at.is_(None), decided_at < not_since, decided_at < customers.c.changed_at)


def rehearsed(connection: Connection, ids: Sequence[int], now: datetime) -> None:
    """Note that customers were decided without anything coming of it; their marks stay."""
    connection.execute(sa.update(customers).where(customers.c.id.in_(ids)).values(decided_at=now))


def decided(connection: Connection, done: Iterable[Remembered], now: datetime) -> None:
    """Take the mark off customers that were decided, unless it was set anew meanwhile."""
    rows = [
        {
            "b_id": item.stored.customer_id,
            "b_changed_at": item.stored.changed_at,
            "b_look_again_on": item.look_again_on,
            "b_not_made": list(item.not_made) or None,
            "b_unassigned": list(item.unassigned) or None,
        }
        for item in done
    ]
    if not rows:
        return
    unmarked = sa.case(
        (customers.c.changed_at == sa.bindparam("b_changed_at"), None),
        else_=customers.c.changed_at,
    )
    connection.execute(
        sa.update(customers)
        .where(customers.c.id == sa.bindparam("b_id"))
        .values(
            decided_at=now,
            look_again_on=sa.bindparam("b_look_again_on"),
            not_made=sa.bindparam("b_not_made"),
            unassigned=sa.bindparam("b_unassigned"),
            changed_at=unmarked,
        ),
        rows,
    )


def unassigned(connection: Connection, crm: str | None = None) -> list[dict[str, Any]]:
    """Tasks that nobody can get, in the shape of `outbox.parked`."""
    query = sa.select(customers).where(customers.c.unassigned.is_not(None))
    if crm:
        query = query.where(customers.c.crm == crm)
    return [
        {
            "id": None,
            "crm": row.crm,
            "kind": "task_create",
            "key": told["key"],
            "reason": Parked.CONFIG.value,
            "sentence": told["because"],
            "since": row.decided_at,
        }
        for row in connection.execute(query.order_by(customers.c.id))
        for told in row.unassigned
    ]


def try_unassigned(connection: Connection, now: datetime, crm: str | None = None) -> int:
    """Decide customers with such tasks again: somebody may be there by now."""
    where: list[sa.ColumnElement[bool]] = [customers.c.unassigned.is_not(None)]
    if crm:
        where.append(customers.c.crm == crm)
    moved = connection.execute(sa.update(customers).where(*where).values(changed_at=now))
    return moved.rowcount
