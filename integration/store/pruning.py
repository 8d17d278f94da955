"""What may be forgotten, and nothing else."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from connectors.base import PushKind
from integration.store.tables import pushes

ROWS_AT_ONCE = 1_000


def forget_settled(connection: Connection, crm: str, before: datetime) -> int:
    """Delete up to a thousand rows that were delivered or withdrawn before an instant; answers
    how many. Parked rows stay until a person sends them again, and the row that made a task
    stays as long as the task: it is why the task is never made twice."""
    old = (
        sa.select(pushes.c.id)
        .where(
            pushes.c.crm == crm,
            pushes.c.state.in_(("delivered", "withdrawn")),
            pushes.c.kind != PushKind.TASK_CREATE.value,
            pushes.c.settled_at < before,
        )
        .limit(ROWS_AT_ONCE)
    )
    return connection.execute(sa.delete(pushes).where(pushes.c.id.in_(old))).rowcount
