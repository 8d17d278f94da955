"""How SQLite claims: it asks a stream's own index whether an earlier row of it waits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from connectors.base import PushKind
from integration.store import claiming, outbox
from integration.store.engine import begin, connect

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def test_a_due_row_is_not_compared_with_all_others(sqlite_url: str) -> None:
    engine = connect(sqlite_url)
    plans: list[str] = []

    def explain(connection: Any, cursor: Any, statement: str, values: Any, *_: Any) -> None:
        del cursor
        if "earlier" in statement and not statement.startswith("EXPLAIN"):
            asked = connection.connection.cursor()
            asked.execute("EXPLAIN QUERY PLAN " + statement, values)
            plans.extend(row[-1] for row in asked.fetchall() if "earlier" in row[-1])

    sa.event.listen(engine, "before_cursor_execute", explain)
    with begin(engine) as connection:
        claiming.claim(connection, "sales", PushKind.FIELD, 200, NOW, timedelta(minutes=1))
        claiming.next_due(connection, "sales")
    engine.dispose()
    assert len(plans) == 2
    assert {"pushes_stream (stream=? AND crm=? AND state=?" in plan for plan in plans} == {True}


def test_the_last_delivery_is_found_among_the_latest_rows(sqlite_url: str) -> None:
    engine = connect(sqlite_url)
    plans: list[str] = []

    def explain(connection: Any, cursor: Any, statement: str, values: Any, *_: Any) -> None:
        del cursor
        if "settled_at" in statement and not statement.startswith("EXPLAIN"):
            asked = connection.connection.cursor()
            asked.execute("EXPLAIN QUERY PLAN " + statement, values)
            plans.extend(row[-1] for row in asked.fetchall())

    sa.event.listen(engine, "before_cursor_execute", explain)
    with begin(engine) as connection:
        assert not outbox.delivered_since(connection, "sales", [PushKind.FIELD], NOW)
    engine.dispose()
    [plan] = plans
    assert "pushes_due (crm=? AND state=? AND kind=? AND due_at>?)" in plan
