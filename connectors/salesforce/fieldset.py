"""Our own fields as Salesforce metadata: which object gets which, of what type. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from connectors.salesforce.interview import INTERVIEW, Value
from connectors.salesforce.names import FIELD_NAMES, KEY_FIELD
from rules.model import Changeable, Fault, Field, Outcome, Permission, Provenance

_NO_REASON_FIELDS = frozenset({"Task", "Event", "User", "Activity"})
_LONG_TEXT = 32_768  # characters, the most that a long text area may hold
_LINES_SHOWN = 4


@dataclass(frozen=True, slots=True)
class OurField:
    """`made_on` is the object that the field is defined on, `shown_on` the one that shows it:
    custom fields of tasks are defined on Activity."""

    made_on: str
    shown_on: str
    name: str
    label: str
    values: tuple[Value, ...] = ()
    type: str = "Picklist"

    def __str__(self) -> str:
        return f"{self.made_on}.{self.name}"

    def metadata(self) -> dict[str, Any]:
        """For the Tooling API's CustomField.

        Picklists are unrestricted: a new category in the rule file, or a record type that lacks
        a value, must never make Salesforce refuse the row.
        """
        made: dict[str, Any] = {"label": self.label, "type": self.type}
        if self.name == KEY_FIELD:
            made |= {"length": 64, "externalId": True, "unique": True, "caseSensitive": True}
        elif self.type == "Text":
            made["length"] = 255
        elif self.type == "LongTextArea":
            made |= {"length": _LONG_TEXT, "visibleLines": _LINES_SHOWN}
        elif self.type == "Checkbox":
            made["defaultValue"] = "false"
        elif self.type == "Picklist":
            values = [self.value(value, label) for value, label in self.values]
            definition = {"sorted": False, "value": values}
            made["valueSet"] = {"restricted": False, "valueSetDefinition": definition}
        return made

    def value(self, value: str, label: str) -> dict[str, Any]:
        return {"fullName": value, "label": label, "default": False}


def our_fieldset(watched_types: Sequence[str], reasons: Sequence[Value]) -> list[OurField]:
    """Key and outcome on tasks, permission on contacts, the exit interview on accounts, reasons
    on accounts and watched types."""
    fields = [
        _field("Task", Field.KEY, "Winback Key", type="Text"),
        _field("Task", Field.OUTCOME, "Winback Outcome", _named(Outcome)),
        _field("Contact", Field.PERMISSION, "Winback Permission", _named(Permission)),
        _field("Contact", Field.PERMISSION_UNTIL, "Winback Permission Until", type="Date"),
    ]
    for type in dict.fromkeys(("Account", *watched_types)):
        if type not in _NO_REASON_FIELDS:
            fields += _reason_fields(type, tuple(reasons))
    fields += [
        OurField("Account", "Account", asked.name, asked.label, asked.values, asked.type)
        for asked in INTERVIEW
    ]
    return fields


def _reason_fields(type: str, reasons: tuple[Value, ...]) -> list[OurField]:
    return [
        _field(type, Field.REASON, "Winback Reason", reasons),
        _field(type, Field.PROVENANCE, "Winback Provenance", _named(Provenance)),
        _field(type, Field.FAULT, "Winback Fault", _named(Fault)),
        _field(type, Field.CHANGEABLE, "Winback Changeable", _named(Changeable)),
        _field(type, Field.COMPETITOR, "Winback Competitor", type="Text"),
        _field(type, Field.STATUS, "Winback Status", type="Text"),
    ]


def _field(
    on: str, field: Field, label: str, values: tuple[Value, ...] = (), type: str = "Picklist"
) -> OurField:
    made_on = "Activity" if on == "Task" else on
    return OurField(made_on, on, FIELD_NAMES[field], label, values, type)


def _named(
    words: type[Outcome] | type[Permission] | type[Provenance] | type[Fault] | type[Changeable],
) -> tuple[Value, ...]:
    return tuple((word.value, word.value.capitalize()) for word in words)
