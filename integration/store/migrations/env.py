"""Alembic's entry: runs the migrations on the connection that `engine` gives it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context

from integration.store import queue_tables
from integration.store.tables import metadata

MIGRATING = 0x77696E6D  # "winm": the advisory lock of whoever migrates


def run() -> None:
    """All tables, within the transaction that is under way."""
    connection: sa.Connection = context.config.attributes["connection"]
    shared = connection.dialect.name == "postgresql"
    if shared:
        # two processes may start at once
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATING)))
        # whoever waits for a table holds up all who come after it: better to come again
        limit = f"{context.config.attributes['lock_within'] * 1000:.0f}ms"
        connection.execute(sa.select(sa.func.set_config("lock_timeout", limit, True)))
    _migrate(connection)
    if shared:
        queue_tables.bring_up(connection)


def _migrate(connection: sa.Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
