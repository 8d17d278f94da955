"""Two customers become one: everything of the one is the other's from then on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from integration.store.identity import resolve, touch
from integration.store.tables import aliases, customers, losses, pushes, records, recoveries, tasks
from rules.model import Ref, Snapshot


def merge_accounts(
    connection: Connection,
    crm: str,
    loser: Snapshot,
    owners: Mapping[Ref, int | None],
    now: datetime,
) -> None:
    """Two accounts became one: from now on everything of the loser's is the winner's."""
    winner = owners[loser.ref]
    old = resolve(connection, crm, [loser.ref]).get(loser.ref)
    if old is None or winner is None or old == winner:
        return
    if _decided_by(connection, old) != crm:  # who is in two CRMs stays with the home CRM
        old, winner = winner, old
    merge_customers(connection, old, winner, now)


def _decided_by(connection: Connection, customer: int) -> str:
    """The CRM whose rounds decide a customer."""
    crm: str = connection.execute(
        sa.select(customers.c.crm).where(customers.c.id == customer)
    ).scalar_one()
    return crm


def merge_customers(connection: Connection, old: int, winner: int, now: datetime) -> None:
    """From now on everything of the one is the other's."""
    both = connection.execute(
        sa.select(recoveries.c.customer_id, recoveries.c.id).where(
            recoveries.c.customer_id.in_((old, winner)), recoveries.c.ended_on.is_(None)
        )
    )
    open_ = {row.customer_id: row.id for row in both}
    if len(open_) == 2:
        _end_as_merged(connection, open_[old], open_[winner], now)
    for table in (aliases, records, losses, recoveries, tasks, pushes):
        connection.execute(
            sa.update(table).where(table.c.customer_id == old).values(customer_id=winner)
        )
    touch(connection, [winner], now)


def _end_as_merged(connection: Connection, ended: str, kept: str, now: datetime) -> None:
    """The losses of the one belong to the other, which is not over before they are."""
    connection.execute(
        sa.update(recoveries)
        .where(recoveries.c.id == ended)
        .values(ended_on=now.date(), end="merged")
    )
    connection.execute(
        sa.update(losses).where(losses.c.recovery_id == ended).values(recovery_id=kept)
    )
