"""A CRM's calls of the day and turns at searching, shared by all processes on one store.

Whoever judges takes the CRM's row first: on PostgreSQL by an UPDATE of it, on SQLite because
`begin` takes the write lock. What is read after that cannot change before the commit.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy import Connection

from integration.quota import HOUR, Spending, Terms, day_began, hour_of
from integration.store.tables import calls_made, quotas
from integration.store.upsert import insert

KEPT = timedelta(days=2)
"""Counted hours; a day never needs older ones."""

GAP = timedelta(seconds=1.1)
"""Between the turns of two processes: a second, and a little for the way to the CRM."""

LONGEST_QUEUE = timedelta(seconds=60)
"""A turn that ends later than that was written by a clock that was wrong."""


def stock(
    connection: Connection,
    crm: str,
    now: datetime,
    terms: Terms,
    *,
    heard: Spending | None = None,
    spare: int = 0,
) -> Spending:
    """Store what answers told, hand back reserved calls, and take the CRM's day as it stands
    then; its row is this transaction's alone from now on."""
    told = {}
    if heard is not None:
        told = {
            "zone": str(heard.zone) if heard.zone else None,
            "used": heard.used,
            "of": heard.of,
            "ours": heard.ours,
            "told_at": heard.told_at,
        }
    row = _locked(connection, crm, told)
    count(connection, crm, now, -spare)
    zone = row.zone or (str(terms.zone) if terms.zone else None)
    share = terms.share(row.of)
    if (row.zone, row.share) != (zone, share):
        _keep(connection, crm, zone=zone, share=share)
    return _spending(connection, row, now, zone, share)


def _locked(connection: Connection, crm: str, values: Mapping[str, Any]) -> Any:
    """The CRM's row, changed or as it was; made at first sight."""
    taken = sa.update(quotas).where(quotas.c.crm == crm).values(crm=crm, **values)
    row = connection.execute(taken.returning(quotas)).first()
    if row is None:
        made = insert(connection, quotas).values(crm=crm)
        connection.execute(made.on_conflict_do_nothing(index_elements=["crm"]))
        row = connection.execute(taken.returning(quotas)).one()
    return row


def _keep(connection: Connection, crm: str, **values: Any) -> None:
    connection.execute(sa.update(quotas).where(quotas.c.crm == crm).values(**values))


def count(connection: Connection, crm: str, now: datetime, calls: int) -> None:
    """Add calls to the hour; fewer than none are handed back."""
    if not calls:
        return
    row = insert(connection, calls_made).values(crm=crm, hour=hour_of(now), calls=calls)
    total = connection.execute(
        row.on_conflict_do_update(
            index_elements=["crm", "hour"], set_={"calls": calls_made.c.calls + row.excluded.calls}
        ).returning(calls_made.c.calls)
    ).scalar_one()
    if total == calls:  # a new hour
        old = sa.and_(calls_made.c.crm == crm, calls_made.c.hour < now - KEPT)
        connection.execute(sa.delete(calls_made).where(old))


def spending(connection: Connection, crm: str, now: datetime) -> Spending | None:
    """The CRM's day as it stands; None for one that was never called."""
    row = connection.execute(sa.select(quotas).where(quotas.c.crm == crm)).first()
    if row is None or row.share is None:
        return None
    return _spending(connection, row, now, row.zone, row.share)


def _spending(
    connection: Connection, row: Any, now: datetime, zone_name: str | None, share: int
) -> Spending:
    zone = ZoneInfo(zone_name) if zone_name else None
    since = day_began(now, zone) - HOUR
    hours = connection.execute(
        sa.select(calls_made.c.hour, calls_made.c.calls).where(
            calls_made.c.crm == row.crm, calls_made.c.hour > since
        )
    )
    return Spending(
        share=share,
        made={found.hour: found.calls for found in hours},
        zone=zone,
        used=row.used,
        of=row.of,
        ours=row.ours,
        told_at=row.told_at,
    )


def look_again(connection: Connection, crm: str) -> None:
    """Forget how much the company has used: the next answer tells."""
    _keep(connection, crm, used=None, ours=None)


def take_turn(connection: Connection, crm: str, owner: str, seconds: float) -> float:
    """Give `owner` the next turn at searching; answers in how many seconds it begins: at once
    for whom it was last, else when the last turn is over and a gap has passed."""
    row = _locked(connection, crm, {})
    now = starts_at = _clock(connection)
    if row.search_owner not in {None, owner}:
        free_at = row.search_until + GAP
        starts_at = max(now, free_at) if free_at < now + LONGEST_QUEUE else now + GAP
    ends_at = starts_at + timedelta(seconds=seconds)
    _keep(connection, crm, search_owner=owner, search_until=ends_at)
    return (starts_at - now).total_seconds()


def end_turn(connection: Connection, crm: str, owner: str) -> None:
    """The owner searches no more: whoever is next need not wait for the end of the turn."""
    now = _clock(connection)
    connection.execute(
        sa.update(quotas)
        .where(quotas.c.crm == crm, quotas.c.search_owner == owner, quotas.c.search_until > now)
        .values(search_until=now)
    )


def _clock(connection: Connection) -> datetime:
    """One clock for all processes: PostgreSQL's, or with SQLite that of the only machine."""
    if connection.dialect.name != "postgresql":
        return datetime.now(UTC)
    at: datetime = connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    return at.astimezone(UTC)
