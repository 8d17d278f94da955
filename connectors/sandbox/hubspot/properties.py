"""Properties and their groups: what a portal knows about each object type's fields."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from connectors.sandbox.hubspot.refusals import (
    Detail,
    Refusal,
    conflict,
    invalid,
    objects,
    whole_number,
)

FIELD_TYPES: Mapping[str, frozenset[str]] = {
    "string": frozenset({"text", "textarea", "html", "phonenumber", "file", "calculation_text"}),
    "number": frozenset({"number", "calculation_equation", "calculation_rollup"}),
    "bool": frozenset({"booleancheckbox", "calculation_equation"}),
    "enumeration": frozenset({"select", "radio", "checkbox", "booleancheckbox"}),
    "date": frozenset({"date"}),
    "datetime": frozenset({"date"}),  # not "datetime": a known trap
}
USUAL_FIELD_TYPE = {
    "string": "text",
    "number": "number",
    "bool": "booleancheckbox",
    "enumeration": "select",
    "date": "date",
    "datetime": "date",
}
MAX_UNIQUE = 10
_NAME = re.compile(r"[a-z][a-z0-9_]{0,99}")


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str
    order: int = -1
    hidden: bool = False
    description: str = ""


@dataclass(frozen=True, slots=True)
class Property:
    name: str
    type: str = "string"
    label: str = ""
    field_type: str = ""
    group: str = ""
    description: str = ""
    options: tuple[Option, ...] = ()
    unique: bool = False
    read_only: bool = False
    calculated: bool = False
    hidden: bool = False
    form_field: bool = False
    order: int = -1
    defined_by_hubspot: bool = True
    free: bool = False  # an enumeration whose options the sandbox does not know
    extras: Mapping[str, Any] = field(default_factory=dict)  # createdAt, updatedAt

    @property
    def many(self) -> bool:
        """Holds several option values joined by `;`."""
        return self.field_type == "checkbox"

    def json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "label": self.label or self.name,
            "type": self.type,
            "fieldType": self.field_type or USUAL_FIELD_TYPE[self.type],
            "description": self.description,
            "groupName": self.group,
            "options": [option_json(option) for option in self.options],
            "displayOrder": self.order,
            "calculated": self.calculated,
            "externalOptions": False,
            "archived": False,
            "hasUniqueValue": self.unique,
            "hidden": self.hidden,
            "hubspotDefined": self.defined_by_hubspot,
            "formField": self.form_field,
            "modificationMetadata": {
                "archivable": not self.defined_by_hubspot,
                "readOnlyDefinition": self.defined_by_hubspot,
                "readOnlyOptions": self.defined_by_hubspot and not self.options,
                "readOnlyValue": self.read_only,
            },
            **self.extras,
        }


def option_json(option: Option) -> dict[str, Any]:
    return {
        "label": option.label,
        "value": option.value,
        "displayOrder": option.order,
        "hidden": option.hidden,
        "description": option.description,
    }


def property_from(body: Mapping[str, Any]) -> Property:
    """A `PropertyCreate` body, checked as HubSpot does. Raises Refusal (400)."""
    missing = [n for n in ("groupName", "name", "label", "type", "fieldType") if not body.get(n)]
    if missing:
        raise invalid(f"Required fields are missing: {', '.join(missing)}")
    name = str(body["name"])
    if not _NAME.fullmatch(name):
        raise invalid(f"{name} is not a property name: lower-case letters, digits and underscores")
    made = Property(
        name=name,
        group=str(body["groupName"]),
        unique=bool(body.get("hasUniqueValue", False)),
        defined_by_hubspot=False,
    )
    return with_changes(made, body)


def with_changes(property: Property, body: Mapping[str, Any]) -> Property:
    """The property after a PATCH (or the rest of a create). Raises Refusal (400)."""
    object_type = str(body.get("type", property.type))
    field_type = str(body.get("fieldType", property.field_type))
    if field_type not in FIELD_TYPES.get(object_type, frozenset()):
        raise invalid(f"fieldType {field_type} does not go with type {object_type}")
    options = property.options
    if "options" in body:
        options = options_from(body["options"])
    return replace(
        property,
        type=object_type,
        field_type=field_type,
        label=str(body.get("label", property.label)),
        group=str(body.get("groupName", property.group)),
        description=str(body.get("description", property.description)),
        options=options,
        hidden=bool(body.get("hidden", property.hidden)),
        form_field=bool(body.get("formField", property.form_field)),
        order=whole_number(body.get("displayOrder", property.order), "displayOrder"),
    )


def options_from(rows: Any) -> tuple[Option, ...]:
    options = []
    for row in objects(rows, "options"):
        missing = [n for n in ("label", "value", "hidden") if n not in row]
        if missing:
            raise invalid(f"An option lacks {', '.join(missing)}")
        options.append(
            Option(
                str(row["value"]),
                str(row["label"]),
                whole_number(row.get("displayOrder", -1), "displayOrder"),
                bool(row["hidden"]),
                str(row.get("description") or ""),
            )
        )
    for what in ("value", "label"):
        seen = [getattr(option, what) for option in options]
        if len(set(seen)) < len(seen):
            raise invalid(f"Two options have the same {what}")
    return tuple(options)


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    label: str
    order: int = -1

    def json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "label": self.label,
            "displayOrder": self.order,
            "archived": False,
        }


@dataclass(slots=True)
class Catalogue:
    """One object type's properties and groups, by name."""

    properties: dict[str, Property]
    groups: dict[str, Group]

    def get(self, name: str) -> Property:
        """Raises Refusal (404)."""
        if name not in self.properties:
            raise Refusal(404, f"Property {name} does not exist", "OBJECT_NOT_FOUND")
        return self.properties[name]

    def add(self, property: Property) -> None:
        """Raises Refusal: 409 for a name that is taken, 400 for an unknown group."""
        if property.name in self.properties:
            raise conflict(f"A property named '{property.name}' already exists.")
        self._check_group(property)
        if property.unique and sum(p.unique for p in self.custom()) >= MAX_UNIQUE:
            raise invalid(f"At most {MAX_UNIQUE} properties may have unique values")
        self.properties[property.name] = property

    def replace(self, property: Property) -> None:
        self._check_group(property)
        self.properties[property.name] = property

    def _check_group(self, property: Property) -> None:
        name = property.group
        if name not in self.groups:
            message = f"Property group {name} does not exist"
            raise invalid(message, Detail("GROUP_DOES_NOT_EXIST", message, {"groupName": [name]}))

    def add_group(self, group: Group) -> None:
        """Raises Refusal (409)."""
        if group.name in self.groups:
            raise conflict(f"A property group named '{group.name}' already exists.")
        self.groups[group.name] = group

    def custom(self) -> list[Property]:
        return [p for p in self.properties.values() if not p.defined_by_hubspot]
