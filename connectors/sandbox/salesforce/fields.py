"""What a field is, and the one form in which its values are kept.

Values are kept as they stand on the wire: dates as `2026-03-01`, instants as
`2026-03-01T09:00:00.000+0000` (always UTC, whole seconds), so that they compare as text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from connectors.sandbox.salesforce.faults import RowFault
from connectors.sandbox.salesforce.ids import full

NUMBERS = frozenset({"double", "currency", "percent", "int"})
CHOICES = frozenset({"picklist", "multipicklist", "combobox"})
_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z")


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a picklist."""

    value: str
    label: str = ""
    active: bool = True
    default: bool = False


@dataclass(slots=True)
class FieldDef:
    """One field of an object. `type` is Salesforce's word in describe (string, picklist ...).

    `relationship` is the name of the way to the parent (`Owner`), `children` the name of the
    way back (`Opportunities`). `needs_grant` hides the field until field-level security lets
    somebody in; `cascade` deletes this record with its parent; `filled` is never empty, because
    Salesforce gives it a value; `id_lookup` can be upserted by without being an external id.
    """

    name: str
    type: str = "string"
    label: str = ""
    length: int = 255
    required: bool = False
    createable: bool = True
    updateable: bool = True
    external_id: bool = False
    unique: bool = False
    case_sensitive: bool = False
    restricted: bool = False
    options: list[Option] = field(default_factory=list)
    reference_to: tuple[str, ...] = ()
    relationship: str | None = None
    children: str | None = None
    default: Any = None
    needs_grant: bool = False
    cascade: bool = False
    calculated: bool = False
    filled: bool = False
    id_lookup: bool = False
    precision: int = 18
    scale: int = 2

    @property
    def custom(self) -> bool:
        return self.name.lower().endswith("__c")

    @property
    def indexed(self) -> bool:
        return self.external_id or self.unique

    @property
    def filterable(self) -> bool:
        return not (self.type == "textarea" and self.length > 255)

    def empty(self) -> Any:
        """What a record without a value shows."""
        return False if self.type == "boolean" else None

    @property
    def nillable(self) -> bool:
        return not (self.required or self.filled or self.type in ("boolean", "id"))

    @property
    def defaulted(self) -> bool:
        """Whether a record may be made without giving it a value, though it must have one."""
        given = self.default is not None or (self.filled and not self.calculated)
        return given or self.type in ("boolean", "id")

    def key(self, value: Any) -> Any:
        """The value as a unique index compares it."""
        return value.casefold() if isinstance(value, str) and not self.case_sensitive else value


def stamp(instant: datetime) -> str:
    """An instant as Salesforce's REST writes it."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def instant_of(text: str) -> datetime:
    """An aware instant from ISO text; without a zone it is UTC. Raises ValueError."""
    parsed = datetime.fromisoformat(text)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def wire_value(definition: FieldDef, value: Any) -> Any:
    """`value` in the form in which it is kept. Raises RowFault where it has another type."""
    if value is None or value == "":
        return None if definition.type != "boolean" else False
    try:
        return _convert(definition, value)
    except (ValueError, InvalidOperation, TypeError) as error:
        raise RowFault(
            "INVALID_TYPE_ON_FIELD_IN_RECORD",
            f"{definition.label or definition.name}: value not of required type: {value}",
            (definition.name,),
        ) from error


def _convert(definition: FieldDef, value: Any) -> Any:
    kind = definition.type
    if kind == "boolean":
        return _boolean(value)
    if kind == "date":
        return _date(value)
    if kind == "datetime":
        return stamp(value if isinstance(value, datetime) else instant_of(str(value)))
    if kind in NUMBERS:
        return _number(kind, value)
    if isinstance(value, (dict, list)):
        raise TypeError("a text field takes no JSON object")
    text = str(value).lower() if kind == "email" else str(value)
    return full(text) if kind in ("reference", "id") else text


def _boolean(value: Any) -> bool:
    word = str(value).strip().lower()
    if word not in ("true", "false", "1", "0"):
        raise ValueError("not a boolean")
    return word in ("true", "1")


def _date(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    text = str(value)
    if _DATE.match(text):
        return date.fromisoformat(text).isoformat()
    return instant_of(text).date().isoformat()


def _number(kind: str, value: Any) -> int | float:
    if isinstance(value, bool):
        raise TypeError("a boolean is no number")
    number = Decimal(str(value))
    if not number.is_finite():
        raise ValueError("not a finite number")
    return int(number) if kind == "int" else float(number)
