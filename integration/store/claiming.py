"""Who works on which rows of the outbox: claims with a lease and a fence, rows whose sender died,
and when the next row wants to be looked at."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from connectors.base import Push, PushKind, TaskChange
from integration.store.codec import draft_from_json
from integration.store.outbox import ALONE_AFTER, WAITING, Row
from integration.store.tables import pushes
from rules.model import Field, Ref


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
    return sorted((as_row(row) for row in rows), key=lambda row: row.id)


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
        ~pushes.c.look_first,
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


def as_row(row: Any) -> Row:
    """A claimed row of the table."""
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
    connection: Connection,
    crm: str,
    kind: PushKind,
    limit: int,
    now: datetime,
    lease: timedelta,
    *,
    early_after: int | None = None,
) -> list[Row]:
    """Take rows of unknown outcome whose grace has passed, to read them back; with `early_after`
    those whose grace has not, in the order of their ids from that one on."""
    chosen = (
        sa.select(pushes.c.id)
        .where(pushes.c.crm == crm, pushes.c.kind == kind.value, pushes.c.state == "unknown")
        .order_by(pushes.c.type, pushes.c.id)
        .limit(limit)
    )
    if early_after is None:
        chosen = chosen.where(pushes.c.due_at <= now)
    else:
        early = (pushes.c.due_at > now, pushes.c.id > early_after)
        chosen = chosen.where(*early).order_by(None).order_by(pushes.c.id)
    fence = secrets.token_hex(8)
    rows = connection.execute(
        sa.update(pushes)
        .where(pushes.c.id.in_(chosen), pushes.c.state == "unknown")
        .values(state="in_flight", fence=fence, lease_until=now + lease)
        .returning(pushes)
    ).all()
    return sorted((as_row(row) for row in rows), key=lambda row: row.id)


def next_due(connection: Connection, crm: str) -> datetime | None:
    """When the next row that nothing holds wants to be looked at."""
    may_go = sa.or_(sa.and_(pushes.c.state == "pending", ~_blocked()), pushes.c.state == "unknown")
    due: datetime | None = connection.execute(
        sa.select(sa.func.min(pushes.c.due_at, type_=pushes.c.due_at.type)).where(
            pushes.c.crm == crm, pushes.c.state.in_(("pending", "unknown")), may_go
        )
    ).scalar()
    return due
