"""What we know of each CRM as a whole: health, brakes, and when to leave it alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from integration.store.tables import crms
from integration.store.upsert import insert


@dataclass(frozen=True, slots=True)
class CrmState:
    name: str
    health: str
    sentence: str
    paused: bool
    blocked_until: datetime | None
    failures: int
    first_contact_on: date | None
    history_read_at: datetime | None
    polled_at: datetime | None
    storm_since: datetime | None
    staged_losses: int
    tasks_looked_on: date | None = None


def state(connection: Connection, name: str) -> CrmState:
    """The CRM's row; made at first sight."""
    made = insert(connection, crms).values(name=name)
    connection.execute(made.on_conflict_do_nothing(index_elements=["name"]))
    row = connection.execute(sa.select(crms).where(crms.c.name == name)).mappings().one()
    return CrmState(**row)


def polled_at(connection: Connection, name: str) -> datetime | None:
    """The end of the last poll that went through all record types."""
    found: datetime | None = connection.execute(
        sa.select(crms.c.polled_at).where(crms.c.name == name)
    ).scalar()
    return found


def change(connection: Connection, name: str, **values: Any) -> None:
    connection.execute(sa.update(crms).where(crms.c.name == name).values(**values))


def stage_losses(connection: Connection, name: str, count: int) -> None:
    """Count losses that would open or join recoveries in this cycle, for the storm brake."""
    if count:
        change(connection, name, staged_losses=crms.c.staged_losses + count)
