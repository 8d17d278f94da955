"""Wanted changes in a CRM, one row each, from `pending` to `delivered` or a sentence why not.

`staged` (new losses, until the storm brake has looked) and `held` (storm, budget, dry run) wait
for a decision; `pending` waits for its `due_at`; `in_flight` is leased to whoever holds the
fence; `unknown` was sent and never answered, and is read back before anything is sent again;
`delivered`, `withdrawn` and `parked` are settled. Nothing is ever deleted here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from connectors.base import Push, PushKind
from integration.store import cases
from integration.store.tables import customers, pushes
from rules.model import Field

UNSENT = ("staged", "held", "pending", "parked")
WAITING = ("staged", "held", "pending", "in_flight", "unknown")
ALONE_AFTER = 2
"""A row that failed this often goes alone, so that it cannot take others down with it. One that
failed more often is held to be one that the CRM does not take."""

ORDER = (PushKind.TASK_CREATE, PushKind.TASK_UPDATE, PushKind.TASK_CLOSE, PushKind.FIELD)


@dataclass(frozen=True, slots=True)
class Row:
    """One push as it was claimed. `base` is what stood in the CRM when it was decided."""

    id: int
    push: Push
    stream: str
    customer_id: int
    task_key: str | None
    attempts: int
    fence: str
    lease_until: datetime
    made_at: datetime
    base: Mapping[Field, str | None]
    tried_at: datetime | None = None  # without an answer, or with "later"
    sentence: str | None = None  # what was said about it then


def new_row(
    *,
    crm: str,
    kind: PushKind,
    stream: str,
    type: str,
    customer_id: int,
    payload: Mapping[str, Any],
    now: datetime,
    task_key: str | None = None,
    state: str = "pending",
    held_by: str | None = None,
    score: Any = 0,
    look_first: bool = False,
) -> dict[str, Any]:
    """A wanted change as a row of the table; `stream` and `task_key` say what it belongs to."""
    return {
        "crm": crm,
        "kind": kind.value,
        "stream": stream,
        "type": type,
        "customer_id": customer_id,
        "payload": dict(payload),
        "task_key": task_key,
        "state": state,
        "held_by": held_by,
        "score": score,
        "look_first": look_first,
        "due_at": now,
        "made_at": now,
    }


def add(connection: Connection, **wanted: Any) -> None:
    """One `new_row`, written at once."""
    connection.execute(sa.insert(pushes).values(new_row(**wanted)))


def settle(connection: Connection, row: Row, **values: Any) -> bool:
    """Settle one claimed row. False when somebody else took it over meanwhile (its lease ran
    out): then this answer is worth nothing."""
    done = connection.execute(
        sa.update(pushes)
        .where(pushes.c.id == row.id, pushes.c.fence == row.fence)
        .values(fence=None, lease_until=None, **values)
    )
    return done.rowcount == 1


def deliver(connection: Connection, rows: Sequence[tuple[Row, str]], now: datetime) -> list[Row]:
    """Settle claimed rows that the CRM took, each with its sentence; answers those that were
    still ours to settle."""
    by_sentence: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row, sentence in rows:
        by_sentence[row.fence, sentence].append(row.id)
    done: set[int] = set()
    for (fence, sentence), ids in by_sentence.items():
        settled = connection.execute(
            sa.update(pushes)
            .where(pushes.c.id.in_(ids), pushes.c.fence == fence)
            .values(
                state="delivered",
                fence=None,
                lease_until=None,
                settled_at=now,
                sentence=sentence,
            )
            .returning(pushes.c.id)
        )
        done.update(settled.scalars())
    return [row for row, _ in rows if row.id in done]


def unstage(connection: Connection, crm: str, held_by: str | None) -> int:
    """Let new losses' rows go, or hold them: those of the customers that the CRM decides, in
    whichever CRM they are written."""
    decided_here = sa.exists().where(customers.c.id == pushes.c.customer_id, customers.c.crm == crm)
    staged = pushes.c.state == sa.literal("staged", literal_execute=True)  # or no index serves
    moved = connection.execute(
        sa.update(pushes)
        .where(staged, decided_here)
        .values(state="held" if held_by else "pending", held_by=held_by)
    )
    return moved.rowcount


def hold(connection: Connection, crm: str, held_by: str) -> int:
    """Hold everything that would go out now."""
    moved = connection.execute(
        sa.update(pushes)
        .where(pushes.c.crm == crm, pushes.c.state == "pending")
        .values(state="held", held_by=held_by)
    )
    return moved.rowcount


def release(connection: Connection, crm: str, held_by: str, now: datetime) -> int:
    moved = connection.execute(
        sa.update(pushes)
        .where(pushes.c.crm == crm, pushes.c.state == "held", pushes.c.held_by == held_by)
        .values(state="pending", held_by=None, due_at=now)
    )
    return moved.rowcount


def requeue(
    connection: Connection, now: datetime, *, crm: str | None = None, ids: Sequence[int | None] = ()
) -> int:
    """Send parked rows again: all, or those of `ids`, where None stands for the tasks that nobody
    could get. Those are decided again."""
    where = [pushes.c.state == "parked"]
    if crm:
        where.append(pushes.c.crm == crm)
    if ids:
        where.append(pushes.c.id.in_([number for number in ids if number is not None]))
    moved = connection.execute(
        sa.update(pushes)
        .where(*where)
        .values(
            state="pending", reason=None, sentence=None, attempts=0, due_at=now, settled_at=None
        )
    )
    again = not ids or None in ids
    return moved.rowcount + (cases.try_unassigned(connection, now, crm) if again else 0)


def tally(connection: Connection, crm: str) -> dict[tuple[str, str, str | None], int]:
    """How many rows there are by kind, state and what holds them."""
    rows = connection.execute(
        sa.select(pushes.c.kind, pushes.c.state, pushes.c.held_by, sa.func.count())
        .where(pushes.c.crm == crm)
        .group_by(pushes.c.kind, pushes.c.state, pushes.c.held_by)
    )
    return {(row[0], row[1], row[2]): row[3] for row in rows}


def subjects_held(connection: Connection, crm: str, held_by: str, limit: int) -> list[str]:
    """Of the oldest new tasks that something holds."""
    held = (
        sa.select(pushes.c.payload)
        .where(
            pushes.c.crm == crm,
            pushes.c.state == "held",
            pushes.c.kind == PushKind.TASK_CREATE.value,
            pushes.c.held_by == held_by,
        )
        .order_by(pushes.c.id)
        .limit(limit)
    )
    return [payload["task"]["subject"] for payload in connection.execute(held).scalars()]


def parked(connection: Connection, crm: str | None = None) -> list[dict[str, Any]]:
    """What could not be written, with the sentence why and what to do."""
    query = sa.select(pushes).where(pushes.c.state == "parked").order_by(pushes.c.id)
    if crm:
        query = query.where(pushes.c.crm == crm)
    rows = [
        {
            "id": row.id,
            "crm": row.crm,
            "kind": row.kind,
            "key": row.task_key or row.stream,
            "reason": row.reason,
            "sentence": row.sentence,
            "since": row.settled_at,
        }
        for row in connection.execute(query)
    ]
    return rows + cases.unassigned(connection, crm)


def oldest_due(connection: Connection, crm: str) -> datetime | None:
    due: datetime | None = connection.execute(
        sa.select(sa.func.min(pushes.c.made_at, type_=pushes.c.made_at.type)).where(
            pushes.c.crm == crm, pushes.c.state.in_(("pending", "in_flight", "unknown"))
        )
    ).scalar()
    return due


LONGEST_DUE = timedelta(days=1)


def delivered_since(
    connection: Connection, crm: str, kinds: Sequence[PushKind], since: datetime
) -> bool:
    """Whether the CRM took any write of these kinds from then on. One that had been due for more
    than a day is not seen: the index knows when rows became due, and not when they went."""
    taken = (
        pushes.c.crm == crm,
        pushes.c.state == "delivered",
        pushes.c.kind.in_([kind.value for kind in kinds]),
        pushes.c.due_at >= since - LONGEST_DUE,
        pushes.c.settled_at >= since,
    )
    return connection.execute(sa.select(pushes.c.id).where(*taken).limit(1)).first() is not None
