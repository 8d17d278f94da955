"""Field values that wait to be written: held by the brake, a dry run or a CRM that is away.

Days may pass until they go out. Whatever a newer decision no longer wants, or a person has
written meanwhile, is taken off them; rows that were sent before are looked up when they are sent
again, and parked ones keep what their sentence speaks of.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from connectors.base import PushKind
from integration.store.outbox import WAITING
from integration.store.tables import pushes
from rules.model import Field

UNSENT = ("staged", "held", "pending")
OVERTAKEN = "Overtaken: a person filled these fields, or they are to be filled otherwise."

_NOTHING = object()


def undelivered(connection: Connection, customers: Sequence[int]) -> dict[str, list[Any]]:
    """Rows of these customers that may still be sent, by stream."""
    rows = connection.execute(
        sa.select(
            pushes.c.id, pushes.c.stream, pushes.c.state, pushes.c.attempts, pushes.c.payload
        ).where(
            pushes.c.customer_id.in_(customers),
            pushes.c.kind == PushKind.FIELD.value,
            pushes.c.state.in_((*WAITING, "parked")),
        )
    )
    found: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.stream].append(row)
    return found


def not_waiting_yet(
    connection: Connection, rows: Sequence[Any], write: Mapping[Field, str | None], now: datetime
) -> dict[Field, str | None]:
    """Of what is to be written on one record, that which none of its rows will write; the rows
    themselves keep only what is still to be written."""
    wanted = {name.value: value for name, value in write.items()}
    waiting: set[str] = set()
    for row in rows:
        values = row.payload["values"]
        kept = {k: v for k, v in values.items() if wanted.get(k, _NOTHING) == v}
        waiting |= kept.keys()
        if row.state in UNSENT and not row.attempts and kept != values:
            _keep(connection, row, kept, now)
    return {name: value for name, value in write.items() if name.value not in waiting}


def _keep(connection: Connection, row: Any, kept: Mapping[str, str | None], now: datetime) -> None:
    values: dict[str, Any] = {"payload": {**row.payload, "values": dict(kept)}}
    if not kept:
        values = {"state": "withdrawn", "settled_at": now, "sentence": OVERTAKEN}
    connection.execute(
        sa.update(pushes).where(pushes.c.id == row.id, pushes.c.state == row.state).values(**values)
    )
