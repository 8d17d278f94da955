"""A task whose owner has left goes to somebody else, with a note in its body."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from connectors.base import PushKind
from integration.store import outbox
from integration.store.codec import draft_from_json, draft_to_json
from integration.store.tables import pushes, tasks
from rules.case import HandedOver
from rules.drafting import with_note


def hand_over(
    connection: Connection,
    crm: str,
    task_type: str,
    customer: int,
    key: str,
    handed: HandedOver,
    now: datetime,
) -> None:
    """In the CRM, where the task stands there, the note goes below whatever people wrote; else
    into the draft that was not sent yet."""
    crm_id = connection.execute(
        sa.update(tasks)
        .where(tasks.c.key == key)
        .values(owner_id=handed.owner_id, handed_on=handed.on)
        .returning(tasks.c.crm_id)
    ).scalar_one()
    if crm_id is None:
        _hand_over_unsent(connection, key, handed)
        return
    outbox.add(
        connection,
        crm=crm,
        kind=PushKind.TASK_UPDATE,
        stream=key,
        type=task_type,
        customer_id=customer,
        payload={
            "ref": [task_type, crm_id],
            "change": {"owner_id": handed.owner_id},
            "note": handed.note,
        },
        task_key=key,
        now=now,
    )


def _hand_over_unsent(connection: Connection, key: str, handed: HandedOver) -> None:
    """A row that was tried before keeps its text: it may stand in the CRM already."""
    row = connection.execute(
        sa.select(pushes.c.id, pushes.c.payload).where(
            pushes.c.task_key == key,
            pushes.c.kind == PushKind.TASK_CREATE.value,
            pushes.c.state.in_(("staged", "held", "pending")),
            pushes.c.attempts == 0,
        )
    ).first()
    if row is None:
        return
    draft = draft_from_json(row.payload["task"])
    body = with_note(draft.body, handed.note)
    stored = draft_to_json(replace(draft, owner_id=handed.owner_id, body=body))
    payload = {**row.payload, "task": stored}
    connection.execute(sa.update(pushes).where(pushes.c.id == row.id).values(payload=payload))
    connection.execute(sa.update(tasks).where(tasks.c.key == key).values(draft=stored))
