"""The exit interview as fields on the account (row R7): what a rep fills in after the call."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.salesforce.names import FIELD_NAMES
from rules.model import Field

Value = tuple[str, str]  # (value, label)


@dataclass(frozen=True, slots=True)
class Question:
    """One field. `type` is the Metadata API's word for it."""

    name: str
    label: str
    type: str = "LongTextArea"
    values: tuple[Value, ...] = ()


def _choice(*values: str) -> tuple[Value, ...]:
    return tuple((value, value.capitalize()) for value in values)


_MONTHS = _choice(
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)

INTERVIEW = (
    Question(FIELD_NAMES[Field.WHAT_HAPPENED], "Winback What Happened"),
    Question(FIELD_NAMES[Field.TRIGGER], "Winback Trigger"),
    Question(FIELD_NAMES[Field.DID_WELL], "Winback Did Well"),
    Question(FIELD_NAMES[Field.WOULD_HAVE_US_DO], "Winback Would Have Us Do"),
    Question(
        FIELD_NAMES[Field.WOULD_RETURN],
        "Winback Would Return",
        "Picklist",
        _choice("yes", "no", "perhaps"),
    ),
    Question(FIELD_NAMES[Field.COMPLAINT_RESTATED], "Winback Complaint Restated"),
    Question(FIELD_NAMES[Field.COMPLAINT_CONFIRMED], "Winback Complaint Confirmed", "Checkbox"),
    Question(
        FIELD_NAMES[Field.KEEP_IN_TOUCH], "Winback Keep In Touch", "Picklist", _choice("yes", "no")
    ),
    Question(FIELD_NAMES[Field.CONTRACT_END], "Winback Contract End", "Date"),
    Question(FIELD_NAMES[Field.BUDGET_MONTH], "Winback Budget Month", "Picklist", _MONTHS),
)
