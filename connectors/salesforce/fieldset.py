"""Our own fields as Salesforce metadata: which object gets which, of what type. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from connectors.salesforce.names import FIELD_NAMES
from rules.model import Changeable, Fault, Field, Outcome, Permission, Provenance

_NO_REASON_FIELDS = frozenset({"Task", "Event", "User", "Activity"})

Value = tuple[str, str]


@dataclass(frozen=True, slots=True)
class OurField:
    """`made_on` is the object that the field is defined on, `shown_on` the one that shows it:
    custom fields of tasks are defined on Activity."""

    made_on: str
    shown_on: str
    field: Field
    label: str
    values: tuple[Value, ...] = ()
    type: str = "Picklist"

    @property
    def name(self) -> str:
        return FIELD_NAMES[self.field]

    def __str__(self) -> str:
        return f"{self.made_on}.{self.name}"

    def metadata(self) -> dict[str, Any]:
        """For the Tooling API's CustomField.

        Picklists are unrestricted: a new category in the rule file, or a record type that lacks
        a value, must never make Salesforce refuse the row.
        """
        made: dict[str, Any] = {"label": self.label, "type": self.type}
        if self.field is Field.KEY:
            made |= {"length": 64, "externalId": True, "unique": True, "caseSensitive": True}
        elif self.type == "Text":
            made["length"] = 255
        elif self.type == "Picklist":
            values = [self.value(value, label) for value, label in self.values]
            definition = {"sorted": False, "value": values}
            made["valueSet"] = {"restricted": False, "valueSetDefinition": definition}
        return made

    def value(self, value: str, label: str) -> dict[str, Any]:
        return {"fullName": value, "label": label, "default": False}


def our_fieldset(watched_types: Sequence[str], reasons: Sequence[Value]) -> list[OurField]:
    """Key and outcome on tasks, permission on contacts, reasons on accounts and watched types."""
    fields = [
        OurField("Activity", "Task", Field.KEY, "Winback Key", type="Text"),
        OurField("Activity", "Task", Field.OUTCOME, "Winback Outcome", _named(Outcome)),
        OurField("Contact", "Contact", Field.PERMISSION, "Winback Permission", _named(Permission)),
        OurField(
            "Contact", "Contact", Field.PERMISSION_UNTIL, "Winback Permission Until", type="Date"
        ),
    ]
    for type in dict.fromkeys(("Account", *watched_types)):
        if type not in _NO_REASON_FIELDS:
            fields += _reason_fields(type, tuple(reasons))
    return fields


def _reason_fields(type: str, reasons: tuple[Value, ...]) -> list[OurField]:
    return [
        OurField(type, type, Field.REASON, "Winback Reason", reasons),
        OurField(type, type, Field.PROVENANCE, "Winback Provenance", _named(Provenance)),
        OurField(type, type, Field.FAULT, "Winback Fault", _named(Fault)),
        OurField(type, type, Field.CHANGEABLE, "Winback Changeable", _named(Changeable)),
        OurField(type, type, Field.COMPETITOR, "Winback Competitor", type="Text"),
        OurField(type, type, Field.STATUS, "Winback Status", type="Text"),
    ]


def _named(
    words: type[Outcome] | type[Permission] | type[Provenance] | type[Fault] | type[Changeable],
) -> tuple[Value, ...]:
    return tuple((word.value, word.value.capitalize()) for word in words)
