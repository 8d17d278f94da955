"""Our tasks about somebody who is forgotten: what is about them loses its text and is closed, what
only names them loses the name, here and in the CRM."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from connectors.base import PushKind
from integration.scrubbing import Scrubber
from integration.store import outbox
from integration.store.codec import draft_from_json, draft_to_json
from integration.store.outbox import UNSENT
from integration.store.persons import Person, Row, concerns, scrubbed, tasks_of, write_changes
from integration.store.tables import pushes, tasks
from rules.model import TaskDraft

BECAUSE = "the person was forgotten"
SUBJECT = "Nothing to do: the person was forgotten"
BODY = "The person whom this task was about was forgotten at their wish. Nothing is left to do."


@dataclass(frozen=True, slots=True)
class TaskEraser:
    """In the caller's transaction."""

    connection: Connection
    crm: str
    person: Person
    stand_in: str
    scrub: Scrubber
    task_type: str
    now: datetime

    def all(self) -> None:
        for row in tasks_of(self.connection, self.crm, self.person):
            if not concerns(row, self.person, self.scrub):
                continue
            draft = draft_from_json(row["draft"])
            if row["contact_id"] == self.person.ref.id:
                self._erase(row, _neutral(draft))
            else:
                self._scrub(row, self.scrub.draft(draft))

    def _erase(self, row: Row, draft: TaskDraft) -> None:
        key = row["key"]
        told: dict[str, Any] = {
            "contact_id": self.stand_in,
            "draft": draft_to_json(draft),
            "facts": {},
            "would_change": [],
            "because": self.scrub.text(row["because"]),
        }
        if row["state"] in ("wanted", "waiting", "written"):
            told["close_because"] = BECAUSE
        write_changes(self.connection, tasks, tasks.c.key == key, row, told)
        self._redraft(key, draft)
        if row["state"] == "written":
            rewrite(self.connection, self.crm, self.task_type, key, self.now)
            self._close(row)
        elif self._withdraw(key):
            write_changes(self.connection, tasks, tasks.c.key == key, row, {"state": "withdrawn"})

    def _scrub(self, row: Row, draft: TaskDraft) -> None:
        told = {"draft": draft_to_json(draft), **scrubbed(row, self.scrub)}
        write_changes(self.connection, tasks, tasks.c.key == row["key"], row, told)
        self._redraft(row["key"], draft)
        if row["state"] == "written":
            rewrite(self.connection, self.crm, self.task_type, row["key"], self.now)

    def _redraft(self, key: str, draft: TaskDraft) -> None:
        """A creation that was not sent yet, or has to be sent again, goes out with this text."""
        self.connection.execute(
            sa.update(pushes)
            .where(pushes.c.task_key == key, pushes.c.kind == PushKind.TASK_CREATE.value)
            .values(payload={"task": draft_to_json(draft)})
        )

    def _withdraw(self, key: str) -> bool:
        """Whether the task never went out, and never will."""
        moved = self.connection.execute(
            sa.update(pushes)
            .where(
                pushes.c.task_key == key,
                pushes.c.kind == PushKind.TASK_CREATE.value,
                pushes.c.state.in_(UNSENT),
            )
            .values(state="withdrawn", settled_at=self.now)
        )
        return moved.rowcount > 0

    def _close(self, row: Row) -> None:
        outbox.add(
            self.connection,
            crm=self.crm,
            kind=PushKind.TASK_CLOSE,
            stream=row["key"],
            type=self.task_type,
            customer_id=row["customer_id"],
            payload={"ref": [self.task_type, row["crm_id"]]},
            task_key=row["key"],
            now=self.now,
        )


def _neutral(draft: TaskDraft) -> TaskDraft:
    body = f"{BODY}\n[winback:{draft.key}]"
    return replace(draft, subject=SUBJECT, body=body, contact_id=None)


def rewrite(connection: Connection, crm: str, task_type: str, key: str, now: datetime) -> None:
    """Have a task that stands in the CRM say what its stored text says."""
    row = connection.execute(sa.select(tasks).where(tasks.c.key == key)).one()
    draft = draft_from_json(row.draft)
    outbox.add(
        connection,
        crm=crm,
        kind=PushKind.TASK_UPDATE,
        stream=key,
        type=task_type,
        customer_id=row.customer_id,
        payload={
            "ref": [task_type, row.crm_id],
            "change": {"subject": draft.subject, "body": draft.body},
        },
        task_key=key,
        now=now,
    )
