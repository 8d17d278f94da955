"""Who works on which rows of the outbox: claims with a lease and a fence, rows whose sender died,
and when the next row wants to be looked at."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from connectors.base import Push, PushKind, TaskChange
from integration.store.codec import draft_from_json
from integration.store.outbox import ALONE_AFTER, WAITING, Row
from integration.store.tables import pushes
from rules.model import Field, Ref

UNBEGUN = "unbegun-"
"""So begins the fence of rows that were claimed and whose call has not begun: `renew` takes it
away. It stands in the fence, so that it goes with it: whoever claims the rows next, of whichever
release, makes a fence of its own."""

ASKED_FOR = "asked-"
"""And so the fence of rows that are being read back: nothing is sent under it."""


PART = 10
"""Rows of a batch that failed go again so many at a time: where few of them fail alone, most parts
hold none, and the first that is taken proves that the CRM takes others."""


class Tried(Enum):
    """How often rows were tried in vain, in the order in which they go: those that a CRM cannot
    take hold up nobody, and no batch mixes them."""

    NEVER = 0
    ONCE = 1
    TWICE = 2
    MORE_OFTEN = 3

    def among(self) -> Any:
        if self is Tried.MORE_OFTEN:
            return pushes.c.attempts > ALONE_AFTER
        return pushes.c.attempts == self.value

    def at_most(self, limit: int) -> int:
        """How many go in a call that takes `limit`."""
        if self is Tried.NEVER:
            return limit
        return min(limit, PART) if self is Tried.ONCE else 1


def claim(
    connection: Connection,
    crm: str,
    kind: PushKind,
    limit: int,
    now: datetime,
    lease: timedelta,
    *,
    tried: Tried = Tried.NEVER,
    least: int = 1,
    tells: bool = False,
) -> list[Row]:
    """Take due rows of one kind (and, for fields, of one record type) that were tried so often, as
    many as go in a call that takes `limit`; none if they are fewer than `least`. Who `tells` calls
    `renew` when their call begins."""
    due = _due(crm, kind, now, tried)
    first = connection.execute(
        sa.select(pushes.c.type).where(*due).order_by(*_order(kind)).limit(1)
    ).first()
    if first is None:
        return []
    same = [pushes.c.type == first.type] if kind is PushKind.FIELD else []
    chosen = (
        sa.select(pushes.c.id)
        .where(*due, *same)
        .order_by(*_order(kind))
        .limit(tried.at_most(limit))
    )
    if least > 1 and _count(connection, chosen) < least:
        return []
    fence = f"{UNBEGUN if tells else ''}{secrets.token_hex(8)}"
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
    """Those that were tried least come first."""
    oldest = (pushes.c.type, pushes.c.id) if kind is PushKind.FIELD else (pushes.c.id,)
    return (pushes.c.attempts, *oldest)


def _due(crm: str, kind: PushKind, now: datetime, tried: Tried) -> tuple[Any, ...]:
    return (
        pushes.c.crm == crm,
        pushes.c.kind == kind.value,
        pushes.c.state == "pending",
        tried.among(),
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
        tried_at=row.settled_at,
        sentence=row.sentence,
        base={Field(k): v for k, v in payload.get("base", {}).items()},
    )


def renew(
    connection: Connection, rows: Sequence[Row], now: datetime, lease: timedelta
) -> list[Row]:
    """Lease claimed rows anew, as their call begins now; answers those that nobody took over
    meanwhile."""
    renewed = connection.execute(
        sa.update(pushes)
        .where(
            pushes.c.id.in_([row.id for row in rows]),
            pushes.c.fence.in_({row.fence for row in rows}),
        )
        .values(lease_until=now + lease, fence=sa.func.replace(pushes.c.fence, UNBEGUN, ""))
        .returning(pushes.c.id, pushes.c.fence)
    )
    fences = {row.id: row.fence for row in renewed}
    return [
        replace(row, fence=fences[row.id], lease_until=now + lease)
        for row in rows
        if row.id in fences
    ]


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
    however often we are killed, that never exhausts it. Rows whose call had not begun are as they
    were before they were claimed."""
    where = [pushes.c.crm == crm, pushes.c.state == "in_flight"]
    if not all_leases:
        where.append(pushes.c.lease_until < now)
    taken = _unsent(connection, where, now)
    ends = connection.execute(sa.select(pushes.c.lease_until).distinct().where(*where)).scalars()
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


def _unsent(connection: Connection, where: Sequence[Any], now: datetime) -> int:
    """Let those go that nothing was sent of."""
    free = {"fence": None, "lease_until": None}
    unbegun = sa.update(pushes).where(*where, pushes.c.fence.startswith(UNBEGUN))
    moved = connection.execute(unbegun.values(state="pending", due_at=now, **free)).rowcount
    asked = sa.update(pushes).where(*where, pushes.c.fence.startswith(ASKED_FOR))
    return moved + connection.execute(asked.values(state="unknown", **free)).rowcount


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
    those whose grace has not, in the order of their ids from that one on, without those that the
    CRM does not take: for them it is worth no call."""
    chosen = (
        sa.select(pushes.c.id)
        .where(pushes.c.crm == crm, pushes.c.kind == kind.value, pushes.c.state == "unknown")
        .order_by(pushes.c.type, pushes.c.id)
        .limit(limit)
    )
    if early_after is None:
        chosen = chosen.where(pushes.c.due_at <= now)
    else:
        hopeful = pushes.c.attempts <= ALONE_AFTER
        early = (pushes.c.due_at > now, pushes.c.id > early_after, hopeful)
        chosen = chosen.where(*early).order_by(None).order_by(pushes.c.id)
    fence = f"{ASKED_FOR}{secrets.token_hex(8)}"
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
