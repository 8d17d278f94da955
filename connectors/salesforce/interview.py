"""The exit interview as fields on the account (row R7): what a rep fills in after the call."""

from __future__ import annotations

from dataclasses import dataclass

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
    Question("Winback_What_Happened__c", "Winback What Happened"),
    Question("Winback_Trigger__c", "Winback Trigger"),
    Question("Winback_Did_Well__c", "Winback Did Well"),
    Question("Winback_Would_Have_Us_Do__c", "Winback Would Have Us Do"),
    Question(
        "Winback_Would_Return__c",
        "Winback Would Return",
        "Picklist",
        _choice("yes", "no", "perhaps"),
    ),
    Question("Winback_Complaint_Restated__c", "Winback Complaint Restated"),
    Question("Winback_Complaint_Confirmed__c", "Winback Complaint Confirmed", "Checkbox"),
    Question("Winback_Keep_In_Touch__c", "Winback Keep In Touch", "Picklist", _choice("yes", "no")),
    Question("Winback_Contract_End__c", "Winback Contract End", "Date"),
    Question("Winback_Budget_Month__c", "Winback Budget Month", "Picklist", _MONTHS),
)
