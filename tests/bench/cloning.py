"""A store with any number of losses: one customer of a real run, cloned inside the database.

The product itself wrote the pattern's rows, so that a clone has all that belongs together: the
customer, its records in the mirror, the loss, the recovery, the task and what was sent. Every id
in a row, also inside JSON, is replaced by one of the clone's own. Clones are history: their
recovery has ended, their task is done, and they are looked at again on a day far ahead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from integration.store.engine import begin, reading
from integration.store.tables import (
    aliases,
    customers,
    field_values,
    loss_reasons,
    losses,
    pushes,
    records,
    recoveries,
    tasks,
)
from integration.store.types import Json

AT_ONCE = 20_000

TABLES = (
    customers, aliases, records, losses, loss_reasons, recoveries, tasks, field_values, pushes,
)  # fmt: skip
"""With rows of a customer, parents first."""

ENDED: Mapping[str, str] = {
    "recoveries.ended_on": "opened_on",
    "recoveries.end": "'released'",
    "tasks.state": "'closed'",
    "tasks.done_on": "made_on",
    "tasks.outcome": "'spoke'",
    "pushes.state": "'delivered'",
    "pushes.settled_at": "made_at",
}
AHEAD = {
    "sqlite": "date('now', '+' || (30 + n - n / 300 * 300) || ' days')",
    "postgresql": "current_date + (30 + n - n / 300 * 300)",
}
AGO = {
    "sqlite": "date('now', '-' || (n - n / 300 * 300) || ' days')",
    "postgresql": "current_date - (n - n / 300 * 300)",
}
SPREAD: Mapping[str, Mapping[str, str]] = {
    "customers.look_again_on": AHEAD,
    "tasks.released_on": AGO,
}
"""As in a company that has lost some each day."""
NUMBERS = """WITH RECURSIVE numbers(n) AS
 (SELECT {start} UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < {stop}),
 pattern AS MATERIALIZED (SELECT * FROM {table} WHERE {mine})
 INSERT INTO {table} ({columns}) SELECT {values} FROM pattern CROSS JOIN numbers"""
"""The pattern is looked for once: for each clone anew, it took the square of their number."""

GO_ON_COUNTING = (
    """SELECT setval(pg_get_serial_sequence('customers', 'id'), max(id)) FROM customers"""
)


@dataclass(frozen=True, slots=True)
class Pattern:
    """The customer that is cloned. `ids` are all its ids with the signs that those of its clones
    begin with; the rest of them, as long as the pattern's own, counts."""

    customer: int
    ids: Mapping[str, str]


def pattern(engine: Engine) -> Pattern:
    """Any customer with a recovery."""
    with reading(engine) as connection:
        customer = connection.execute(sa.select(recoveries.c.customer_id).limit(1)).scalar_one()

        def found(column: sa.Column[str]) -> list[str]:
            mine = sa.select(column).where(column.table.c.customer_id == customer).distinct()
            return [id for id in connection.execute(mine).scalars() if id]

        known = dict.fromkeys((*found(records.c.record_id), *found(tasks.c.crm_id)))
        ids = {id: f"{id[:3]}{sign}" for id, sign in zip(known, "ABCDEFGH", strict=False)}
        ids |= dict.fromkeys(found(losses.c.id), "l") | dict.fromkeys(found(recoveries.c.id), "r")
    return Pattern(customer, ids)


def clone(engine: Engine, one: Pattern, count: int, done: Callable[[int], None]) -> None:
    """Add so many customers like the pattern's."""
    with reading(engine) as connection:
        last = connection.execute(sa.select(sa.func.max(customers.c.id))).scalar_one()
        made = {table: _columns(connection, table, one, last + 1) for table in TABLES}
    for start in range(0, count, AT_ONCE):
        stop = min(start + AT_ONCE, count)
        with begin(engine) as connection:
            for table, columns in made.items():
                insert = NUMBERS.format(
                    start=start,
                    stop=stop,
                    table=table.name,
                    columns=", ".join(f'"{name}"' for name in columns),
                    values=", ".join(columns.values()),
                    mine=_mine(table, one),
                )
                connection.exec_driver_sql(insert)
        done(stop)
    if engine.dialect.name == "postgresql":  # which does it by itself in the course of a day
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(GO_ON_COUNTING)
            connection.exec_driver_sql("VACUUM ANALYZE")


def _mine(table: sa.Table, one: Pattern) -> str:
    listed = ", ".join(f"'{id}'" for id in one.ids)
    if table is customers:
        return f"id = {one.customer}"
    if "customer_id" in table.c:
        return f"customer_id = {one.customer}"
    return f"loss_id IN ({listed})" if table is loss_reasons else f"record_id IN ({listed})"


def _columns(connection: Connection, table: sa.Table, one: Pattern, first: int) -> dict[str, str]:
    """Column -> the expression that makes it for clone `n`."""
    dialect = connection.dialect.name
    rows = connection.execute(sa.select(table).where(sa.text(_mine(table, one)))).mappings().all()
    found: dict[str, str] = {}
    for column in table.c:
        name = f"{table.name}.{column.name}"
        if name in ("pushes.id", "loss_reasons.id"):
            continue  # the database counts
        if name in ENDED:
            found[column.name] = ENDED[name]
        elif name in SPREAD:
            found[column.name] = SPREAD[name][dialect]
        elif name == "customers.id" or column.name == "customer_id":
            found[column.name] = f"{first} + n"
        else:
            values = " ".join(str(row[column.name]) for row in rows)
            inside = {id: sign for id, sign in one.ids.items() if id in values}
            found[column.name] = _replaced(column, inside, dialect)
    return found


def _replaced(column: sa.Column[object], ids: Mapping[str, str], dialect: str) -> str:
    """The column's text with the clone's ids in place of the pattern's."""
    if not ids:
        return f'"{column.name}"'
    text = f'"{column.name}"' if dialect == "sqlite" else f'"{column.name}"::text'
    for id, sign in ids.items():
        width = len(id) - len(sign)
        digits = f"'{'0' * width}' || n"
        cut = f"substr({digits}, -{width})" if dialect == "sqlite" else f"right({digits}, {width})"
        text = f"replace({text}, '{id}', '{sign}' || {cut})"
    is_json = isinstance(column.type, type(Json))
    return f"{text}::jsonb" if is_json and dialect == "postgresql" else text
