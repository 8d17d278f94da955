"""The exit interview as properties of the company (row R7): what a rep fills in after the call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from connectors.hubspot.drafts import property_name
from rules.model import Field

Value = tuple[str, str]  # (value, label)


@dataclass(frozen=True, slots=True)
class Question:
    """One property. `type` and `field_type` are HubSpot's own pairs."""

    name: str
    label: str
    type: str = "string"
    field_type: str = "textarea"
    values: tuple[Value, ...] = ()


def _choice(name: str, label: str, *values: str) -> Question:
    options = tuple((value, value.capitalize()) for value in values)
    return Question(name, label, "enumeration", "select", options)


# a `bool` is an enumeration of these two to HubSpot, which wants them spelt out
_YES_OR_NO: Final = (("true", "Yes"), ("false", "No"))

INTERVIEW: Final = (
    Question(property_name(Field.WHAT_HAPPENED), "Win-back: what happened"),
    Question(property_name(Field.TRIGGER), "Win-back: what set it off"),
    Question(property_name(Field.DID_WELL), "Win-back: what we did well"),
    Question(property_name(Field.WOULD_HAVE_US_DO), "Win-back: what they would have us do"),
    _choice(property_name(Field.WOULD_RETURN), "Win-back: would come back", "yes", "no", "perhaps"),
    Question(property_name(Field.COMPLAINT_RESTATED), "Win-back: complaint restated"),
    Question(
        property_name(Field.COMPLAINT_CONFIRMED),
        "Win-back: complaint confirmed",
        "bool",
        "booleancheckbox",
        _YES_OR_NO,
    ),
    _choice(property_name(Field.KEEP_IN_TOUCH), "Win-back: may keep in touch", "yes", "no"),
    Question(
        property_name(Field.CONTRACT_END), "Win-back: end of the new contract", "date", "date"
    ),
    _choice(
        property_name(Field.BUDGET_MONTH),
        "Win-back: budget month",
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
    ),
)
