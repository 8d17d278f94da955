"""What HubSpot's errors of single rows mean, as data.

Sources: the samples in HubSpot's error-handling guide (30 Mar 2026) and in its changelogs. The
codes are an open list, and none of them is sure to come; so a rule looks for words in the codes
(`errors[].code`, those inside the message, `subCategory`, `category`), the first that fits
counts, and what fits none parks the row: a person looks. A hint says what that person has to do,
without its full stop; `{names}` are the properties that HubSpot names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from connectors.base import Settled


@dataclass(frozen=True, slots=True)
class RowRule:
    codes: re.Pattern[str]
    settled: Settled
    hint: str


def _rule(codes: str, settled: Settled, hint: str) -> RowRule:
    return RowRule(re.compile(codes, re.IGNORECASE), settled, hint)


ROWS: Final = (
    _rule(
        r"RATE_LIMIT|INTERNAL_ERROR|SERVICE_UNAVAILABLE|TIMEOUT|^LOCKED$|LOCK_CONFLICT",
        Settled.RETRY,
        "HubSpot could not take it just now; it is tried again",
    ),
    _rule(
        "OBJECT_NOT_FOUND|RESOURCE_NOT_FOUND|INVALID_OBJECT_IDS",
        Settled.GONE,
        "the record is not in HubSpot any more",
    ),
    _rule(
        "MISSING_SCOPES|PERMISSION|FORBIDDEN",
        Settled.REFUSED,
        "give winback's app the scopes to write these records, and its user the permission to"
        " edit them",
    ),
    _rule("DOESNT_EXIST|DOES_NOT_EXIST", Settled.REFUSED, "run `winback provision`"),
    _rule(
        "INVALID_OPTION",
        Settled.REFUSED,
        "the value is not one of the property's options: add it, or run `winback provision`",
    ),
    _rule(
        "REQUIRED",
        Settled.REFUSED,
        "a rule of your portal asks for {names}: fill it on the record, or loosen the rule",
    ),
    _rule("READ_ONLY", Settled.REFUSED, "the property cannot be written: make it editable"),
    _rule("TOO_LONG|TOO_LARGE", Settled.REFUSED, "the text is longer than the property takes"),
    _rule("INVALID_DATE", Settled.REFUSED, "the value is not a date: look at the property's type"),
    _rule(
        "INVALID_INTEGER|INVALID_NUMERIC|INVALID_LONG|INVALID_BOOLEAN|INVALID_TYPE",
        Settled.REFUSED,
        "the value does not fit the property's type: make it as `winback provision --plan` has it",
    ),
    _rule(
        "CONFLICT|UNIQUE|DUPLICATE",
        Settled.REFUSED,
        "another record holds this value in a property that must be unique: look at both",
    ),
    _rule(
        "ASSOCIATION",
        Settled.REFUSED,
        "a rule of your portal keeps tasks off these records: loosen it",
    ),
)
OTHERWISE: Final = _rule(
    "", Settled.REFUSED, "look at the record and at the rules of your portal for it"
)

LOCKED: Final = re.compile(
    r"locked|closed deal|deal is closed|not editable|cannot be edited|can't be edited"
    r"|restricted",
    re.IGNORECASE,
)
"""How codes and messages word a rule that locks what is closed: not documented."""


def rule_of(codes: Sequence[str]) -> RowRule:
    """The first rule of the table that fits one of an error's codes."""
    return next((one for one in ROWS for code in codes if one.codes.search(code)), OTHERWISE)
