"""Salesforce's error codes as data: what each means for one row of a batch, and for a whole call.

Codes are those of the API's StatusCode list; per-row answers name them `statusCode`, answers to
a whole call `errorCode`. A hint says what a person has to do, without its full stop. What is in
no table parks the row: a person looks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from connectors.base import Settled


@dataclass(frozen=True, slots=True)
class RowMeaning:
    """`quotes`: the message repeats what was to be written, which may be a customer's words."""

    settled: Settled
    hint: str
    quotes: bool = False


_RETRY, _OWNER, _GONE = Settled.RETRY, Settled.OWNER_REFUSED, Settled.GONE
_REFUSED, _LOCKED = Settled.REFUSED, Settled.LOCKED

ROWS: Final[Mapping[str, RowMeaning]] = {
    # passes by itself
    "UNABLE_TO_LOCK_ROW": RowMeaning(_RETRY, "somebody else holds the account; it is tried again"),
    "ALL_OR_NONE_OPERATION_ROLLED_BACK": RowMeaning(
        _RETRY, "another row of the batch failed; it is tried again"
    ),
    "PROCESSING_HALTED": RowMeaning(_RETRY, "another row of the batch failed; it is tried again"),
    "SERVER_UNAVAILABLE": RowMeaning(_RETRY, "Salesforce was busy; it is tried again"),
    "QUERY_TIMEOUT": RowMeaning(_RETRY, "Salesforce was busy; it is tried again"),
    "REQUEST_RUNNING_TOO_LONG": RowMeaning(_RETRY, "Salesforce was busy; it is tried again"),
    "UNKNOWN_EXCEPTION": RowMeaning(_RETRY, "Salesforce failed inside; it is tried again"),
    "REQUEST_LIMIT_EXCEEDED": RowMeaning(
        _RETRY, "the org's calls for the day are used up; it is tried again"
    ),
    # the assignee: once more, with the fallback owner
    "INACTIVE_OWNER_OR_USER": RowMeaning(
        _OWNER, "the assignee has left or is switched off: name somebody else for their accounts"
    ),
    "OP_WITH_INVALID_USER_TYPE_EXCEPTION": RowMeaning(
        _OWNER, "the assignee's licence does not let them own tasks: give it to somebody else"
    ),
    # the record
    "ENTITY_IS_DELETED": RowMeaning(_GONE, "the record has been deleted"),
    "NOT_FOUND": RowMeaning(_GONE, "the record is no longer there"),
    "INVALID_CROSS_REFERENCE_KEY": RowMeaning(
        _GONE, "the record is deleted, merged away or not visible to the integration user"
    ),
    # the org's own rules: of a closed record the account takes the fields instead
    "ENTITY_IS_LOCKED": RowMeaning(
        _LOCKED, "the record is locked (an approval, or it is closed): unlock it"
    ),
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": RowMeaning(
        _REFUSED,
        "this is a validation rule of your org: put right what it asks for, or exempt the"
        " integration user from it",
    ),
    "FIELD_FILTER_VALIDATION_EXCEPTION": RowMeaning(
        _REFUSED,
        "this is a lookup filter of your org: exempt the integration user's changes from it",
    ),
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": RowMeaning(
        _REFUSED, "a trigger or flow of your org failed: look at its debug log and mend it"
    ),
    "DUPLICATES_DETECTED": RowMeaning(
        _REFUSED, "a duplicate rule of your org stopped it: let the integration user pass it"
    ),
    "DUPLICATE_VALUE": RowMeaning(
        _REFUSED, "another record holds this value in a field that must be unique: look at both"
    ),
    # the fields
    "REQUIRED_FIELD_MISSING": RowMeaning(
        _REFUSED, "fill it, give it a default, or make it optional for the integration user"
    ),
    "STRING_TOO_LONG": RowMeaning(
        _REFUSED, "the text is longer than the field takes: make the field longer", quotes=True
    ),
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": RowMeaning(
        _REFUSED,
        "add the value to the picklist and to the record's record type, or run `winback provision`",
    ),
    "INVALID_FIELD": RowMeaning(
        _REFUSED,
        "run `winback provision`, and give the integration user access in the field-level security",
    ),
    "INVALID_FIELD_FOR_INSERT_UPDATE": RowMeaning(
        _REFUSED, "let the integration user edit it in the field-level security"
    ),
    "FIELD_INTEGRITY_EXCEPTION": RowMeaning(
        _REFUSED, "the value does not fit the field or the record: look at both in Salesforce"
    ),
    # the user, the org
    "INSUFFICIENT_ACCESS": RowMeaning(
        _REFUSED, "give the integration user the right to edit the record and what it hangs on"
    ),
    "STORAGE_LIMIT_EXCEEDED": RowMeaning(_REFUSED, "the org has no storage left: make room"),
}
"""A code that is not here is looked for by how it begins: `INSUFFICIENT_ACCESS` stands for
`INSUFFICIENT_ACCESS_OR_READONLY` and its sisters."""

OTHERWISE: Final = RowMeaning(_REFUSED, "put it right in Salesforce")

DUPLICATE_KEY: Final = frozenset({"DUPLICATE_VALUE", "DUPLICATE_EXTERNAL_ID"})
"""With our own key: the task stands already."""

ANCHOR_LOST: Final = frozenset({"ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY"})
"""A new task whose account or contact was deleted, merged away or hidden since it was decided."""


class Next(StrEnum):
    """What a whole call that Salesforce declined asks for."""

    BUSY = "busy"  # nothing was done: back off
    LOST = "lost"  # of a write nobody knows
    STOP = "stop"  # nothing will pass before a person has looked at the log-in
    REFUSED = "refused"  # this call as it is will never pass


@dataclass(frozen=True, slots=True)
class CallMeaning:
    next: Next
    sentence: str


@dataclass(frozen=True, slots=True)
class Limit:
    """A whole call was refused because of a limit: leave the org alone for so long."""

    sentence: str
    pause: timedelta


LONG_CALLS: Final = Limit(
    "too many long calls run in the org at once, ours or others'", timedelta(minutes=1)
)
"""`REQUEST_LIMIT_EXCEEDED` stands for two limits; its message tells this one by `Concurrent`."""

LIMITS: Final[Mapping[str, Limit]] = {
    # the day is a rolling 24 hours: some of its calls come back all the time
    "REQUEST_LIMIT_EXCEEDED": Limit(
        "Salesforce says that the org's API calls of the day are used up", timedelta(minutes=15)
    ),
    "TXN_SECURITY_METERING_ERROR": Limit(
        "the org's transaction security lets no more calls through: give the integration user the"
        " permission Exempt from Transaction Security",
        timedelta(minutes=15),
    ),
}

_EDGE = CallMeaning(Next.BUSY, "Salesforce is busy")  # what its edge answers under load

CALLS_BY_STATUS: Final[Mapping[int, CallMeaning]] = {
    406: _EDGE,
    410: CallMeaning(Next.STOP, "the org no longer serves this api_version"),
    420: _EDGE,
    429: _EDGE,
}
CALLS_BY_CODE: Final[Mapping[str, CallMeaning]] = {
    "SERVER_UNAVAILABLE": CallMeaning(Next.BUSY, "Salesforce is busy"),
    "QUERY_TIMEOUT": CallMeaning(Next.BUSY, "Salesforce is busy"),
    "UNABLE_TO_LOCK_ROW": CallMeaning(Next.BUSY, "somebody else holds the record"),
    "REQUEST_RUNNING_TOO_LONG": CallMeaning(Next.LOST, "Salesforce gave up on the call"),
    "API_DISABLED_FOR_ORG": CallMeaning(
        Next.STOP, "the org's edition has no API, or it is switched off"
    ),
    "API_CURRENTLY_DISABLED": CallMeaning(Next.STOP, "the API is switched off for this user"),
    "UNSUPPORTED_API_VERSION": CallMeaning(Next.STOP, "the org no longer serves this api_version"),
    "INVALID_SESSION_ID": CallMeaning(Next.STOP, "a fresh token was refused as well"),
}
