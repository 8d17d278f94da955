"""What health and metrics tell of an installation, read without taking a write lock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from integration.quota import Spending
from integration.store import cases, deliveries, inbox, outbox, pulse, quota, revisions
from integration.store.deliveries import LastDelivery
from integration.store.tables import crms, pushes
from integration.store.telling import BUDGET

BEFORE_FIRST_ROUND = "unknown"


@dataclass(frozen=True, slots=True)
class Vitals:
    """One CRM as it stands. `dry_run` says that nothing is written, by a switch or by the rules in
    force; `pushes` counts rows by (kind, state), `held` by what holds them and `parked` by the
    reason; `polled_at` is the end of the last poll that went through all record types; `faults`
    counts rounds in a row that failed inside winback, `failures` those that the CRM's side failed;
    `spending` is the CRM's day of calls, None where it was never called."""

    crm: str
    health: str = BEFORE_FIRST_ROUND
    paused: bool = False
    dry_run: bool = False
    pilot: bool = False
    polled_at: datetime | None = None
    storm_since: datetime | None = None
    oldest_due_at: datetime | None = None
    signals: int = 0
    to_decide: int = 0
    faults: int = 0
    failures: int = 0
    pushes: Mapping[tuple[str, str], int] = field(default_factory=dict)
    held: Mapping[str, int] = field(default_factory=dict)
    parked: Mapping[str, int] = field(default_factory=dict)
    deliveries: Sequence[LastDelivery] = ()
    spending: Spending | None = None

    @property
    def kept_back(self) -> int:
        """Rows that a person has to let go; a rep's budget lets go by itself."""
        return sum(count for by, count in self.held.items() if by != BUDGET)


@dataclass(frozen=True, slots=True)
class Installation:
    """All CRMs, and what they share. `revision` is the number of the rules in force."""

    crms: Sequence[Vitals]
    ticked_at: datetime | None = None
    revision: int | None = None


def installation(connection: Connection, names: Sequence[str], now: datetime) -> Installation:
    current = revisions.in_force(connection)
    return Installation(
        [vitals(connection, crm, now) for crm in names],
        pulse.ticked_at(connection),
        current[0] if current else None,
    )


def vitals(connection: Connection, crm: str, now: datetime) -> Vitals:
    """A CRM's figures; one that no round has seen yet has none."""
    row = connection.execute(sa.select(crms).where(crms.c.name == crm)).first()
    if row is None:
        return Vitals(crm)
    by_state: Counter[tuple[str, str]] = Counter()
    held: Counter[str] = Counter()
    for (kind, state, by), count in outbox.tally(connection, crm).items():
        by_state[kind, state] += count
        if state == "held" and by:
            held[by] += count
    return Vitals(
        crm=crm,
        health=row.health,
        paused=row.paused,
        dry_run=row.dry_run or crm in revisions.kept_dry(connection),
        pilot=row.pilot is not None,
        polled_at=row.polled_at,
        storm_since=row.storm_since,
        oldest_due_at=outbox.oldest_due(connection, crm),
        signals=inbox.waiting(connection, crm),
        to_decide=cases.to_decide(connection, crm),
        faults=row.faults,
        failures=row.failures,
        pushes=by_state,
        held=held,
        parked=_parked(connection, crm),
        deliveries=deliveries.last(connection, crm),
        spending=quota.spending(connection, crm, now),
    )


def _parked(connection: Connection, crm: str) -> Mapping[str, int]:
    """By reason: rows, and tasks of which no row was made as nobody can get them."""
    rows = connection.execute(
        sa.select(pushes.c.reason, sa.func.count())
        .where(pushes.c.crm == crm, pushes.c.state == "parked")
        .group_by(pushes.c.reason)
    )
    found = Counter({str(row[0]): int(row[1]) for row in rows})
    found.update(str(row["reason"]) for row in cases.unassigned(connection, crm))
    return found
