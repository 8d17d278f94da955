"""Alembic's entry: runs the migrations on the connection that `engine` gives it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context

from integration.store import queue_tables
from integration.store.tables import metadata


def run() -> None:
    """Within the transaction that is under way."""
    connection: sa.Connection = context.config.attributes["connection"]
    _migrate(connection)
    if connection.dialect.name == "postgresql" and context.config.attributes["with_queue"]:
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
