"""Our tasks as last read from the CRM: what a rep or anybody else did to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from integration.store.identity import touch
from integration.store.tables import tasks
from integration.store.upsert import chunks
from rules.model import Snapshot, TaskState


def absorb_tasks(
    connection: Connection, crm: str, snapshots: Sequence[Snapshot], now: datetime
) -> None:
    """What a rep or a person did to our tasks; tasks that are not ours are left out here, and a
    reading that says nothing new, such as the echo of our own write, touches nobody."""
    readings = {s.ref.id: s for s in snapshots}
    for part in chunks(sorted(readings)):
        found = sa.select(tasks).where(tasks.c.crm == crm, tasks.c.crm_id.in_(part))
        for row in map(dict, connection.execute(found).mappings().all()):
            told = _told_of_task(readings[row["crm_id"]], row, now.date())
            if all(row[name] == value for name, value in told.items()):
                continue
            connection.execute(sa.update(tasks).where(tasks.c.key == row["key"]).values(told))
            touch(connection, [row["customer_id"]], now)


def _told_of_task(snapshot: Snapshot, row: Mapping[str, Any], today: date) -> dict[str, Any]:
    """What a reading says of a task of ours, by column."""
    if snapshot.deleted:
        return {"state": "deleted"}
    state = snapshot.entity
    if not isinstance(state, TaskState):
        return {}
    answered = state.closed or state.outcome is not None  # the outcome alone is an answer too
    done_on = (state.completed_on or row["done_on"] or today) if answered else None
    return {
        "owner_id": state.owner_id or row["owner_id"],
        "outcome": state.outcome.value if state.outcome else None,
        "done_on": done_on,
        "state": "closed" if state.closed else "written",
    }


def known_tasks(connection: Connection, crm: str, ids: Sequence[str]) -> set[str]:
    """Which of these CRM tasks are ours."""
    found: set[str] = set()
    for part in chunks(ids):
        found |= set(
            connection.execute(
                sa.select(tasks.c.crm_id).where(tasks.c.crm == crm, tasks.c.crm_id.in_(part))
            ).scalars()
        )
    return found
