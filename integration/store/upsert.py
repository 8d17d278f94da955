"""INSERT ... ON CONFLICT, which SQLAlchemy spells once per database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

ROWS_A_STATEMENT = 500


def insert(connection: Connection, table: sa.Table) -> Any:
    """The dialect's own insert, which knows `on_conflict_do_update` and `_do_nothing`."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def put(connection: Connection, table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows, or replace those whose primary key is there already."""
    if not rows:
        return
    statement = insert(connection, table)
    keys = [column.name for column in table.primary_key]
    others = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    if others:
        statement = statement.on_conflict_do_update(index_elements=keys, set_=others)
    else:
        statement = statement.on_conflict_do_nothing(index_elements=keys)
    connection.execute(statement, list(rows))


def chunks(items: Sequence[Any], size: int = ROWS_A_STATEMENT) -> list[Sequence[Any]]:
    """Slices short enough for one statement's parameters."""
    return [items[i : i + size] for i in range(0, len(items), size)]
