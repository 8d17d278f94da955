"""The pilot at the outbox: what is for others is held, and goes once they are in it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from connectors.base import PushKind
from integration.store.tables import pushes, records, tasks
from rules.model import Kind

PILOT = "pilot"
BUDGET, STORM = "budget", "storm"


def hold(connection: Connection, crm: str, owner_ids: Sequence[str]) -> int:
    """Hold new tasks for anybody but these owners, those that wait for a budget included, and
    fields of accounts that others own. What stands in the CRM already is looked after."""
    held = connection.execute(
        sa.update(pushes)
        .where(pushes.c.crm == crm, _ready(), ~_theirs(owner_ids))
        .values(state="held", held_by=PILOT)
    )
    return held.rowcount


def release(
    connection: Connection, crm: str, owner_ids: Sequence[str] | None, limit: int, now: datetime
) -> tuple[int, bool]:
    """Let go what the pilot held for these owners, None for everybody; answers how many rows.
    Of more than `limit` customers at once it is a storm, which a person lets go."""
    mine = [pushes.c.crm == crm, pushes.c.state == "held", pushes.c.held_by == PILOT]
    if owner_ids is not None:
        mine.append(_theirs(owner_ids))
    counted = sa.select(sa.func.count(pushes.c.customer_id.distinct())).where(*mine)
    stormy = int(connection.execute(counted).scalar_one()) > limit
    values = {"held_by": STORM} if stormy else {"state": "pending", "held_by": None, "due_at": now}
    moved = connection.execute(sa.update(pushes).where(*mine).values(values))
    return moved.rowcount, stormy


def _ready() -> sa.ColumnElement[bool]:
    waits = sa.and_(pushes.c.state == "held", pushes.c.held_by == BUDGET)
    new = pushes.c.kind.in_((PushKind.TASK_CREATE.value, PushKind.FIELD.value))
    return sa.and_(new, pushes.c.attempts == 0, sa.or_(pushes.c.state == "pending", waits))


def _theirs(owner_ids: Sequence[str]) -> sa.ColumnElement[bool]:
    """Rows for these owners: a task by whose it is, a field by the owner of the account."""
    task = sa.exists().where(tasks.c.key == pushes.c.task_key, tasks.c.owner_id.in_(owner_ids))
    account = sa.exists().where(
        records.c.customer_id == pushes.c.customer_id,
        records.c.kind == Kind.ACCOUNT.value,
        records.c.snapshot["entity"]["owner_id"].as_string().in_(owner_ids),
    )
    is_task = pushes.c.kind == PushKind.TASK_CREATE.value
    return sa.or_(sa.and_(is_task, task), sa.and_(~is_task, account))
