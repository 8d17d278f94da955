"""A store's rows copied into an empty store, on the same database or the other: whole or not at
all, the tables included."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from integration.spoken import count
from integration.store.engine import begin, upgrade_on
from integration.store.tables import copied as copied_tables

ROWS_AT_ONCE = 2_000

Copied = Callable[[str, int, int], None]
"""Told after each batch: the table, how many of its rows are copied, and of how many."""


class NotEmpty(Exception):
    """There is a store already where one was to be made: a sentence without its subject, the
    database's address, which who gave it shows as it was given."""


class CountsDiffer(Exception):
    """A table has other rows than the one it was copied from."""


def counts(connection: Connection) -> dict[str, int]:
    """How many rows each table has, in the order in which they can be copied."""
    return {
        table.name: connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
        for table in copied_tables
    }


@contextmanager
def empty_store(target: Engine) -> Iterator[Connection]:
    """A transaction on a database without rows of ours, with all tables in it. Whatever ends it
    early leaves the database as it was. Raises `NotEmpty`."""
    with begin(target) as connection:
        upgrade_on(connection)
        if connection.dialect.name == "postgresql":  # whoever takes webhooks there waits for us
            names = ", ".join(table.name for table in copied_tables)
            connection.execute(sa.text(f"LOCK TABLE {names} IN EXCLUSIVE MODE"))
        there = sum(counts(connection).values())
        if there:
            raise NotEmpty(
                f"has a store already ({count(there, 'row')}), which stays as it is;"
                " name an empty database"
            )
        yield connection


def copy(source: Connection, target: Connection, copied: Copied) -> dict[str, int]:
    """Copy all rows into tables that are empty; answers how many each table has now. The caller
    commits. Raises `CountsDiffer`."""
    wanted = counts(source)
    for table in copied_tables:
        done = 0
        for rows in _batches(source, table):
            target.execute(sa.insert(table), rows)
            done += len(rows)
            copied(table.name, done, wanted[table.name])
        _go_on_counting(target, table)
    found = counts(target)
    different = [name for name, number in wanted.items() if found[name] != number]
    if different:
        told = ", ".join(f"{name} ({wanted[name]}, {found[name]})" for name in different)
        raise CountsDiffer(f"tables that have other rows than they should: {told}")
    return found


def _batches(source: Connection, table: sa.Table) -> Iterator[list[dict[str, Any]]]:
    query = sa.select(table).execution_options(yield_per=ROWS_AT_ONCE)
    for rows in source.execute(query).mappings().partitions():
        yield [{name: _text(value) for name, value in row.items()} for row in rows]


def _text(value: Any) -> Any:
    """PostgreSQL takes no NUL in a text; in JSON the column's own type sees to it."""
    return value.replace("\0", "") if isinstance(value, str) else value


def _go_on_counting(target: Connection, table: sa.Table) -> None:
    """Numbers that the database gives go on behind the last one."""
    counted = table.autoincrement_column
    if counted is None or target.dialect.name != "postgresql":
        return
    sequence = sa.func.pg_get_serial_sequence(table.name, counted.name)
    last = sa.select(sa.func.max(counted)).scalar_subquery()
    target.execute(sa.select(sa.func.setval(sequence, last)).where(last.is_not(None)))
