"""Alembic's entry: runs the migrations on the database that `engine.upgrade` names."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context

from integration.store import queue_tables
from integration.store.tables import metadata

MIGRATING = 0x77696E6D  # "winm": the advisory lock of whoever migrates


def run() -> None:
    connection = context.config.attributes.get("connection")
    if connection is not None:
        _migrate(connection)
        return
    engine = sa.create_engine(context.config.attributes["url"])
    with engine.connect() as connection, connection.begin():
        shared = connection.dialect.name == "postgresql"
        if shared:  # two processes may start at once
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATING)))
        _migrate(connection)
        if shared:
            queue_tables.bring_up(connection)
    engine.dispose()


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
