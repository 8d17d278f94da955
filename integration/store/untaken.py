"""Rows that a CRM does not take, or has not taken yet."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import Connection

from integration.store.outbox import ALONE_AFTER
from integration.store.tables import pushes


@dataclass(frozen=True, slots=True)
class Untaken:
    """`known` rows failed alone too, while others went; of the `unsure` nobody can say whether it
    is their fault or the CRM's. `said` is what the CRM said last."""

    known: int = 0
    unsure: int = 0
    said: str = ""


def untaken(connection: Connection, crm: str) -> Untaken:
    """A row that is told to come again is none of them before it goes alone."""
    failed = (
        pushes.c.crm == crm,
        pushes.c.state.in_(("pending", "unknown")),
        pushes.c.sentence.is_not(None),
        sa.or_(pushes.c.state == "unknown", pushes.c.attempts >= ALONE_AFTER),
    )
    known = pushes.c.attempts > ALONE_AFTER
    counted = sa.select(known, sa.func.count()).where(*failed).group_by(known)
    counts = {bool(row[0]): int(row[1]) for row in connection.execute(counted)}
    if not counts:
        return Untaken()
    last = sa.select(pushes.c.sentence).where(*failed).order_by(pushes.c.settled_at.desc())
    said = connection.execute(last.limit(1)).scalar_one()
    return Untaken(counts.get(True, 0), counts.get(False, 0), said)
