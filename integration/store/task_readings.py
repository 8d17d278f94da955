"""Our tasks as last read from the CRM: what a rep or anybody else did to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from connectors.base import PushKind
from integration.store.codec import draft_from_json
from integration.store.identity import touch
from integration.store.tables import pushes, tasks
from integration.store.upsert import chunks
from integration.untouched import changed
from rules.model import Snapshot, TaskState


def absorb_tasks(
    connection: Connection, crm: str, snapshots: Sequence[Snapshot], now: datetime, today: date
) -> None:
    """What a rep or a person did to our tasks; tasks that are not ours are left out here, and a
    reading that says nothing new, such as the echo of our own write, touches nobody. What the CRM
    does not date was answered `today`, the day on which it is heard of."""
    readings = {s.ref.id: s for s in snapshots}
    for part in chunks(sorted(readings)):
        found = sa.select(tasks).where(tasks.c.crm == crm, tasks.c.crm_id.in_(part))
        rows = [dict(row) for row in connection.execute(found).mappings()]
        _note_first_status(connection, rows, readings)
        for row in rows:
            told = _told_of_task(connection, readings[row["crm_id"]], row, today)
            if all(row[name] == value for name, value in told.items()):
                continue
            connection.execute(sa.update(tasks).where(tasks.c.key == row["key"]).values(told))
            touch(connection, [row["customer_id"]], now)


def _note_first_status(
    connection: Connection, rows: Sequence[Mapping[str, Any]], readings: Mapping[str, Snapshot]
) -> None:
    """What the CRM called a task when it was new, with which later readings are compared."""
    entities = [(row, readings[row["crm_id"]].entity) for row in rows if row["status"] is None]
    seen = [
        {"b_key": row["key"], "b_status": state.status}
        for row, state in entities
        if isinstance(state, TaskState) and state.status and not state.closed
    ]
    if seen:
        connection.execute(_FIRST_STATUS, seen)


_FIRST_STATUS = (
    sa.update(tasks)
    .where(tasks.c.key == sa.bindparam("b_key"))
    .values(status=sa.bindparam("b_status"))
)


def _told_of_task(
    connection: Connection, snapshot: Snapshot, row: Mapping[str, Any], today: date
) -> dict[str, Any]:
    """What a reading says of a task of ours, by column."""
    if snapshot.deleted:
        return {"state": "deleted"}
    state = snapshot.entity
    if not isinstance(state, TaskState):
        return {}
    answered = state.closed or state.outcome is not None  # the outcome alone is an answer too
    done_on = (state.completed_on or row["done_on"] or today) if answered else None
    return {
        "owner_id": _owner(connection, state, row),
        "outcome": state.outcome.value if state.outcome else None,
        "done_on": done_on,
        "state": "closed" if state.closed else "written",
        "touched": row["touched"] or _touched(connection, state, row),
    }


def _owner(connection: Connection, state: TaskState, row: Mapping[str, Any]) -> str:
    """Whoever has it in the CRM; a hand-over of ours that is not there yet counts already."""
    ours, theirs = str(row["owner_id"]), state.owner_id
    if theirs is None or (theirs != ours and _being_changed(connection, row["key"])):
        return ours
    return theirs


def _touched(connection: Connection, state: TaskState, row: Mapping[str, Any]) -> str | None:
    """What a person did to an open task: whoever works on it keeps it when the plan changes. A
    status has no meaning of its own here, only that it is another one than at first."""
    if state.closed:
        return None
    if row["status"] and state.status and state.status != row["status"]:
        return f'a person set it to "{state.status}"'
    seen = changed(draft_from_json(row["draft"]), row["owner_id"], state)
    return seen if seen and not _being_changed(connection, row["key"]) else None


def _being_changed(connection: Connection, key: str) -> bool:
    """Whether a change of our own to the task may not have been there yet when it was read."""
    ours = sa.select(pushes.c.id).where(
        pushes.c.task_key == key,
        pushes.c.kind == PushKind.TASK_UPDATE.value,
        pushes.c.state.in_(("staged", "held", "pending", "in_flight", "unknown")),
    )
    return connection.execute(ours.limit(1)).first() is not None


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
