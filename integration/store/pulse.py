"""Signs of life of an installation: when the clock last ticked, and the workers that show
themselves."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from integration.store.engine import begin
from integration.store.tables import ticks
from integration.store.upsert import put

CLOCK = "clock"


def tick(engine: Engine, now: datetime) -> None:
    """The clock is alive, and reaches the store."""
    with begin(engine) as connection:
        put(connection, ticks, [{"source": CLOCK, "at": now}])


def ticked_at(connection: Connection) -> datetime | None:
    """None where no clock ever ran."""
    found: datetime | None = connection.execute(
        sa.select(ticks.c.at).where(ticks.c.source == CLOCK)
    ).scalar()
    return found
