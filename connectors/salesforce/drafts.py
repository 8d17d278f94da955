"""Wanted tasks and field values turned into the rows that Salesforce takes. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from connectors.base import Push, TaskChange
from connectors.salesforce.names import FIELD_NAMES, KEY_FIELD, MARKER
from connectors.salesforce.schema import FieldSchema, ObjectSchema
from connectors.salesforce.values import cut
from rules.model import Field, Priority, Ref, TaskDraft
from rules.task_lengths import SUBJECT_LIMIT

BODY_LENGTH = 32_000

Row = dict[str, Any]


def task_row(draft: TaskDraft, task: ObjectSchema | None, open_status: str | None) -> Row:
    """A new task. Only fields that exist are sent; the status is the org's own default unless
    the org sets none (`open_status`)."""
    row: Row = {
        "attributes": {"type": "Task"},
        "Subject": cut(_one_line(draft.subject), SUBJECT_LIMIT),
        "Description": body(draft.body),
        "ActivityDate": draft.due_on.isoformat(),
        "OwnerId": draft.owner_id,
        "WhatId": parent(draft, task),
        "WhoId": draft.contact_id,
        "Priority": priority(draft.priority, task),
        "Status": open_status,
    }
    if has_key(task):
        row[KEY_FIELD] = draft.key
    return {name: value for name, value in row.items() if value is not None}


def parent(draft: TaskDraft, task: ObjectSchema | None) -> str | None:
    """What the task hangs on: the account; without one the lost record, where the org's tasks may
    hang on such."""
    if draft.account_id is not None or draft.record is None:
        return draft.account_id
    found = task.find("WhatId") if task else None
    return draft.record.id if found is not None and draft.record.type in found.references else None


def has_key(task: ObjectSchema | None) -> bool:
    """Whether tasks can be written by our own key."""
    found = task.find(KEY_FIELD) if task else None
    return found is not None and found.external_id


def _one_line(subject: str) -> str:
    return " ".join(subject.split())


def body(text: str, note: str | None = None) -> str:
    """A task's body with its last line, the key, kept whatever has to be cut; a note goes
    above the key. NUL characters, which Salesforce refuses, are left out."""
    text = text.replace("\0", "").rstrip()
    above, line, key = text.rpartition("\n")
    if not re.fullmatch(MARKER, key.strip()):
        above, line, key = text, "", ""
    if note and note not in above:
        above = f"{above.rstrip()}\n\n{note}".lstrip()
        line = "\n" if key else ""
    return cut(above, BODY_LENGTH - len(line) - len(key)) + line + key


def priority(wanted: Priority, task: ObjectSchema | None) -> str | None:
    """The org's own word for a priority; None, which leaves its default, where it has none."""
    found = task.find("Priority") if task else None
    if found is None or not found.values:
        return wanted.value.capitalize() if found else None
    by_name = {value.lower(): value for value in found.values}
    return by_name.get(wanted.value)


def change_row(
    ref: Ref,
    change: TaskChange,
    task: ObjectSchema | None,
    note: str | None = None,
    present_body: str | None = None,
) -> Row:
    """A note is added to the present body, or to the text that takes its place."""
    text = change.body or present_body
    row: Row = {
        "OwnerId": change.owner_id,
        "ActivityDate": change.due_on.isoformat() if change.due_on else None,
        "Priority": priority(change.priority, task) if change.priority else None,
        "Subject": cut(_one_line(change.subject), SUBJECT_LIMIT) if change.subject else None,
        "Description": body(text, note) if text and (change.body or note) else None,
    }
    return _addressed(ref, {name: value for name, value in row.items() if value is not None})


def close_row(ref: Ref, status: str, note: str | None, present_body: str | None) -> Row:
    """The note is appended only where the present body is known: it must not replace it."""
    row: Row = {"Status": status}
    if note and present_body is not None:
        row["Description"] = body(present_body, note)
    return _addressed(ref, row)


def field_row(push: Push, ref: Ref, schema: ObjectSchema | None) -> tuple[Row, tuple[Field, ...]]:
    """The row, and those of our fields that this record does not have or let us write."""
    row: Row = {}
    left_out: list[Field] = []
    for field, value in push.values.items():
        found = schema.find(FIELD_NAMES[field]) if schema else None
        if found is None or not found.updateable:
            left_out.append(field)
        else:
            row[found.name] = _fitting(value, found)
    return _addressed(ref, row), tuple(left_out)


def _fitting(value: str | None, field: FieldSchema) -> str | None:
    """Text cut to the field; a picklist's value in the picklist's own spelling."""
    if value is None or value == "":
        return None
    by_name = {one.lower(): one for one in field.values}
    value = by_name.get(value.lower(), value)
    is_text = field.type in ("string", "textarea")
    return cut(value, field.length) if is_text and field.length else value


def _addressed(ref: Ref, row: Mapping[str, Any]) -> Row:
    return {"attributes": {"type": ref.type}, "id": ref.id, **row}
