"""The budget per rep and day, spent in the store: who goes in which turn says `rules.turns`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from connectors.base import PushKind
from integration.store.codec import draft_from_json, draft_to_json
from integration.store.tables import pushes, tasks
from integration.store.upsert import chunks
from rules.model import TaskDraft
from rules.ruleset import Limits
from rules.spans import Span, Unit
from rules.turns import allotted

Redate = Callable[[TaskDraft, Span], TaskDraft]
"""Gives a task that had to wait a fresh due date."""

WAITS_AT_MOST = Limits().waits_at_most


def spend(
    connection: Connection,
    crm: str,
    *,
    per_day: int | None,
    today: date,
    now: datetime,
    redate: Redate,
    waits_at_most: timedelta = WAITS_AT_MOST,
) -> int:
    """Let tasks go within each rep's budget of the day, the highest effective score first;
    answers how many have to wait."""
    spent = spent_on(connection, crm, today)
    rows = connection.execute(candidates(crm)).all()
    goes, waits = allotted(rows, spent, per_day, today, waits_at_most)
    for row in goes:
        if row.made_on < today:
            _let_go_late(connection, row, today, now, redate)
    _wait(connection, [row for row in waits if row.state != "waiting"])
    _let_go(connection, [row for row in goes if row.made_on >= today], today)
    return len(waits)


def spent_on(connection: Connection, crm: str, today: date) -> Counter[str]:
    """How many tasks of the day each rep has got, by the owner's id."""
    rows = connection.execute(
        sa.select(tasks.c.owner_id, sa.func.count().label("count"))
        .where(tasks.c.crm == crm, tasks.c.released_on == today)
        .group_by(tasks.c.owner_id)
    )
    return Counter({row.owner_id: row.count for row in rows})


def candidates(crm: str) -> sa.Select[Any]:
    """Tasks that nothing but the budget holds."""
    return (
        sa.select(
            tasks.c.key,
            tasks.c.owner_id,
            tasks.c.made_on,
            tasks.c.due_unit,
            tasks.c.due_count,
            tasks.c.state,
            tasks.c.score,
            pushes.c.id.label("push_id"),
            pushes.c.payload["task"]["priority"].as_string().label("priority"),
        )
        .join(pushes, pushes.c.task_key == tasks.c.key)
        .where(
            tasks.c.crm == crm,
            tasks.c.released_on.is_(None),
            pushes.c.kind == PushKind.TASK_CREATE.value,
            sa.or_(
                pushes.c.state == "pending",
                sa.and_(pushes.c.state == "held", pushes.c.held_by == "budget"),
            ),
        )
    )


def _wait(connection: Connection, rows: Sequence[Any]) -> None:
    _change(connection, rows, {"state": "waiting"}, {"state": "held", "held_by": "budget"})


def _let_go(connection: Connection, rows: Sequence[Any], today: date) -> None:
    """Tasks that did not have to wait go as they were made."""
    released = {"released_on": today, "state": "wanted"}
    _change(connection, rows, released, {"state": "pending", "held_by": None})


def _let_go_late(
    connection: Connection, row: Any, today: date, now: datetime, redate: Redate
) -> None:
    payload = connection.execute(
        sa.select(pushes.c.payload).where(pushes.c.id == row.push_id)
    ).scalar_one()
    draft = redate(draft_from_json(payload["task"]), Span(row.due_count, Unit(row.due_unit)))
    stored = draft_to_json(draft)
    _change(
        connection,
        [row],
        {"released_on": today, "state": "wanted", "due_on": draft.due_on, "draft": stored},
        {
            "state": "pending",
            "held_by": None,
            "payload": {**payload, "task": stored},
            "due_at": now,
        },
    )


def _change(
    connection: Connection, rows: Sequence[Any], task: dict[str, Any], push: dict[str, Any]
) -> None:
    """The same values for the tasks and the pushes of all these rows."""
    for part in chunks(rows):
        keys, ids = [row.key for row in part], [row.push_id for row in part]
        connection.execute(sa.update(tasks).where(tasks.c.key.in_(keys)).values(task))
        connection.execute(sa.update(pushes).where(pushes.c.id.in_(ids)).values(push))
