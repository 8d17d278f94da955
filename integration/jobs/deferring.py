"""A push that does not go through as it is: again later, with a part of it, or parked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from connectors.base import PushKind
from integration import trail
from integration.backoff import pause
from integration.runtime import Runtime
from integration.store import outbox
from integration.store.outbox import Row
from integration.store.parking import Parked
from integration.store.tables import pushes
from rules.model import Field, Ref


def further(
    runtime: Runtime,
    connection: Connection,
    crm: str,
    row: Row,
    ref: Ref | None,
    values: Mapping[Field, str | None],
    **settled: Any,
) -> None:
    """A further field push with some of this one's values; `settled` are columns of a row that
    is not to be sent."""
    if ref is None:
        return
    further = outbox.new_row(
        crm=crm,
        kind=PushKind.FIELD,
        stream=str(ref),
        type=ref.type,
        customer_id=row.customer_id,
        payload={
            "ref": [ref.type, ref.id],
            "account": row.push.account_id,
            "values": {k.value: v for k, v in values.items()},
            "base": {k.value: row.base.get(k) for k in values},
        },
        now=runtime.wall(),
    )
    connection.execute(sa.insert(pushes).values(further | settled))


def again(
    runtime: Runtime,
    connection: Connection,
    crm: str,
    row: Row,
    sentence: str,
    *,
    counted: bool = True,
) -> None:
    """Try a row again later; after too many tries it is parked."""
    attempts = row.attempts + (1 if counted else 0)
    if attempts >= runtime.crms[crm].rules.limits.max_attempts:
        tried = f"Tried {attempts} times. {sentence}"
        park(runtime, connection, crm, row, Parked.EXHAUSTED, tried)
        return
    wait = pause(attempts) if counted else timedelta(0)
    outbox.settle(
        connection,
        row,
        state="pending",
        attempts=attempts,
        due_at=runtime.wall() + wait,
        sentence=sentence,
        **({"settled_at": runtime.wall()} if counted else {}),
    )


def payload_of(connection: Connection, row: Row) -> dict[str, Any]:
    stored: dict[str, Any] = connection.execute(
        sa.select(pushes.c.payload).where(pushes.c.id == row.id)
    ).scalar_one()
    return stored


def park(
    runtime: Runtime,
    connection: Connection,
    crm: str,
    row: Row,
    reason: Parked,
    sentence: str,
) -> None:
    """Set a row aside with a sentence for a person; nothing else waits for it."""
    outbox.settle(
        connection,
        row,
        state="parked",
        reason=reason.value,
        sentence=sentence,
        settled_at=runtime.wall(),
    )
    trail.parked(crm, row, reason)
