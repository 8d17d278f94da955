"""Signs of life of an installation: when the clock last ticked, and a worker last showed itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from integration.store.engine import begin
from integration.store.locks import is_taken
from integration.store.tables import ticks
from integration.store.upsert import put

CLOCK, WORKER = "clock", "worker"

CLOCK_LATE = timedelta(seconds=60)
"""It ticks every ten seconds, and another one takes over within a minute."""

WORKER_SILENT = timedelta(seconds=30)
"""A worker shows itself every five seconds; its work is taken over after 20."""


@dataclass(frozen=True, slots=True)
class Signs:
    """None where there never was one. `shared`: the store is one that workers can share;
    `taken`: one process has it for itself, and does the work of all."""

    ticked_at: datetime | None = None
    worked_at: datetime | None = None
    shared: bool = False
    taken: bool = False


def tick(engine: Engine, now: datetime) -> None:
    """The clock is alive, and reaches the store."""
    _show(engine, CLOCK, now)


def work(engine: Engine, now: datetime) -> None:
    """A worker is alive, and reaches the store."""
    _show(engine, WORKER, now)


def _show(engine: Engine, source: str, now: datetime) -> None:
    with begin(engine) as connection:
        put(connection, ticks, [{"source": source, "at": now}])


def ticked_at(connection: Connection) -> datetime | None:
    """None where no clock ever ran."""
    return _last(connection, CLOCK)


def signs(connection: Connection) -> Signs:
    shared = connection.dialect.name == "postgresql"
    return Signs(
        ticked_at=_last(connection, CLOCK),
        worked_at=_last(connection, WORKER),
        shared=shared,
        taken=shared and is_taken(connection),
    )


def _last(connection: Connection, source: str) -> datetime | None:
    found: datetime | None = connection.execute(
        sa.select(ticks.c.at).where(ticks.c.source == source)
    ).scalar()
    return found
