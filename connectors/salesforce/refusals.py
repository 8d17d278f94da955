"""What Salesforce says no to, read by the tables of `error_table`: one row, or a whole call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from connectors.base import PushKind, Settled
from connectors.errors import CredentialsRefused, CrmError, Unavailable
from connectors.salesforce.error_table import (
    CALLS_BY_CODE,
    CALLS_BY_STATUS,
    LIMITS,
    LONG_CALLS,
    OTHERWISE,
    ROWS,
    Limit,
    Next,
    RowMeaning,
)
from connectors.salesforce.locking_words import says_locked
from connectors.transport import CallKind, lost

_MAX_WORDS = 300
_NAMED_AT_MOST = 3


class Refusal(CrmError):
    """A whole call that Salesforce understood and declined."""

    def __init__(self, status: int, code: str, words: str) -> None:
        super().__init__(f"Salesforce declined the call: {code or status} {words}".strip())
        self.status = status
        self.code = code
        self.words = words

    @property
    def in_our_words(self) -> str:
        return f"Salesforce declined the call: {self.code or self.status}"


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


def settle(
    error: RowError, kind: PushKind, type: str, written: Sequence[str] = ()
) -> tuple[Settled, str]:
    """What a row's error means for this push on a record of `type`, and a sentence for a person.
    `written` are the fields that were sent: named where the error names none."""
    meaning = _of_row(error.code)
    settled = _settled(error, kind, type, meaning)
    said = error.words.rstrip(". ") if error.words and not meaning.quotes else error.code
    what = _what(error.fields, kind, type, written)
    hint = meaning.hint
    if settled is Settled.OWNER_REFUSED and meaning.settled is not Settled.OWNER_REFUSED:
        hint = "the assignee cannot own the task: give it to somebody else"
    elif settled is Settled.REFUSED and meaning.settled is Settled.GONE:
        hint = (
            "its account, contact, owner or record type is deleted, merged away or not visible to"
            " the integration user: look at each"
        )
    hint = f"{hint[:1].upper()}{hint[1:]}"
    said = said or "no reason given"
    stop = "" if said.endswith(("?", "!")) else "."
    return settled, f"Salesforce refused {what}: {said}{stop} {hint}."


def _of_row(code: str) -> RowMeaning:
    found = ROWS.get(code)
    if found is None:
        found = next((ROWS[one] for one in ROWS if code.startswith(f"{one}_")), OTHERWISE)
    return found


def _settled(error: RowError, kind: PushKind, type: str, meaning: RowMeaning) -> Settled:
    field_of_closed = kind is PushKind.FIELD and type not in ("Account", "Contact", "Task")
    if kind is not PushKind.FIELD and error.fields == ("OwnerId",):
        return Settled.OWNER_REFUSED
    if meaning.settled is Settled.OWNER_REFUSED and kind is PushKind.FIELD:
        return Settled.REFUSED  # the owner of a record is not ours to change
    if meaning.settled is Settled.GONE and kind is PushKind.TASK_CREATE:
        return Settled.REFUSED  # which of account, contact and owner it is, the code does not say
    if meaning.settled is Settled.LOCKED and not field_of_closed:
        return Settled.REFUSED
    if (
        error.code == "FIELD_CUSTOM_VALIDATION_EXCEPTION"
        and field_of_closed
        and says_locked(error.words)
    ):
        return Settled.LOCKED
    return meaning.settled


def _what(fields: Sequence[str], kind: PushKind, type: str, written: Sequence[str]) -> str:
    if kind is not PushKind.FIELD:
        return f"the task ({', '.join(fields)})" if fields else "the task"
    names = list(fields or written)
    more = f" and {len(names) - _NAMED_AT_MOST} more" if len(names) > _NAMED_AT_MOST else ""
    return f"{', '.join(names[:_NAMED_AT_MOST])}{more} on {type}" if names else f"the {type}"


def call_error(status: int, content: object, kind: CallKind) -> CrmError:
    """The error to raise for a whole call that came back with `status` (300 to 499)."""
    code, words = _first_error(content)
    meaning = CALLS_BY_STATUS.get(status) or CALLS_BY_CODE.get(code)
    if meaning is None:
        if not code and not (status == 404 and kind != "write"):
            return lost(kind, f"something on the way answered with status {status}, not Salesforce")
        return Refusal(status, code, words)
    if meaning.next is Next.STOP:
        return CredentialsRefused(f"Salesforce answered {code or status}: {meaning.sentence}")
    if meaning.next is Next.LOST:
        return lost(kind, meaning.sentence)
    return Unavailable(f"{meaning.sentence} ({code or status})")


def limit(content: object) -> Limit | None:
    """The limit that a whole call met, if it was one."""
    code, words = _first_error(content)
    if code == "REQUEST_LIMIT_EXCEEDED" and "concurrent" in words.lower():
        return LONG_CALLS
    return LIMITS.get(code)


def _first_error(content: object) -> tuple[str, str]:
    first = content[0] if isinstance(content, list) and content else content
    if not isinstance(first, dict):
        return "", ""
    code = first.get("errorCode") or first.get("statusCode") or first.get("error") or ""
    return str(code), str(first.get("message") or "")[:_MAX_WORDS]
