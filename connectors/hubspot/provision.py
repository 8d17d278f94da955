"""Creates our properties in the portal: a group `winback` per type, idempotently.

Whatever exists stays as it is: an option that is missing is added to those that are there,
nothing is ever dropped or retyped, and only properties of ours are touched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from connectors.base import Unmade
from connectors.errors import CredentialsRefused
from connectors.hubspot.answers import Refusal
from connectors.hubspot.api import Api, rows
from connectors.hubspot.drafts import property_name
from connectors.hubspot.interview import INTERVIEW
from connectors.hubspot.paths import COMPANIES, CONTACTS, OWNERS, TASKS
from connectors.hubspot.schema import Schema
from rules.model import (
    REASON_FIELDS,
    Changeable,
    Fault,
    Field,
    Outcome,
    Permission,
    Provenance,
)

GROUP: Final = "winback"

Options = Sequence[tuple[str, str]]  # (value, label)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A property as it has to be. `type` and `field_type` are HubSpot's own pairs."""

    name: str
    label: str
    type: str = "string"
    field_type: str = "text"
    options: Options = ()

    def body(self, unique: bool = False) -> dict[str, Any]:
        body: dict[str, Any] = {
            "groupName": GROUP,
            "name": self.name,
            "label": self.label,
            "type": self.type,
            "fieldType": self.field_type,
            "formField": False,
        }
        if self.options:
            body["options"] = [_option(*one, place) for place, one in enumerate(self.options)]
        if unique:
            body["hasUniqueValue"] = True
        return body


class Provisioner:
    def __init__(self, api: Api, schema: Schema, watched_types: Sequence[str]) -> None:
        self._api = api
        self._schema = schema
        self._types = dict.fromkeys((COMPANIES, *watched_types))

    def provision(self, reasons: Options, plan_only: bool) -> list[str]:
        told: list[str] = []
        for record_type in self._types:
            if record_type not in (OWNERS, CONTACTS, TASKS):
                asked = _INTERVIEW if record_type == COMPANIES else ()
                told += self._type(record_type, [*_reason_fields(reasons), *asked], plan_only)
        on_contacts = [*_PERMISSION_FIELDS]
        if CONTACTS in self._types:
            on_contacts = [*_reason_fields(reasons), *on_contacts]
        told += self._type(CONTACTS, on_contacts, plan_only)
        told += self._tasks(plan_only)
        self._schema.forget()
        return told

    def _type(self, type: str, wanted: Sequence[Wanted], plan_only: bool) -> list[str]:
        try:
            existing = self._existing(type)
        except Refusal:
            return [Unmade(f"{type}: this portal has no such type; nothing was created")]
        told: list[str] = []
        if any(one.name not in existing for one in wanted):
            told += self._group(type, plan_only)
        for one in wanted:
            try:
                told += self._property(type, one, existing.get(one.name), plan_only)
            except Refusal as refusal:
                told.append(Unmade(f"{type}: {one.name} could not be set up: {refusal}"))
        return told

    def _property(
        self, type: str, one: Wanted, existing: Mapping[str, Any] | None, plan_only: bool
    ) -> list[str]:
        if existing is not None:
            return self._options(type, one, existing, plan_only)
        if not plan_only:
            self._create(type, one)
        return [f"{type}: {_create_word(plan_only)} property {one.name} ({one.label})"]

    def _tasks(self, plan_only: bool) -> list[str]:
        """Custom properties on tasks, unique ones above all, are confirmed by nobody: tried, and
        done without where the portal or the token refuses them."""
        try:
            existing = self._existing(TASKS)
            wanted = [one for one in _TASK_FIELDS if one.name not in existing]
            told = self._group(TASKS, plan_only) if wanted else []
            for one in _TASK_FIELDS:
                if one.name in existing:
                    told += self._options(TASKS, one, existing[one.name], plan_only)
        except (Refusal, CredentialsRefused):
            return [_WITHOUT.format(names=", ".join(one.name for one in _TASK_FIELDS))]
        for one in wanted:
            if plan_only or self._created_on_task(one):
                create = _create_word(plan_only)
                told.append(f"{TASKS}: {create} property {one.name} ({one.label})")
            else:
                told.append(_WITHOUT.format(names=one.name))
        return told

    def _created_on_task(self, one: Wanted) -> bool:
        for unique in (True, False) if one.name == property_name(Field.KEY) else (False,):
            try:
                self._create(TASKS, one, unique)
            except (Refusal, CredentialsRefused):
                continue
            return True
        return False

    def _existing(self, type: str) -> dict[str, Mapping[str, Any]]:
        answer = self._api.call("other", "GET", self._api.routes.property_(type))
        return {str(row.get("name")): row for row in rows(answer)}

    def _group(self, type: str, plan_only: bool) -> list[str]:
        path = self._api.routes.property_(type, "groups")
        groups = rows(self._api.call("other", "GET", path))
        if any(group.get("name") == GROUP for group in groups):
            return []
        if not plan_only:
            self._post(path, {"name": GROUP, "label": "Win-back", "displayOrder": -1})
        return [f"{type}: {_create_word(plan_only)} property group {GROUP}"]

    def _create(self, type: str, one: Wanted, unique: bool = False) -> None:
        self._post(self._api.routes.property_(type), one.body(unique))

    def _post(self, path: str, body: Mapping[str, Any]) -> None:
        """409: somebody created it since we looked, which is as well."""
        try:
            self._api.call("other", "POST", path, json=body)
        except Refusal as refusal:
            if refusal.status != 409:
                raise

    def _options(
        self, type: str, one: Wanted, existing: Mapping[str, Any], plan_only: bool
    ) -> list[str]:
        """A PATCH replaces the list of options, so it is sent whole, with ours added."""
        present = [option for option in existing.get("options") or () if isinstance(option, dict)]
        values = {str(option.get("value")) for option in present}
        missing = [option for option in one.options if option[0] not in values]
        if not missing or existing.get("type") != "enumeration":
            return []
        added = [_option(*option, len(present) + place) for place, option in enumerate(missing)]
        if not plan_only:
            path = self._api.routes.property_(type, one.name)
            self._api.call("other", "PATCH", path, json={"options": [*present, *added]})
        names = ", ".join(value for value, _ in missing)
        added_word = "would add" if plan_only else "added"
        return [f"{type}: {added_word} to {one.name} the options {names}"]


_WITHOUT: Final = (
    "tasks: this portal or token takes no property {names} on tasks; the marker in each task's"
    " body does its work"
)


def _create_word(plan_only: bool) -> str:
    return "would create" if plan_only else "created"


def _option(value: str, label: str, place: int) -> dict[str, Any]:
    return {"value": value, "label": label, "displayOrder": place, "hidden": False}


def _labelled(values: Sequence[str]) -> Options:
    return [(value, value.capitalize()) for value in values]


def _choice(field: Field, label: str, options: Options) -> Wanted:
    return Wanted(property_name(field), label, "enumeration", "select", options)


def _reason_fields(reasons: Options) -> list[Wanted]:
    """Competitor and status are free text: what stands in them is not a closed list."""
    fixed = {
        Field.REASON: _choice(Field.REASON, "Win-back reason", reasons),
        Field.PROVENANCE: _choice(
            Field.PROVENANCE, "Win-back reason known from", _labelled([*Provenance])
        ),
        Field.FAULT: _choice(Field.FAULT, "Win-back fault", _labelled([*Fault])),
        Field.CHANGEABLE: _choice(
            Field.CHANGEABLE, "Win-back can be changed", _labelled([*Changeable])
        ),
        Field.COMPETITOR: Wanted(property_name(Field.COMPETITOR), "Win-back competitor"),
        Field.STATUS: Wanted(property_name(Field.STATUS), "Win-back status"),
    }
    return [fixed[field] for field in REASON_FIELDS]


_INTERVIEW: Final = tuple(
    Wanted(asked.name, asked.label, asked.type, asked.field_type, asked.values)
    for asked in INTERVIEW
)
_PERMISSION_FIELDS: Final = (
    _choice(Field.PERMISSION, "Win-back permission", _labelled([*Permission])),
    Wanted(property_name(Field.PERMISSION_UNTIL), "Win-back permission until", "date", "date"),
)
_TASK_FIELDS: Final = (
    Wanted(property_name(Field.KEY), "Win-back key"),
    _choice(Field.OUTCOME, "Win-back outcome", _labelled([*Outcome])),
)
