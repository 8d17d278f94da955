"""A CRM's figures for health and metrics, read without taking a write lock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from integration.store import cases, inbox, outbox, quota
from integration.store.tables import crms

BEFORE_FIRST_ROUND = "unknown"


@dataclass(frozen=True, slots=True)
class Vitals:
    """One CRM as it stands. `pushes` counts rows by (kind, state); `polled_at` is the end of
    the last poll that went through all record types; `calls_made` are our calls of the CRM's
    day so far, by all processes, None where it was never called."""

    crm: str
    health: str = BEFORE_FIRST_ROUND
    paused: bool = False
    polled_at: datetime | None = None
    storm_since: datetime | None = None
    oldest_due_at: datetime | None = None
    signals: int = 0
    to_decide: int = 0
    calls_made: int | None = None
    pushes: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def in_state(self, state: str) -> int:
        """How many rows are in a state, of whatever kind."""
        return sum(count for (_, found), count in self.pushes.items() if found == state)


def vitals(connection: Connection, crm: str, now: datetime) -> Vitals:
    """A CRM's figures; one that no round has seen yet has none."""
    row = connection.execute(sa.select(crms).where(crms.c.name == crm)).first()
    if row is None:
        return Vitals(crm)
    day = quota.spending(connection, crm, now)
    pushes: Counter[tuple[str, str]] = Counter()
    for (kind, state, _), count in outbox.tally(connection, crm).items():
        pushes[kind, state] += count
    return Vitals(
        crm=crm,
        health=row.health,
        paused=row.paused,
        polled_at=row.polled_at,
        storm_since=row.storm_since,
        oldest_due_at=outbox.oldest_due(connection, crm),
        signals=inbox.waiting(connection, crm),
        to_decide=cases.to_decide(connection, crm),
        calls_made=None if day is None else day.spent(now),
        pushes=pushes,
    )
