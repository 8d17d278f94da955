"""The budget per rep and day: the most valuable recoveries first, the rest waits, and who
waits moves up (row P6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from connectors.base import PushKind
from integration.store.codec import draft_from_json, draft_to_json
from integration.store.tables import pushes, tasks
from integration.store.upsert import chunks
from rules.model import Priority, TaskDraft
from rules.ruleset import Limits
from rules.spans import Span, Unit

Redate = Callable[[TaskDraft, Span], TaskDraft]
"""Gives a task that had to wait a fresh due date."""

WAITS_AT_MOST = Limits().waits_at_most

_URGENCY = (Priority.HIGH, Priority.NORMAL, Priority.LOW)


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
    waiting: list[Any] = []
    punctual: list[Any] = []
    for row in in_turn(connection.execute(candidates(crm)).all(), today, waits_at_most):
        if per_day is not None and spent[row.owner_id] >= per_day:
            waiting.append(row)
            continue
        spent[row.owner_id] += 1
        if row.made_on < today:
            _let_go_late(connection, row, today, now, redate)
        else:
            punctual.append(row)
    _wait(connection, [row for row in waiting if row.state != "waiting"])
    _let_go(connection, punctual, today)
    return len(waiting)


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


def in_turn(rows: Sequence[Any], today: date, waits_at_most: timedelta) -> list[Any]:
    """The highest effective score first; of equals, which are mostly one customer's tasks, the
    urgent ones before a courtesy call, then the older.

    The effective score is the score and what waiting adds to it: day by day a share of the
    highest score there is, so that who has waited `waits_at_most` goes before any newer task
    and nobody waits for ever."""

    def turn(scored: tuple[Any, Decimal]) -> tuple[Decimal, int, date, str]:
        row, effective = scored
        urgency = _URGENCY.index(Priority(row.priority or Priority.NORMAL))
        return (-effective, urgency, row.made_on, row.key)

    return [row for row, _ in sorted(effective_scores(rows, today, waits_at_most), key=turn)]


def effective_scores(
    rows: Sequence[Any], today: date, waits_at_most: timedelta
) -> list[tuple[Any, Decimal]]:
    """Each row with its score and what waiting adds to it."""
    top = max((row.score for row in rows), default=Decimal(0)) or Decimal(1)
    most = max(waits_at_most.days, 1)
    return [(row, row.score + top * (today - row.made_on).days / most) for row in rows]


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
