"""Objects and their fields, and who may see a field.

A field made by the Tooling API is invisible until a permission set lets the running user in:
it is missing from describe, and SOQL knows no such column.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from connectors.sandbox.salesforce.fields import FieldDef


@dataclass(slots=True)
class ObjectDef:
    """One object. `activities` says whether tasks may hang on its records."""

    name: str
    prefix: str
    label: str = ""
    plural: str = ""
    fields: dict[str, FieldDef] = field(default_factory=dict)  # by lower-case name
    activities: bool = False
    mergeable: bool = False

    @property
    def custom(self) -> bool:
        return self.name.lower().endswith("__c")

    def field(self, name: str) -> FieldDef | None:
        return self.fields.get(name.lower())

    def add(self, definition: FieldDef) -> None:
        definition.label = definition.label or plain_label(definition.name)
        self.fields[definition.name.lower()] = definition

    def lookup(self, relationship: str) -> FieldDef | None:
        """The reference field behind a relationship's name (`Owner`, `Account__r`)."""
        wanted = relationship.lower()
        for definition in self.fields.values():
            if definition.relationship and definition.relationship.lower() == wanted:
                return definition
        return None


class Schema:
    """All objects of the org. `grants` maps (object, field) to "may also edit"."""

    def __init__(self, objects: Iterable[ObjectDef] = ()) -> None:
        self._objects: dict[str, ObjectDef] = {}
        self.enforce_grants = True
        self.grants: dict[tuple[str, str], bool] = {}
        self.hidden: set[tuple[str, str]] = set()
        for definition in objects:
            self.add(definition)

    def __iter__(self) -> Iterator[ObjectDef]:
        return iter(self._objects.values())

    def add(self, definition: ObjectDef) -> None:
        definition.label = definition.label or plain_label(definition.name)
        definition.plural = definition.plural or definition.label + "s"
        for system_field in system_fields():
            if definition.field(system_field.name) is None:
                definition.add(system_field)
        self._objects[definition.name.lower()] = definition

    def object(self, name: str) -> ObjectDef | None:
        return self._objects.get(name.lower())

    def by_prefix(self, prefix: str) -> ObjectDef | None:
        return next((one for one in self if one.prefix == prefix), None)

    def next_custom_prefix(self) -> str:
        return f"a{sum(1 for one in self if one.custom):02d}"

    def visible(self, owner: ObjectDef, name: str) -> FieldDef | None:
        """The field if the running user may read it."""
        definition = owner.field(name)
        if definition is None or (owner.name, definition.name) in self.hidden:
            return None
        if not definition.needs_grant or not self.enforce_grants:
            return definition
        return definition if (owner.name, definition.name) in self.grants else None

    def editable(self, owner: ObjectDef, definition: FieldDef) -> bool:
        """Whether field-level security lets the running user write the field."""
        if not definition.needs_grant or not self.enforce_grants:
            return True
        return self.grants.get((owner.name, definition.name), False)

    def visible_fields(self, owner: ObjectDef) -> list[FieldDef]:
        return [one for one in owner.fields.values() if self.visible(owner, one.name)]

    def children(self, parent: ObjectDef) -> Iterator[tuple[ObjectDef, FieldDef]]:
        """Every object and field that may point at `parent`."""
        for child in self:
            for definition in child.fields.values():
                if parent.name in self.targets(definition):
                    yield child, definition

    def targets(self, definition: FieldDef) -> list[str]:
        """The objects that a reference may point at: for `WhatId` all that may have tasks,
        without those who are somebody and stand in `WhoId`."""
        if definition.name != "WhatId":
            return list(definition.reference_to)
        return [one.name for one in self if one.activities and one.name not in ("Contact", "Lead")]


def plain_label(name: str) -> str:
    """`Winback_Reason__c` as a person would read it."""
    bare = name.removesuffix("__c").replace("_", " ")
    return "".join(
        " " + sign if sign.isupper() and place and bare[place - 1].islower() else sign
        for place, sign in enumerate(bare)
    )


def system_fields() -> list[FieldDef]:
    """What every record has, none of it writable through the API."""

    def fixed(name: str, type: str, **more: object) -> FieldDef:
        made = FieldDef(name, type, createable=False, updateable=False)
        for key, value in more.items():
            setattr(made, key, value)
        return made

    def person(name: str, relationship: str) -> FieldDef:
        return fixed(
            name,
            "reference",
            reference_to=("User",),
            relationship=relationship,
            length=18,
            filled=True,
        )

    return [
        fixed("Id", "id", length=18),
        fixed("IsDeleted", "boolean"),
        fixed("CreatedDate", "datetime", filled=True),
        person("CreatedById", relationship="CreatedBy"),
        fixed("LastModifiedDate", "datetime", filled=True),
        person("LastModifiedById", relationship="LastModifiedBy"),
        fixed("SystemModstamp", "datetime", filled=True),
    ]
