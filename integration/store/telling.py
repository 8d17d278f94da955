"""How each CRM stands, for `status`: read in one transaction, changing nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from integration.quota import Spending
from integration.store import cases, deliveries, inbox, mirror, outbox, quota
from integration.store.crms import CrmState
from integration.store.deliveries import LastDelivery
from integration.store.tables import (
    crms,
    cursors,
    customers,
    losses,
    pushes,
    recoveries,
    tasks,
)

UNDER_WAY = ("staged", "pending", "in_flight", "unknown")
BUDGET, STORM = "budget", "storm"


@dataclass(frozen=True, slots=True)
class Standing:
    """One CRM. Losses are counted once per departure, and not when they were undone."""

    state: CrmState
    streams: Mapping[str, datetime] = field(default_factory=dict)  # when each cursor last moved
    records: Mapping[str, int] = field(default_factory=dict)  # by the CRM's type
    signals: int = 0  # records to look at
    customers: int = 0
    to_decide: int = 0
    losses: Mapping[str, int] = field(default_factory=dict)  # by verdict
    recoveries: Mapping[str, int] = field(default_factory=dict)  # open, and by how they ended
    slipped: int = 0  # open recoveries that missed a benchmark
    tasks: Mapping[str, int] = field(default_factory=dict)  # by state
    pending: int = 0
    oldest_due_at: datetime | None = None
    held: Mapping[str, int] = field(default_factory=dict)  # changes, by what holds them
    storm_customers: int = 0
    parked: Sequence[Mapping[str, Any]] = ()
    deliveries: Sequence[LastDelivery] = ()  # of each push channel that ever brought one
    spending: Spending | None = None  # the CRM's calls of the day
    history: Mapping[str, tuple[int, int | None]] = field(default_factory=dict)
    """While it is read: by stream the records read, of how many where the CRM told."""

    @property
    def cursor_at(self) -> datetime | None:
        """How far polling got: the cursor that moved longest ago."""
        return min(self.streams.values(), default=None)

    @property
    def kept_back(self) -> int:
        """Changes that a person has to let go; the budget lets go by itself."""
        return sum(n for by, n in self.held.items() if by != BUDGET)


def names(connection: Connection) -> list[str]:
    """The CRMs that this store ever met."""
    return list(connection.execute(sa.select(crms.c.name).order_by(crms.c.name)).scalars())


def unmet(name: str) -> Standing:
    """A CRM that the rule file names and nobody has contacted."""
    return Standing(_unmet_state(name))


def _unmet_state(name: str) -> CrmState:
    return CrmState(
        name=name,
        health="unknown",
        sentence="",
        paused=False,
        blocked_until=None,
        failures=0,
        first_contact_on=None,
        history_read_at=None,
        polled_at=None,
        storm_since=None,
        staged_losses=0,
    )


def standing(connection: Connection, name: str, now: datetime) -> Standing:
    row = connection.execute(sa.select(crms).where(crms.c.name == name)).mappings().first()
    if row is None:
        return unmet(name)
    rows = outbox.tally(connection, name)
    held: dict[str, int] = {}
    for (_, state, by), number in rows.items():
        if state == "held":
            held[by or ""] = held.get(by or "", 0) + number
    return Standing(
        state=CrmState(**row),
        streams=_streams(connection, name),
        records=mirror.counts(connection, name),
        signals=inbox.waiting(connection, name),
        customers=_customers(connection, name),
        to_decide=cases.to_decide(connection, name),
        losses=_losses(connection, name),
        recoveries=_counted(
            connection, sa.func.coalesce(recoveries.c.end, "open"), recoveries, name
        ),
        slipped=_slipped(connection, name),
        tasks=_counted(connection, tasks.c.state, tasks, name),
        pending=sum(n for (_, state, _), n in rows.items() if state in UNDER_WAY),
        oldest_due_at=outbox.oldest_due(connection, name),
        held=held,
        storm_customers=held_customers(connection, name) if held.get(STORM) else 0,
        parked=outbox.parked(connection, name),
        deliveries=deliveries.last(connection, name),
        spending=quota.spending(connection, name, now),
        history=history(connection, name),
    )


def history(connection: Connection, name: str) -> dict[str, tuple[int, int | None]]:
    """How far the history of each record type was read; nothing once all of it is."""
    read = sa.select(crms.c.name).where(crms.c.name == name, crms.c.history_read_at.is_not(None))
    return {} if connection.execute(read).first() else inbox.histories(connection, name)


def held_customers(connection: Connection, name: str) -> int:
    """How many customers the storm brake holds."""
    held = sa.select(sa.func.count(pushes.c.customer_id.distinct())).where(
        pushes.c.crm == name, pushes.c.state == "held", pushes.c.held_by == STORM
    )
    return connection.execute(held).scalar_one()


def _streams(connection: Connection, name: str) -> dict[str, datetime]:
    rows = connection.execute(
        sa.select(cursors.c.stream, cursors.c.moved_at)
        .where(cursors.c.crm == name)
        .order_by(cursors.c.stream)
    )
    return {row.stream: row.moved_at for row in rows}


def _slipped(connection: Connection, name: str) -> int:
    missed = sa.select(sa.func.count()).where(
        recoveries.c.crm == name, recoveries.c.slipped, recoveries.c.ended_on.is_(None)
    )
    return connection.execute(missed).scalar_one()


def _customers(connection: Connection, name: str) -> int:
    number = sa.select(sa.func.count()).select_from(customers).where(customers.c.crm == name)
    return connection.execute(number).scalar_one()


def _losses(connection: Connection, name: str) -> dict[str, int]:
    return _counted(
        connection,
        losses.c.verdict,
        losses,
        name,
        losses.c.merged_into.is_(None),
        losses.c.undone_on.is_(None),
    )


def _counted(
    connection: Connection,
    by: sa.ColumnElement[str],
    table: sa.Table,
    name: str,
    *where: sa.ColumnElement[bool],
) -> dict[str, int]:
    rows = connection.execute(
        sa.select(by, sa.func.count()).where(table.c.crm == name, *where).group_by(by).order_by(by)
    )
    return {row[0]: row[1] for row in rows}
