"""What we know of each CRM as a whole: health, brakes, and when to leave it alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from integration.store.tables import crms, restores
from integration.store.upsert import insert

UNTIL_POLLED = datetime(9999, 1, 1, tzinfo=UTC)
"""`look_first_until` while nothing was read from the CRM since the store was restored, or since
tasks of ours were met that it knows nothing of."""

AFTER_POLL = timedelta(days=1)
"""The first poll may not be shown all that changed lately."""


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
    look_first_until: datetime | None = None
    faults: int = 0
    dry_run: bool = False
    pilot: dict[str, list[str]] | None = None


def state(connection: Connection, name: str) -> CrmState:
    """The CRM's row; made at first sight."""
    made = insert(connection, crms).values(name=name, look_first_until=_at_first_sight())
    connection.execute(made.on_conflict_do_nothing(index_elements=["name"]))
    row = connection.execute(sa.select(crms).where(crms.c.name == name)).mappings().one()
    return CrmState(**row)


def _at_first_sight() -> Any:
    """A CRM that is new to a restored store: its backup may only be too old to know it."""
    restored = sa.exists(sa.select(restores))
    return sa.case((restored, sa.literal(UNTIL_POLLED, crms.c.look_first_until.type)))


def looks_first_from_now_on(connection: Connection, name: str) -> None:
    """The CRM has tasks of ours that the store does not know: as after a restore."""
    change(connection, name, look_first_until=UNTIL_POLLED)


def looks_first(connection: Connection, name: str, now: datetime) -> bool:
    """Whether a task that is wanted now may stand in the CRM though the store does not know."""
    until: datetime | None = connection.execute(
        sa.select(crms.c.look_first_until).where(crms.c.name == name)
    ).scalar()
    return until is not None and now < until


def polled(connection: Connection, name: str, now: datetime) -> None:
    """A poll went through all record types."""
    change(connection, name, polled_at=now)
    connection.execute(
        sa.update(crms)
        .where(crms.c.name == name, crms.c.look_first_until == UNTIL_POLLED)
        .values(look_first_until=now + AFTER_POLL)
    )


def polled_at(connection: Connection, name: str) -> datetime | None:
    """The end of the last poll that went through all record types."""
    found: datetime | None = connection.execute(
        sa.select(crms.c.polled_at).where(crms.c.name == name)
    ).scalar()
    return found


def change(connection: Connection, name: str, **values: Any) -> None:
    connection.execute(sa.update(crms).where(crms.c.name == name).values(**values))


def fault(connection: Connection, name: str) -> None:
    """A round failed inside winback."""
    change(connection, name, faults=crms.c.faults + 1)


def no_fault(connection: Connection, name: str) -> None:
    """A round came to its end."""
    connection.execute(
        sa.update(crms).where(crms.c.name == name, crms.c.faults > 0).values(faults=0)
    )


def stage_losses(connection: Connection, name: str, count: int) -> None:
    """Count losses that would open or join recoveries in this cycle, for the storm brake."""
    if count:
        change(connection, name, staged_losses=crms.c.staged_losses + count)
