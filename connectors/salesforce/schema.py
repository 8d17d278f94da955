"""What an org says about its record types: fields, types, picklists. Asked once and kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Any

from connectors.errors import Unavailable
from connectors.salesforce import refusals
from connectors.salesforce.client import Client
from connectors.together import together
from connectors.transport import NotOffered


@dataclass(frozen=True, slots=True)
class FieldSchema:
    name: str
    type: str
    length: int = 0
    updateable: bool = True
    createable: bool = True
    required: bool = False  # must be sent on create: not nillable, and the org sets no default
    external_id: bool = True
    values: tuple[str, ...] = ()  # active picklist values
    references: tuple[str, ...] = ()  # the types a lookup leads to
    label: str = ""
    value_labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ObjectSchema:
    """One record type. A field that field-level security hides is not in it. `activities`: tasks
    may hang on it; None where the describe names no child records."""

    type: str
    fields: Mapping[str, FieldSchema] = field(default_factory=dict)
    createable: bool = True
    updateable: bool = True
    activities: bool | None = None

    def find(self, name: str | None) -> FieldSchema | None:
        """A field by its name in any spelling of case, as Salesforce itself takes it."""
        if name is None:
            return None
        return self.fields.get(name) or self.fields.get(name.lower())

    def canonical(self, name: str | None) -> str | None:
        found = self.find(name)
        return found.name if found else None

    def lookup_to(self, type: str) -> str | None:
        """The one field that leads to records of `type`; None where there is none, or several."""
        names = {one.name for one in self.fields.values() if one.references == (type,)}
        return names.pop() if len(names) == 1 else None


def parse_describe(type: str, answer: object) -> ObjectSchema:
    """The type comes back in the org's own spelling. Raises Unavailable where the answer is no
    describe at all."""
    answer = answer if isinstance(answer, dict) else {}
    rows = answer.get("fields")
    if not isinstance(rows, list):
        raise Unavailable(f"Salesforce's description of {type} makes no sense")
    fields: dict[str, FieldSchema] = {}
    for row in rows:
        if isinstance(row, dict) and isinstance(row.get("name"), str):
            one = _field(row)
            fields[one.name.lower()] = one
            fields[one.name] = one
    return ObjectSchema(
        str(answer.get("name") or type),
        fields,
        createable=answer.get("createable") is not False,
        updateable=answer.get("updateable") is not False,
        activities=_takes_tasks(answer.get("childRelationships")),
    )


def _takes_tasks(children: object) -> bool | None:
    if not isinstance(children, list) or not children:
        return None
    return any(
        isinstance(child, dict)
        and child.get("childSObject") == "Task"
        and child.get("field") == "WhatId"
        for child in children
    )


def _field(row: dict[str, Any]) -> FieldSchema:
    """Lenient: what a describe leaves out is taken to be allowed."""
    values = {
        str(value["value"]): str(value.get("label") or "")
        for value in row.get("picklistValues") or []
        if isinstance(value, dict) and value.get("value") and value.get("active") is not False
    }
    return FieldSchema(
        name=row["name"],
        type=str(row.get("type") or "string").lower(),
        length=int(row.get("length") or 0),
        updateable=row.get("updateable") is not False,
        createable=row.get("createable") is not False,
        required=row.get("nillable") is False and row.get("defaultedOnCreate") is False,
        external_id=row.get("externalId") is not False,
        values=tuple(values),
        references=tuple(str(target) for target in row.get("referenceTo") or ()),
        label=str(row.get("label") or ""),
        value_labels=values,
    )


_ABSENT = frozenset(
    {"NOT_FOUND", "INVALID_TYPE", "INSUFFICIENT_ACCESS", "FUNCTIONALITY_NOT_ENABLED"}
)


class Schemas:
    """The describes of one org, each asked for once until it is forgotten."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._objects: dict[str, ObjectSchema | None] = {}
        self._statuses: list[tuple[str, bool]] | None = None
        self._known_on: date | None = None

    def get(self, type: str) -> ObjectSchema | None:
        """None where the org has no such type, or does not let us see it."""
        return self.learn([type])[0]

    def learn(self, types: Sequence[str], *, in_doubt: bool = False) -> list[ObjectSchema | None]:
        """All of these, as `get` answers one; those not known yet are asked for at once, with
        `in_doubt` one after another."""
        known = dict(self._objects)  # another thread may forget them meanwhile
        new = [type for type in dict.fromkeys(types) if type not in known]
        asks = [partial(self._described, type) for type in new]
        asked = together(asks, in_doubt=in_doubt)
        known.update(zip(new, asked, strict=True))
        return [known[type] for type in types]

    def _described(self, type: str) -> ObjectSchema | None:
        found = None
        try:
            answer = self._client.call("GET", f"sobjects/{type}/describe", kind="other")
            found = parse_describe(type, answer)
        except NotOffered:
            pass  # a type that it does not know
        except refusals.Refusal as refusal:
            if refusal.code not in _ABSENT and refusal.status not in (403, 404):
                raise
        self._objects[type] = found
        return found

    def forget(self, type: str | None = None) -> None:
        """Ask again next time: for one type, or for all."""
        if type is None:
            self._objects.clear()
            self._statuses = None
        else:
            self._objects.pop(type, None)

    def forget_daily(self, now: datetime) -> None:
        """An admin may have added a field: what was learnt on another day is asked again."""
        if self._known_on is not None and self._known_on != now.date():
            self.forget()
        self._known_on = now.date()

    def task_status(self, *, closed: bool) -> str | None:
        """The org's own status for a closed, or for an open, task; None where none is known."""
        statuses = self._statuses  # another thread may forget them meanwhile
        if statuses is None:
            statuses = self._statuses = self._read_statuses()
        return next((name for name, is_closed in statuses if is_closed is closed), None)

    def _read_statuses(self) -> list[tuple[str, bool]]:
        soql = "SELECT MasterLabel, ApiName, IsClosed FROM TaskStatus ORDER BY SortOrder"
        try:
            rows = self._client.query(soql, kind="other")["records"]
        except (refusals.Refusal, NotOffered):
            rows = []
        found = [
            (str(row.get("ApiName") or row.get("MasterLabel")), row.get("IsClosed") is True)
            for row in rows
            if isinstance(row, dict)
        ]
        return found or self._usual_statuses()

    def _usual_statuses(self) -> list[tuple[str, bool]]:
        """Where TaskStatus cannot be read: what a new org has, as far as this one has it too."""
        task = self.get("Task")
        status = task.find("Status") if task else None
        values = status.values if status and status.values else ("Not Started", "Completed")
        return [(value, value == "Completed") for value in values]
