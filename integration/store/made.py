"""Tasks by the revision of the rules that made them, and plans to pin anew: for taking back what
a publish did, and for doing it on purpose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from connectors.base import PushKind
from integration.store.codec import draft_from_json, left_from_json, left_to_json
from integration.store.outbox import UNSENT
from integration.store.tables import customers, pushes, records, recoveries, tasks
from integration.store.upsert import chunks
from rules.case import LeftPlaybook
from rules.model import Kind, TaskDraft
from rules.replanning import Replanned

OPEN = ("wanted", "waiting", "written")


@dataclass(frozen=True, slots=True)
class Made:
    """A task that is open as far as we know. `unsent`: it never left us, so that it can be
    withdrawn; without a `crm_id` and not unsent it is under way."""

    key: str
    crm: str
    customer_id: int
    account: str
    draft: TaskDraft
    owner_id: str
    crm_id: str | None
    unsent: bool
    touched: str | None = None  # what a person was seen to do to it


def made_by(connection: Connection, crm: str, revision: int) -> list[Made]:
    """The tasks that a revision made and that are not closed."""
    return _made(connection, crm, tasks.c.revision == revision)


def made_for(connection: Connection, crm: str, keys: Sequence[str]) -> list[Made]:
    found: list[Made] = []
    for part in chunks(keys):
        found += _made(connection, crm, tasks.c.key.in_(part))
    return found


def _made(connection: Connection, crm: str, which: sa.ColumnElement[bool]) -> list[Made]:
    create = sa.and_(pushes.c.task_key == tasks.c.key, pushes.c.kind == PushKind.TASK_CREATE.value)
    rows = connection.execute(
        sa.select(tasks, pushes.c.state.label("push_state"), pushes.c.attempts)
        .outerjoin(pushes, create)
        .where(tasks.c.crm == crm, tasks.c.state.in_(OPEN), tasks.c.close_because.is_(None), which)
        .order_by(tasks.c.customer_id, tasks.c.made_on, tasks.c.key)
    ).all()
    names = account_names(connection, [row.customer_id for row in rows])
    return [
        Made(
            key=row.key,
            crm=crm,
            customer_id=row.customer_id,
            account=names.get(row.customer_id, ""),
            draft=draft_from_json(row.draft),
            owner_id=row.owner_id,
            crm_id=row.crm_id,
            unsent=row.crm_id is None and row.push_state in UNSENT and row.attempts == 0,
            touched=row.touched,
        )
        for row in rows
    ]


def account_names(connection: Connection, customer_ids: Sequence[int]) -> dict[int, str]:
    """What the customers are called in their own CRM: the account's name, else its id."""
    found: dict[int, str] = {}
    for part in chunks(list(dict.fromkeys(customer_ids))):
        rows = connection.execute(
            sa.select(records.c.customer_id, records.c.record_id, records.c.snapshot)
            .join(customers, customers.c.id == records.c.customer_id)
            .where(
                records.c.customer_id.in_(part),
                records.c.kind == Kind.ACCOUNT.value,
                records.c.crm == customers.c.crm,
            )
        )
        for row in rows:
            name = (row.snapshot.get("entity") or {}).get("name")
            found[row.customer_id] = f"{name or 'account'} ({row.record_id})"
    return found


def with_open_recovery(connection: Connection, crm: str) -> list[int]:
    """The customers of a CRM with a recovery under way."""
    return list(
        connection.execute(
            sa.select(recoveries.c.customer_id)
            .where(recoveries.c.crm == crm, recoveries.c.ended_on.is_(None))
            .order_by(recoveries.c.customer_id)
        ).scalars()
    )


def pin(
    connection: Connection, plan: Replanned, revision: int, *, today: date, now: datetime
) -> None:
    """Another plan for an open recovery, which keeps which one it had; its customer is decided
    again."""
    open_one = sa.and_(recoveries.c.id == plan.recovery_id, recoveries.c.ended_on.is_(None))
    row = connection.execute(sa.select(recoveries).where(open_one)).first()
    if row is None:
        return
    left = list(row.playbooks_left or ())
    if plan.changes:
        taken_on = left_from_json(left[-1]).left_on if left else row.opened_on
        because = f"revision {revision} of the rules was published with new plans"
        before = LeftPlaybook(row.playbook, taken_on, today, because, row.revision, replanned=True)
        left.append(left_to_json(before))
    customer = connection.execute(
        sa.update(recoveries)
        .where(open_one)
        .values(playbook=plan.after, revision=revision, playbooks_left=left or None)
        .returning(recoveries.c.customer_id)
    ).scalar()
    connection.execute(
        sa.update(customers).where(customers.c.id == customer).values(changed_at=now)
    )


def following(connection: Connection, crm: str, revision: int) -> int:
    """How many open recoveries of a CRM follow the plan of a revision."""
    query = sa.select(sa.func.count()).where(
        recoveries.c.crm == crm,
        recoveries.c.ended_on.is_(None),
        recoveries.c.revision == revision,
    )
    return int(connection.execute(query).scalar_one())
