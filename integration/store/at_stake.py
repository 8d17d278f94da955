"""What in a CRM the open work stands on: our open tasks, and the records behind open recoveries."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from integration.backoff import pause_hidden
from integration.store.tables import aliases, losses, records, recoveries, signals, tasks
from rules.model import Ref


def open_task_ids(connection: Connection, crm: str) -> list[str]:
    """The CRM's ids of our tasks that were written and not closed or deleted since."""
    standing = sa.select(tasks.c.crm_id).where(
        tasks.c.crm == crm, tasks.c.state == "written", tasks.c.crm_id.is_not(None)
    )
    return list(connection.execute(standing).scalars())


def unread_records(connection: Connection, crm: str, now: datetime) -> dict[Ref, int]:
    """The lost records of open recoveries, and the accounts (or whatever else stands for the
    customer), as far as they are not known to be gone, no signal waits for them, and it is time
    to look at those that were hidden; with how often each was, in a row."""
    lost = sa.select(losses.c.type, losses.c.record_id).where(
        losses.c.crm == crm,
        losses.c.undone_on.is_(None),
        losses.c.recovery_id == recoveries.c.id,
        recoveries.c.ended_on.is_(None),
    )
    customer = sa.select(aliases.c.type, aliases.c.record_id).where(
        aliases.c.crm == crm,
        aliases.c.customer_id == recoveries.c.customer_id,
        recoveries.c.ended_on.is_(None),
    )
    wanted = sa.union(lost, customer).subquery()
    waits = sa.exists().where(
        signals.c.crm == crm,
        signals.c.type == wanted.c.type,
        signals.c.record_id == wanted.c.record_id,
    )
    again_at = records.c.look_again_at
    rows = connection.execute(
        sa.select(records.c.type, records.c.record_id, records.c.snapshot, records.c.hidden_looks)
        .join(
            wanted,
            sa.and_(
                records.c.type == wanted.c.type,
                records.c.record_id == wanted.c.record_id,
            ),
        )
        .where(records.c.crm == crm, ~waits, sa.or_(again_at.is_(None), again_at <= now))
    )
    return {
        Ref(row.type, row.record_id): row.hidden_looks
        for row in rows
        if not row.snapshot.get("deleted") and not row.snapshot.get("merged_into")
    }


def note_hidden(connection: Connection, crm: str, looks: Mapping[Ref, int], now: datetime) -> None:
    """How often each was hidden in a row. Asking for one costs calls of its own, so it is left
    alone for the longer the more often it was in vain."""
    for ref, count in looks.items():
        again_at = now + pause_hidden(count) if count else None
        connection.execute(
            sa.update(records)
            .where(
                records.c.crm == crm,
                records.c.type == ref.type,
                records.c.record_id == ref.id,
            )
            .values(hidden_looks=count, look_again_at=again_at)
        )
