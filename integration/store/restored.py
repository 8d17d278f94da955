"""What a restored store does not know: which of the tasks that it wants the CRM has already.

The product went on after the backup was taken, and a task of that time has the same key when it is
wanted again. So each new task is looked for by its key before it is sent: those that the backup
had and had not delivered, and those that are wanted anew until the CRM's changes were read.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from connectors.base import PushKind
from integration.store.claiming import UNBEGUN, as_row
from integration.store.crms import UNTIL_POLLED
from integration.store.outbox import UNSENT, Row
from integration.store.tables import crms, pushes, restores


def note(connection: Connection, taken_at: datetime, now: datetime) -> None:
    """The rows of this store are those of `taken_at`, put back now."""
    connection.execute(sa.insert(restores).values(taken_at=taken_at, restored_at=now))
    connection.execute(
        sa.update(pushes)
        .where(pushes.c.kind == PushKind.TASK_CREATE.value, pushes.c.state.in_(UNSENT))
        .values(look_first=True)
    )
    # what had not begun then may be done since
    connection.execute(
        sa.update(pushes)
        .where(pushes.c.state == "in_flight")
        .values(fence=sa.func.replace(pushes.c.fence, UNBEGUN, ""))
    )
    # tasks that are found will be read, as reps may have worked on them
    connection.execute(sa.update(crms).values(look_first_until=UNTIL_POLLED, tasks_looked_on=None))


def claim(connection: Connection, crm: str, limit: int, lease_until: datetime) -> list[Row]:
    """New tasks that are to be looked for. They stay in their state: what is held, stays held."""
    chosen = (
        sa.select(pushes.c.id)
        .where(
            pushes.c.crm == crm,
            pushes.c.kind == PushKind.TASK_CREATE.value,
            pushes.c.state.in_(UNSENT),
            pushes.c.look_first,
        )
        .order_by(pushes.c.id)
        .limit(limit)
    )
    rows = connection.execute(
        sa.update(pushes)
        .where(pushes.c.id.in_(chosen))
        .values(fence=secrets.token_hex(8), lease_until=lease_until)
        .returning(pushes)
    ).all()
    return sorted(map(as_row, rows), key=lambda row: row.id)


def over(connection: Connection, crm: str, now: datetime) -> None:
    """Nothing is left to look for: from its time on the CRM is known again."""
    connection.execute(
        sa.update(crms)
        .where(crms.c.name == crm, crms.c.look_first_until <= now)
        .values(look_first_until=None)
    )


def found(connection: Connection, crm: str, rows: Sequence[Row]) -> None:
    """These stand in the CRM, and are about to be settled."""
    if rows:
        _looked(connection, rows, held_by=None)
        connection.execute(sa.update(crms).where(crms.c.name == crm).values(tasks_looked_on=None))


def not_found(connection: Connection, rows: Sequence[Row]) -> None:
    """These do not stand there, and nobody but us will make them."""
    _looked(connection, rows, fence=None, lease_until=None)


def _looked(connection: Connection, rows: Sequence[Row], **values: Any) -> None:
    connection.execute(
        sa.update(pushes)
        .where(
            pushes.c.id.in_([row.id for row in rows]),
            pushes.c.fence.in_({row.fence for row in rows}),
        )
        .values(look_first=False, **values)
    )
