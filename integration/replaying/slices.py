"""A store's customers in slices that a process can hold in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import Connection

from integration.store.cases import CUSTOMERS_AT_ONCE, RECORDS_AT_ONCE
from integration.store.tables import customers, records


@dataclass(frozen=True, slots=True)
class Slice:
    """The customers of a CRM whose ids lie between two, both included."""

    crm: str
    first_id: int
    last_id: int
    customers: int


def slices(connection: Connection, crm: str, size: int = CUSTOMERS_AT_ONCE) -> Iterator[Slice]:
    """All customers of a CRM, `size` at a time."""
    last = -1
    while True:
        query = (
            sa.select(customers.c.id)
            .where(customers.c.crm == crm, customers.c.id > last)
            .order_by(customers.c.id)
            .limit(size)
        )
        ids = list(connection.execute(query).scalars())
        if not ids:
            return
        last = ids[-1]
        yield Slice(crm, ids[0], last, len(ids))


def batches(connection: Connection, one: Slice) -> Iterator[list[int]]:
    """The ids of a slice, as many at a time as may be held in memory with their records."""
    query = (
        sa.select(customers.c.id, sa.func.count(records.c.record_id).label("size"))
        .select_from(customers.outerjoin(records, records.c.customer_id == customers.c.id))
        .where(
            customers.c.crm == one.crm,
            customers.c.id.between(one.first_id, one.last_id),
        )
        .group_by(customers.c.id)
        .order_by(customers.c.id)
    )
    batch: list[int] = []
    held = 0
    for row in connection.execute(query).all():
        if batch and held + row.size > RECORDS_AT_ONCE:
            yield batch
            batch, held = [], 0
        batch.append(row.id)
        held += row.size
    if batch:
        yield batch
