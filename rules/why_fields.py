"""Which of a record's fields hold why a customer left, by what their names and labels say. Pure.

A picklist is a reason to pick from; plain text is words, however short it is: HubSpot's own
`closed_lost_reason` is such a text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from rules.survey import FieldSort, SurveyedField, SurveyedType

_WHY = ("reason", "why", "cause", "rationale")
_LOSS = (
    *("loss", "lost", "lose", "losing", "churn", "cancel", "terminat", "leav", "left", "attrit"),
    *("nonrenew", "notrenew", "lapse", "disconnect", "departure", "closed", "offboard"),
)
_SORTED = ("categor", "driver", "code")
_TOLD = (
    "note",
    "comment",
    "detail",
    "feedback",
    "explan",
    "descri",
    "remark",
    "debrief",
    "summary",
)
_PLAIN = ("feedback", "note", "comment", "description")
"""Long texts that may tell why where nothing else does, the likeliest first."""
_ELSE = re.compile(
    r"won|discount|delay|hold|pause|approv|reject|escalat|reopen|risk|compet|call|meeting"
    r"|next|forecast|qualif|credit|refund|creat|change"
)
"""What else there may be reasons and notes for: `Closed_Won_Reason__c`, `Discount_Reason__c`."""
_LOSS_ITSELF = ("loss", "lost", "churn")


@dataclass(frozen=True, slots=True)
class WhyFields:
    """`also`: further texts that speak of the loss, for the admin to know."""

    reason: SurveyedField | None = None
    words: SurveyedField | None = None
    also: tuple[SurveyedField, ...] = ()


def why_fields(record: SurveyedType) -> WhyFields:
    """Where nothing can be picked and two texts speak of the loss, the one that is called a
    reason is read as the reason, so that neither goes unread."""
    reason = next(iter(_ranked(record, _as_picked)), None)
    texts = _ranked(record, _as_words)
    telling = [each for each in texts if _speaks_of_loss(each)]
    words = texts[0] if texts else None
    if reason is None and len(telling) > 1:
        reason = next((each for each in telling if _says(each, _WHY)), None)
        words = next((each for each in telling if not _says(each, _WHY)), telling[1])
        words = words if words != reason else telling[0]
    return WhyFields(reason, words, tuple(e for e in telling if e not in (reason, words)))


def _ranked(
    record: SurveyedType, rank: Callable[[SurveyedField], int | None]
) -> list[SurveyedField]:
    """The fields that have a rank, the best first."""
    asked = ((rank(field), field) for field in record.fields if not _is_of_something_else(field))
    found = [(place, field.name, field) for place, field in asked if place is not None]
    return [field for *_, field in sorted(found, key=lambda one: one[:2])]


def _as_picked(field: SurveyedField) -> int | None:
    if field.sort is not FieldSort.PICKLIST or not field.values:
        return None
    if _says(field, _LOSS) and _says(field, (*_WHY, *_SORTED)):
        return 0 if _says(field, _WHY) else 1
    return 2 if _says(field, _WHY) else None


def _as_words(field: SurveyedField) -> int | None:
    """Long texts before short ones: there is more in them."""
    long = field.sort is FieldSort.LONG_TEXT
    if not long and field.sort is not FieldSort.TEXT:
        return None
    if _speaks_of_loss(field):
        return 0 if long else 1
    if _says(field, _WHY):
        return 2 if long else 3
    plain = next((n for n, part in enumerate(_PLAIN) if _says(field, (part,))), None)
    is_own = field.name.startswith("hs_")  # HubSpot's own counts and summaries
    return None if plain is None or not long or is_own else 4 + plain


def _speaks_of_loss(field: SurveyedField) -> bool:
    return _says(field, _LOSS) and _says(field, (*_WHY, *_TOLD))


def _is_of_something_else(field: SurveyedField) -> bool:
    """Or our own."""
    if field.name.lower().startswith("winback"):
        return True
    return _ELSE.search(_said(field)) is not None and not _says(field, _LOSS_ITSELF)


def _says(field: SurveyedField, parts: tuple[str, ...]) -> bool:
    said = _said(field)
    return any(part in said for part in parts)


def _said(field: SurveyedField) -> str:
    """Name and label, each without what stands between its words, which is everybody's own:
    `Closed_Lost_Reason__c`, `closedlost_reason`, `ChurnReason__c`."""
    parts = (field.name.removesuffix("__c"), field.label)
    return " ".join(re.sub(r"[^a-z]", "", part.lower()) for part in parts)
