"""Rolodex's words and ours: a row to a `Snapshot`, a push to a row. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from connectors.base import Push, PushKind
from connectors.stream import Stream
from rules.model import (
    INTERVIEW_FIELDS,
    REASON_FIELDS,
    Account,
    Contact,
    Entity,
    Field,
    Kind,
    Money,
    Opportunity,
    Outcome,
    Owner,
    Ref,
    Snapshot,
    TaskDraft,
    TaskState,
)

KINDS = {
    "staff": Kind.OWNER,
    "client": Kind.ACCOUNT,
    "person": Kind.CONTACT,
    "sale": Kind.OPPORTUNITY,
    "todo": Kind.TASK,
}
TODO = "todo"
OURS: Mapping[str, tuple[Field, ...]] = {
    "client": (*REASON_FIELDS, *INTERVIEW_FIELDS),
    "person": (Field.PERMISSION, Field.PERMISSION_UNTIL),
    TODO: (Field.OUTCOME,),
}
"""Our fields by type; any other type is one that is watched, and has those of the reason."""

Row = Mapping[str, Any]
Values = Mapping[str, str | None]


def ours_of(type: str) -> tuple[Field, ...]:
    return OURS.get(type, REASON_FIELDS if type != "staff" else ())


def field_name(field: Field) -> str:
    return f"winback_{field}"


def snapshot(stream: Stream, row: Row, exists: Collection[str]) -> Snapshot:
    """`exists` are the fields that the CRM has on this type."""
    ref, kind = Ref(row["type"], row["id"]), KINDS.get(row["type"], stream.kind)
    if row["deleted"]:
        return Snapshot(ref, kind, deleted=True)
    values: Values = row["values"]
    read = _READERS.get(kind)
    return Snapshot(
        ref,
        kind,
        read(ref.id, values) if read else None,
        fields={name: values.get(name) for name in stream.fields if name in exists},
        ours={
            field: values.get(field_name(field))
            for field in ours_of(ref.type)
            if field_name(field) in exists
        },
        account_id=ref.id if kind is Kind.ACCOUNT else values.get(stream.account_field or "client"),
        contact_id=values.get(stream.contact_field or "person"),
        owner_id=values.get("owner"),
        modified_at=datetime.fromisoformat(row["changed_at"]),
    )


def _owner(id: str, values: Values) -> Entity:
    active = values.get("active") != "no"
    return Owner(id, values.get("name") or "", values.get("email") or "", active)


def _account(id: str, values: Values) -> Entity:
    return Account(id, values.get("name") or "", values.get("owner"), domain=values.get("domain"))


def _contact(id: str, values: Values) -> Entity:
    return Contact(
        id,
        values.get("name") or "",
        values.get("client"),
        values.get("email") or "",
        opted_out=values.get("no_contact") == "yes",
    )


def _opportunity(id: str, values: Values) -> Entity:
    amount = values.get("amount")
    return Opportunity(
        id,
        values.get("name") or "",
        values.get("client"),
        values.get("person"),
        values.get("owner"),
        Money(Decimal(amount)) if amount else None,
        closed_on=_day(values.get("closed_on")),
        closed=values.get("state") in ("won", "lost"),
        won=values.get("state") == "won",
    )


def _task(id: str, values: Values) -> Entity:
    outcome = values.get(field_name(Field.OUTCOME))
    return TaskState(
        id,
        values.get("key"),
        values.get("done") == "yes",
        values.get("owner"),
        _day(values.get("due_on")),
        values.get("title") or "",
        Outcome(outcome) if outcome in set(Outcome) else None,
    )


_READERS: Mapping[Kind, Callable[[str, Values], Entity]] = {
    Kind.OWNER: _owner,
    Kind.ACCOUNT: _account,
    Kind.CONTACT: _contact,
    Kind.OPPORTUNITY: _opportunity,
    Kind.TASK: _task,
}


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def row_of(push: Push, exists: Collection[str]) -> dict[str, Any]:
    """What `/write` takes for a push; `exists` are the fields of the push's record."""
    if push.task is not None:
        return {"type": TODO, "values": _todo(push.task)}
    assert push.ref is not None
    row: dict[str, Any] = {"type": push.ref.type, "id": push.ref.id, "values": {}}
    if push.kind is PushKind.FIELD:
        named = {field_name(field): value for field, value in push.values.items()}
        row["values"] = {name: value for name, value in named.items() if name in exists}
    elif push.kind is PushKind.TASK_CLOSE:
        row["values"] = {"done": "yes"}
    elif push.change is not None:
        due_on = push.change.due_on.isoformat() if push.change.due_on else None
        changed = {
            "owner": push.change.owner_id,
            "due_on": due_on,
            "title": push.change.subject,
            "text": push.change.body,
        }
        row["values"] = {name: value for name, value in changed.items() if value is not None}
    return row | ({"append": push.note} if push.note else {})


def _todo(draft: TaskDraft) -> dict[str, str | None]:
    return {
        "key": draft.key,
        "title": draft.subject,
        "text": draft.body,
        "due_on": draft.due_on.isoformat(),
        "owner": draft.owner_id,
        "client": draft.account_id,
        "person": draft.contact_id,
        "sale": draft.record.id if draft.record else None,
    }
