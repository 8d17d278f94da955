"""The exit interview as properties of the company (row R7): what a rep fills in after the call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

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
    Question("winback_what_happened", "Win-back: what happened"),
    Question("winback_trigger", "Win-back: what set it off"),
    Question("winback_did_well", "Win-back: what we did well"),
    Question("winback_would_have_us_do", "Win-back: what they would have us do"),
    _choice("winback_would_return", "Win-back: would come back", "yes", "no", "perhaps"),
    Question("winback_complaint_restated", "Win-back: complaint restated"),
    Question(
        "winback_complaint_confirmed",
        "Win-back: complaint confirmed",
        "bool",
        "booleancheckbox",
        _YES_OR_NO,
    ),
    _choice("winback_keep_in_touch", "Win-back: may keep in touch", "yes", "no"),
    Question("winback_contract_end", "Win-back: end of the new contract", "date", "date"),
    _choice(
        "winback_budget_month",
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
