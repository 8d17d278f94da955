"""Salesforce's error codes as a table: what each means for one row, and for a whole call.

Codes are those of the API's StatusCode list; per-row answers name them `statusCode`, answers to
a whole call `errorCode`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from connectors.base import PushKind, Settled
from connectors.errors import CredentialsRefused, CrmError, Unavailable
from connectors.transport import CallKind, lost

_MAX_WORDS = 300


class Refusal(CrmError):
    """A whole call that Salesforce understood and declined."""

    def __init__(self, status: int, code: str, words: str) -> None:
        super().__init__(f"Salesforce declined the call: {code or status} {words}".strip())
        self.status = status
        self.code = code
        self.words = words


@dataclass(frozen=True, slots=True)
class RowError:
    """One error of one row, as the answer has it."""

    code: str
    words: str
    fields: tuple[str, ...] = ()


def row_errors(result: dict[str, Any]) -> list[RowError]:
    """The errors of one row; empty where the answer names none."""
    found = []
    for error in result.get("errors") or []:
        if isinstance(error, dict):
            code = error.get("statusCode") or error.get("errorCode") or ""
            fields = error.get("fields") or []
            found.append(
                RowError(
                    str(code),
                    str(error.get("message") or "")[:_MAX_WORDS],
                    tuple(str(name) for name in fields if name),
                )
            )
    return found


_RETRY = {
    "UNABLE_TO_LOCK_ROW": "somebody else holds the account; it is tried again",
    "ALL_OR_NONE_OPERATION_ROLLED_BACK": "another row of the batch failed; it is tried again",
    "PROCESSING_HALTED": "another row of the batch failed; it is tried again",
    "SERVER_UNAVAILABLE": "Salesforce was busy; it is tried again",
    "QUERY_TIMEOUT": "Salesforce was busy; it is tried again",
    "REQUEST_RUNNING_TOO_LONG": "Salesforce was busy; it is tried again",
    "UNKNOWN_EXCEPTION": "Salesforce failed inside; it is tried again",
    "REQUEST_LIMIT_EXCEEDED": "the org's calls for the day are used up; it is tried again",
}
_OWNER = {
    "INACTIVE_OWNER_OR_USER": "the assignee has left or is switched off",
    "OP_WITH_INVALID_USER_TYPE_EXCEPTION": "the assignee's licence does not let them own it",
}
_GONE = {
    "ENTITY_IS_DELETED": "the record has been deleted",
    "NOT_FOUND": "the record is no longer there",
    "INVALID_CROSS_REFERENCE_KEY": "the record is deleted, merged away or not visible to us",
}
_LOCKED = {
    "ENTITY_IS_LOCKED": "the record is locked (an approval or a closed record)",
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": "one of the org's validation rules forbids the change",
    "FIELD_FILTER_VALIDATION_EXCEPTION": "a lookup filter of the org forbids the change",
}
_REFUSED = {
    "REQUIRED_FIELD_MISSING": "give the field a default, or make it optional for this user",
    "STRING_TOO_LONG": "the text is longer than the field",
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": "add the value to the picklist and record type",
    "INVALID_FIELD": "run `winback provision`, and look at the field-level security",
    "INVALID_FIELD_FOR_INSERT_UPDATE": "look at the field-level security of this user",
    "INSUFFICIENT_ACCESS_OR_READONLY": "give this user the right to edit the record",
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": "give this user access to the record",
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": "a trigger or flow of the org failed: see its log",
    "DUPLICATES_DETECTED": "a duplicate rule of the org stopped it",
    "STORAGE_LIMIT_EXCEEDED": "the org has no storage left",
}
DUPLICATE_KEY = frozenset({"DUPLICATE_VALUE", "DUPLICATE_EXTERNAL_ID"})
"""With our own key: the task stands already."""


def settle(error: RowError, kind: PushKind, type: str) -> tuple[Settled, str]:
    """What a row's error means for this push on a record of `type`, and a sentence for a person."""
    settled, hint = _meaning(error, kind, type)
    where = f" ({', '.join(error.fields)})" if error.fields else ""
    said = error.words.rstrip(". ") or error.code or "no reason given"
    return settled, f"Salesforce{where}: {said}. {hint[:1].upper()}{hint[1:]}."


def _meaning(error: RowError, kind: PushKind, type: str) -> tuple[Settled, str]:
    code = error.code
    settled, hint = Settled.REFUSED, "change it in Salesforce and send the row again"
    if code in _RETRY:
        settled, hint = Settled.RETRY, _RETRY[code]
    elif code in _OWNER or (kind is not PushKind.FIELD and error.fields == ("OwnerId",)):
        settled, hint = Settled.OWNER_REFUSED, _OWNER.get(code, "the assignee cannot own the task")
    elif code in _GONE and kind is PushKind.TASK_CREATE and code != "ENTITY_IS_DELETED":
        # Which of account, contact and owner it is, the code does not say: a person looks.
        hint = "the account, contact or owner was merged, deleted or hidden"
    elif code in _GONE:
        settled, hint = Settled.GONE, _GONE[code]
    elif code in _LOCKED:
        hint = _LOCKED[code]
        # Only a field of a record that closes can be written to the account instead.
        if kind is PushKind.FIELD and type not in ("Account", "Contact", "Task"):
            settled = Settled.LOCKED
    elif code in _REFUSED:
        hint = _REFUSED[code]
    return settled, hint


_STOP = {
    "API_DISABLED_FOR_ORG": "the org's edition has no API, or it is switched off",
    "API_CURRENTLY_DISABLED": "the API is switched off for this user",
    "UNSUPPORTED_API_VERSION": "the org no longer serves this api_version",
    "INVALID_SESSION_ID": "a fresh token was refused as well",
}
QUOTA = frozenset({"REQUEST_LIMIT_EXCEEDED", "TXN_SECURITY_METERING_ERROR"})
_BUSY = frozenset({"SERVER_UNAVAILABLE", "QUERY_TIMEOUT", "UNABLE_TO_LOCK_ROW"})
_BUSY_STATUS = frozenset({406, 420, 429})  # what Salesforce's edge answers under load


def call_error(status: int, content: object, kind: CallKind) -> CrmError:
    """The error to raise for a whole call that came back with `status` (300 to 499)."""
    code, words = _first_error(content)
    if status == 410 or code in _STOP:
        return CredentialsRefused(
            f"Salesforce answered {code or status}: {_STOP.get(code, 'api_version is retired')}"
        )
    if status in _BUSY_STATUS or code in _BUSY:
        return Unavailable(f"Salesforce is busy ({code or status})")
    if code == "REQUEST_RUNNING_TOO_LONG":
        return lost(kind, "Salesforce gave up on the call")
    if not code and not (status == 404 and kind != "write"):
        return lost(kind, f"something on the way answered with status {status}, not Salesforce")
    return Refusal(status, code, words)


def error_code(content: object) -> str:
    return _first_error(content)[0]


def _first_error(content: object) -> tuple[str, str]:
    first = content[0] if isinstance(content, list) and content else content
    if not isinstance(first, dict):
        return "", ""
    code = first.get("errorCode") or first.get("statusCode") or first.get("error") or ""
    return str(code), str(first.get("message") or "")[:_MAX_WORDS]
