"""Closes a task of ours: in the CRM where it stands there, and here where it never went out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from connectors.base import PushKind
from integration.store import forgotten_tasks, outbox
from integration.store.outbox import UNSENT
from integration.store.tables import pushes, tasks


def close(
    connection: Connection,
    task_types: Mapping[str, str],
    customer: int,
    key: str,
    because: str,
    now: datetime,
) -> None:
    """Close a task that stands in the CRM; one that was never sent is withdrawn."""
    connection.execute(
        sa.update(pushes)
        .where(
            pushes.c.task_key == key,
            pushes.c.kind == PushKind.TASK_CREATE.value,
            pushes.c.state.in_(UNSENT),
            pushes.c.attempts == 0,
        )
        .values(state="withdrawn", settled_at=now)
    )
    row = connection.execute(
        sa.update(tasks)
        .where(tasks.c.key == key)
        .values(close_because=because)
        .returning(tasks.c.crm_id, tasks.c.crm)
    ).one()
    task_type = task_types.get(row.crm)
    if row.crm_id is not None and task_type is not None:
        close_written(connection, row.crm, task_type, customer, key, now)
        return
    withdrawn = sa.exists().where(
        pushes.c.task_key == key,
        pushes.c.kind == PushKind.TASK_CREATE.value,
        pushes.c.state == "withdrawn",
    )
    connection.execute(
        sa.update(tasks).where(tasks.c.key == key, withdrawn).values(state="withdrawn")
    )


def close_written(
    connection: Connection, crm: str, task_type: str, customer: int, key: str, now: datetime
) -> None:
    """Ask the CRM to close a task of ours whose cause is gone."""
    row = connection.execute(
        sa.select(tasks.c.crm_id, tasks.c.close_because).where(tasks.c.key == key)
    ).one()
    if row.close_because == forgotten_tasks.BECAUSE:  # it was on its way when they were forgotten
        forgotten_tasks.rewrite(connection, crm, task_type, key, now)
    outbox.add(
        connection,
        crm=crm,
        kind=PushKind.TASK_CLOSE,
        stream=key,
        type=task_type,
        customer_id=customer,
        payload={"ref": [task_type, row.crm_id], "note": f"Closed by winback: {row.close_because}"},
        task_key=key,
        now=now,
    )
