"""The tables of the job queue (Procrastinate), which stand beside ours on PostgreSQL.

Their statements are the library's own, taken from the installed release, so that Alembic knows
nothing of them. A new store gets the whole schema; an older one gets the steps that came since,
which a small table remembers by their file names.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import Connection

from integration.store.types import Instant

PREFIX = "procrastinate_"
_STEPS = sa.Table(f"{PREFIX}steps", sa.MetaData(), sa.Column("name", sa.Text, primary_key=True))
_WORKERS = sa.table(f"{PREFIX}workers", sa.column("last_heartbeat", Instant))


def bring_up(connection: Connection) -> None:
    """The queue's tables as the installed release wants them. Twice does no harm; the caller
    sees to it that nobody does the same at once."""
    from procrastinate.schema import SchemaManager  # noqa: PLC0415 - 9 MB that SQLite does without

    _STEPS.create(connection, checkfirst=True)
    taken = set(connection.execute(sa.select(_STEPS.c.name)).scalars())
    steps = {file.name: file for file in Path(SchemaManager.get_migrations_path()).glob("*.sql")}
    new = sorted(steps.keys() - taken)
    if not taken:
        _run(connection, SchemaManager.get_schema())
    else:
        for name in new:
            _run(connection, steps[name].read_text(encoding="utf-8"))
    if new:
        connection.execute(sa.insert(_STEPS), [{"name": name} for name in new])


def workers_alive(connection: Connection, seconds: float) -> int:
    """How many workers have shown themselves within so many seconds."""
    if not sa.inspect(connection).has_table(_WORKERS.name):
        return 0
    seen = _WORKERS.c.last_heartbeat > sa.func.now() - timedelta(seconds=seconds)
    count = sa.select(sa.func.count()).select_from(_WORKERS).where(seen)
    return connection.execute(count).scalar_one()


def _run(connection: Connection, statements: str) -> None:
    """By the driver itself: several statements at once take no parameters, not even none."""
    driver = connection.connection.driver_connection
    if driver is None:
        raise ConnectionError("the connection has been closed")
    driver.execute(statements)
