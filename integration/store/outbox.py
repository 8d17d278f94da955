"""Wanted changes in a CRM, one row each, from `pending` to `delivered` or a sentence why not.

`staged` (new losses, until the storm brake has looked) and `held` (storm, budget, dry run) wait
for a decision; `pending` waits for its `due_at`; `in_flight` is leased to whoever holds the
fence; `unknown` was sent and never answered, and is read back before anything is sent again;
`delivered`, `withdrawn` and `parked` are settled. Nothing is ever deleted here.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from connectors.base import Push, PushKind, TaskChange
from integration.store import cases
from integration.store.codec import draft_from_json
from integration.store.tables import customers, pushes
from rules.model import Field, Ref

WAITING = ("staged", "held", "pending", "in_flight", "unknown")
ALONE_AFTER = 2
"""A row that failed this often goes alone, so that it cannot take others down with it."""

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
        "due_at": now,
        "made_at": now,
    }


def add(connection: Connection, **wanted: Any) -> None:
    """One `new_row`, written at once."""
    connection.execute(sa.insert(pushes).values(new_row(**wanted)))


def claim(
    connection: Connection,
    crm: str,
    kind: PushKind,
    limit: int,
    now: datetime,
    lease: timedelta,
    *,
    least: int = 1,
) -> list[Row]:
    """Take up to `limit` due rows of one kind (and, for fields, of one record type); none if
    they are fewer than `least`."""
    due = _due(crm, kind, now)
    first = connection.execute(
        sa.select(pushes.c.type, pushes.c.attempts).where(*due).order_by(*_order(kind)).limit(1)
    ).first()
    if first is None:
        return []
    alone = first.attempts >= ALONE_AFTER
    same = [pushes.c.type == first.type] if kind is PushKind.FIELD else []
    same.append(pushes.c.attempts >= ALONE_AFTER if alone else pushes.c.attempts < ALONE_AFTER)
    chosen = (
        sa.select(pushes.c.id)
        .where(*due, *same)
        .order_by(*_order(kind))
        .limit(1 if alone else limit)
    )
    if least > 1 and _count(connection, chosen) < least:
        return []
    fence = secrets.token_hex(8)
    rows = connection.execute(
        sa.update(pushes)
        .where(pushes.c.id.in_(chosen), pushes.c.state == "pending")
        .values(state="in_flight", fence=fence, lease_until=now + lease)
        .returning(pushes)
    ).all()
    return sorted((_row(row) for row in rows), key=lambda row: row.id)


def _count(connection: Connection, chosen: sa.Select[Any]) -> int:
    return connection.execute(
        sa.select(sa.func.count()).select_from(chosen.subquery())
    ).scalar_one()


def _order(kind: PushKind) -> tuple[Any, ...]:
    return (pushes.c.type, pushes.c.id) if kind is PushKind.FIELD else (pushes.c.id,)


def _due(crm: str, kind: PushKind, now: datetime) -> tuple[Any, ...]:
    return (
        pushes.c.crm == crm,
        pushes.c.kind == kind.value,
        pushes.c.state == "pending",
        pushes.c.due_at <= now,
        ~_blocked(),
    )


def _blocked() -> Any:
    """An earlier row of the same stream is not settled yet."""
    earlier = pushes.alias("earlier")
    return sa.exists().where(
        earlier.c.stream == pushes.c.stream,
        earlier.c.crm == pushes.c.crm,
        earlier.c.id < pushes.c.id,
        earlier.c.state.in_(WAITING),
    )


def _row(row: Any) -> Row:
    payload = row.payload
    ref = Ref(*payload["ref"]) if payload.get("ref") else None
    change = payload.get("change")
    return Row(
        id=row.id,
        push=Push(
            id=str(row.id),
            kind=PushKind(row.kind),
            ref=ref,
            task=draft_from_json(payload["task"]) if payload.get("task") else None,
            change=TaskChange(**change) if change else None,
            note=payload.get("note"),
            values={Field(k): v for k, v in payload.get("values", {}).items()},
            account_id=payload.get("account"),
        ),
        stream=row.stream,
        customer_id=row.customer_id,
        task_key=row.task_key,
        attempts=row.attempts,
        fence=row.fence,
        lease_until=row.lease_until,
        made_at=row.made_at,
        base={Field(k): v for k, v in payload.get("base", {}).items()},
    )


def renew(
    connection: Connection, rows: Sequence[Row], now: datetime, lease: timedelta
) -> list[Row]:
    """Lease claimed rows anew; answers those that nobody took over meanwhile."""
    renewed = connection.execute(
        sa.update(pushes)
        .where(
            pushes.c.id.in_([row.id for row in rows]),
            pushes.c.fence.in_({row.fence for row in rows}),
        )
        .values(lease_until=now + lease)
        .returning(pushes.c.id)
    )
    ours = set(renewed.scalars())
    return [row for row in rows if row.id in ours]


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


def orphans(
    connection: Connection,
    crm: str,
    now: datetime,
    *,
    lease: timedelta,
    grace: timedelta,
    all_leases: bool,
) -> int:
    """Rows whose sender died: unknown from now on, to be read back once a write that was under
    way has had its grace to land. With `all_leases` the caller knows that nobody else works on
    this CRM, so that it need not wait for leases to run out. Dying makes a row go alone, but
    however often we are killed, that never exhausts it."""
    where = [pushes.c.crm == crm, pushes.c.state == "in_flight"]
    if not all_leases:
        where.append(pushes.c.lease_until < now)
    ends = connection.execute(sa.select(pushes.c.lease_until).distinct().where(*where)).scalars()
    taken = 0
    for end in ends.all():
        sent_at = end - lease
        moved = connection.execute(
            sa.update(pushes)
            .where(*where, pushes.c.lease_until == end)
            .values(
                state="unknown",
                fence=None,
                lease_until=None,
                due_at=max(now, sent_at + grace),
                attempts=sa.case(
                    (pushes.c.attempts < ALONE_AFTER, pushes.c.attempts + 1),
                    else_=pushes.c.attempts,
                ),
            )
        )
        taken += moved.rowcount
    return taken


def claim_unknown(
    connection: Connection, crm: str, kind: PushKind, limit: int, now: datetime, lease: timedelta
) -> list[Row]:
    """Take rows of unknown outcome whose grace has passed, to read them back."""
    chosen = (
        sa.select(pushes.c.id)
        .where(
            pushes.c.crm == crm,
            pushes.c.kind == kind.value,
            pushes.c.state == "unknown",
            pushes.c.due_at <= now,
        )
        .order_by(pushes.c.type, pushes.c.id)
        .limit(limit)
    )
    fence = secrets.token_hex(8)
    rows = connection.execute(
        sa.update(pushes)
        .where(pushes.c.id.in_(chosen), pushes.c.state == "unknown")
        .values(state="in_flight", fence=fence, lease_until=now + lease)
        .returning(pushes)
    ).all()
    return sorted((_row(row) for row in rows), key=lambda row: row.id)


def next_due(connection: Connection, crm: str) -> datetime | None:
    """When the next row that nothing holds wants to be looked at."""
    may_go = sa.or_(sa.and_(pushes.c.state == "pending", ~_blocked()), pushes.c.state == "unknown")
    due: datetime | None = connection.execute(
        sa.select(sa.func.min(pushes.c.due_at, type_=pushes.c.due_at.type)).where(
            pushes.c.crm == crm, may_go
        )
    ).scalar()
    return due


def unstage(connection: Connection, crm: str, held_by: str | None) -> int:
    """Let new losses' rows go, or hold them: those of the customers that the CRM decides, in
    whichever CRM they are written."""
    decided_here = sa.select(customers.c.id).where(customers.c.crm == crm)
    moved = connection.execute(
        sa.update(pushes)
        .where(pushes.c.state == "staged", pushes.c.customer_id.in_(decided_here))
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
        .values(state="pending", reason=None, sentence=None, attempts=0, due_at=now)
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
