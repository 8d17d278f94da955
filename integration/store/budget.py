"""The budget per rep and day: the most valuable recoveries first, the rest waits (row P6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from connectors.base import PushKind
from integration.store.codec import draft_from_json, draft_to_json
from integration.store.tables import pushes, tasks
from rules.model import TaskDraft
from rules.ruleset import Span, Unit

Redate = Callable[[TaskDraft, Span], TaskDraft]
"""Gives a task that had to wait a fresh due date."""


def spend(
    connection: Connection,
    crm: str,
    *,
    per_day: int | None,
    today: date,
    now: datetime,
    redate: Redate,
) -> int:
    """Let tasks go within each rep's budget of the day; answers how many have to wait."""
    spent = Counter(
        {
            row.owner_id: row.count
            for row in connection.execute(
                sa.select(tasks.c.owner_id, sa.func.count().label("count"))
                .where(tasks.c.crm == crm, tasks.c.released_on == today)
                .group_by(tasks.c.owner_id)
            )
        }
    )
    waiting = 0
    for row in connection.execute(_candidates(crm)).all():
        if per_day is not None and spent[row.owner_id] >= per_day:
            waiting += 1
            _wait(connection, row)
            continue
        spent[row.owner_id] += 1
        _let_go(connection, row, today, now, redate)
    return waiting


def _candidates(crm: str) -> Any:
    """Tasks that nothing but the budget holds, most valuable first, older first among equals."""
    return (
        sa.select(
            tasks.c.key,
            tasks.c.owner_id,
            tasks.c.made_on,
            tasks.c.due_unit,
            tasks.c.due_count,
            tasks.c.state,
            pushes.c.id.label("push_id"),
            pushes.c.payload,
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
        .order_by(tasks.c.score.desc(), tasks.c.made_on, tasks.c.key)
    )


def _wait(connection: Connection, row: Any) -> None:
    if row.state == "waiting":
        return
    connection.execute(sa.update(tasks).where(tasks.c.key == row.key).values(state="waiting"))
    connection.execute(
        sa.update(pushes).where(pushes.c.id == row.push_id).values(state="held", held_by="budget")
    )


def _let_go(connection: Connection, row: Any, today: date, now: datetime, redate: Redate) -> None:
    values: dict[str, Any] = {"released_on": today, "state": "wanted"}
    push: dict[str, Any] = {"state": "pending", "held_by": None}
    if row.made_on < today:
        draft = redate(
            draft_from_json(row.payload["task"]), Span(row.due_count, Unit(row.due_unit))
        )
        stored = draft_to_json(draft)
        values |= {"due_on": draft.due_on, "draft": stored}
        push |= {"payload": {**row.payload, "task": stored}, "due_at": now}
    connection.execute(sa.update(tasks).where(tasks.c.key == row.key).values(**values))
    connection.execute(sa.update(pushes).where(pushes.c.id == row.push_id).values(**push))
