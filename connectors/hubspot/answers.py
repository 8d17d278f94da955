"""What an answer of HubSpot asks us to do next: one table for calls, one for rows of a batch.

Sources: HubSpot's error-handling guide (30 Mar 2026) and usage guidelines. All fields of its
error envelope are optional, a missing record answers with an HTML page, and `Retry-After` is
documented for 477 alone; so nothing here relies on a body.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Any, Final

from connectors.errors import CredentialsRefused, CrmError, OutcomeUnknown, Throttled, Unavailable
from connectors.transport import Answer


class Next(StrEnum):
    """What a call's status asks for."""

    REFUSED = "refused"  # this request as it is will never pass
    CREDENTIALS = "credentials"
    THROTTLED = "throttled"
    UNAVAILABLE = "unavailable"
    LOCKED = "locked"  # 423: of a create nobody knows whether it was made


BY_STATUS: Final[Mapping[int, tuple[Next, str]]] = {
    400: (Next.REFUSED, "HubSpot refused the request"),
    401: (Next.CREDENTIALS, "HubSpot does not accept the token: renew it in the settings"),
    403: (Next.CREDENTIALS, "the HubSpot token lacks a permission"),
    404: (Next.REFUSED, "HubSpot knows no such address or record"),
    408: (Next.UNAVAILABLE, "HubSpot did not answer in time"),
    409: (Next.REFUSED, "HubSpot says that it exists already"),
    413: (Next.REFUSED, "HubSpot says that the request is too large"),
    414: (Next.REFUSED, "HubSpot says that the address is too long"),
    423: (Next.LOCKED, "HubSpot has locked what the request is about for a moment"),
    429: (Next.THROTTLED, "HubSpot's limit of calls is reached"),
    477: (Next.THROTTLED, "HubSpot is moving the account to another data centre"),
}

BURST: Final = timedelta(seconds=10)
BY_POLICY: Final[Mapping[str, timedelta]] = {
    # policyName of a 429 -> how long to leave HubSpot alone; DAILY lasts to midnight
    "SECONDLY": timedelta(seconds=1),
    "TEN_SECONDLY_ROLLING": BURST,
}
DEFAULT_MIGRATION: Final = timedelta(minutes=5)  # 477 without Retry-After
LONGEST_WAIT: Final = timedelta(days=1)


class PermissionMissing(CredentialsRefused):
    """403: the token is accepted, and may not do this."""


class Refusal(CrmError):
    """A request that HubSpot will not have (400, 404, 409 ...), with what it said about why."""

    def __init__(self, sentence: str, status: int, body: Mapping[str, Any]) -> None:
        super().__init__(sentence)
        self.status = status
        self.body = body

    @property
    def category(self) -> str:
        return str(self.body.get("category") or "")


def failure(
    answer: Answer, *, creates: bool, now: datetime, server_now: datetime, zone: tzinfo
) -> CrmError:
    """The error that an answer above 299 stands for; `now` is the caller's clock."""
    body = error_body(answer)
    fallback = (Next.REFUSED, f"HubSpot answered with status {answer.status_code}")
    what_next, sentence = BY_STATUS.get(answer.status_code, fallback)
    if what_next is Next.THROTTLED:
        wait = _wait(answer, body, server_now, zone)
        policy = str(body.get("policyName") or "")
        named = f" ({policy})" if policy else ""
        return Throttled(f"{sentence}{named}; waiting {_spoken(wait)}", now + wait)
    sentence += _named(body)
    if what_next is Next.CREDENTIALS:
        missing = answer.status_code == 403
        return PermissionMissing(sentence) if missing else CredentialsRefused(sentence)
    if what_next is Next.UNAVAILABLE or (what_next is Next.LOCKED and not creates):
        return OutcomeUnknown(sentence) if creates else Unavailable(sentence)
    if what_next is Next.LOCKED:
        return OutcomeUnknown(f"{sentence}; whether the tasks were made is not known")
    return Refusal(sentence, answer.status_code, body)


def error_body(answer: Answer) -> Mapping[str, Any]:
    """The JSON envelope; empty where the body is HTML or cut."""
    try:
        body = answer.json()
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, Mapping) else {}


def until_midnight(server_now: datetime, zone: tzinfo) -> timedelta:
    """How long HubSpot's day still lasts: its daily quota ends at midnight account time."""
    local = server_now.astimezone(zone)
    midnight = datetime.combine(local.date() + timedelta(days=1), time(), tzinfo=zone)
    return midnight - local


def missing_scopes(body: Mapping[str, Any]) -> list[str]:
    """Scopes by name from a 403 of category MISSING_SCOPES."""
    found: list[str] = []
    for context in _contexts(body):
        for name in ("requiredGranularScopes", "requiredScopes", "missingScopes"):
            found += _texts(context.get(name))
    return list(dict.fromkeys(found))


def property_names(error: Mapping[str, Any]) -> list[str]:
    """The properties that an error is about, wherever HubSpot names them: in a context, or in
    the JSON that it writes into the message."""
    found: list[str] = []
    for context in _contexts(error):
        for name in ("propertyName", "name", "property"):
            found += _texts(context.get(name))
    for message in _messages(error):
        found += _IN_MESSAGE.findall(message)
    return list(dict.fromkeys(found))


def error_codes(error: Mapping[str, Any]) -> list[str]:
    """HubSpot's own codes, the most telling first: `errors[].code`, those inside the message,
    the sub-category, the category."""
    found: list[str] = []
    for nested in _nested(error):
        found += _texts(nested.get("code"))
    for message in _messages(error):
        found += _CODE_IN_MESSAGE.findall(message)
    found += _texts(error.get("subCategory")) + _texts(error.get("category"))
    return list(dict.fromkeys(found))


def says(error: Mapping[str, Any], words: re.Pattern[str]) -> bool:
    """Whether its codes or messages use such words."""
    return any(words.search(told) for told in (*error_codes(error), *_messages(error)))


def context_values(error: Mapping[str, Any], name: str) -> list[str]:
    return [value for context in _contexts(error) for value in _texts(context.get(name))]


# as in {"isValid":false,"error":"PROPERTY_DOESNT_EXIST","name":"x"} and `Property "x" does not`
_IN_MESSAGE = re.compile(r'(?:"name"\s*:\s*|[Pp]roperty )\\?"([\w-]+)\\?"')
_CODE_IN_MESSAGE = re.compile(r'"error"\s*:\s*"([A-Z_]+)"')


def _nested(error: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield error
    for one in error.get("errors") or ():
        if isinstance(one, Mapping):
            yield from _nested(one)


def _contexts(error: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for nested in _nested(error):
        context = nested.get("context")
        if isinstance(context, Mapping):
            yield context


def _messages(error: Mapping[str, Any]) -> list[str]:
    return [str(nested["message"]) for nested in _nested(error) if nested.get("message")]


def _texts(raw: Any) -> list[str]:
    """A context's value is a list of texts by the specification, a bare text now and then."""
    if raw is None:
        return []
    return [str(one) for one in raw] if isinstance(raw, list | tuple) else [str(raw)]


def _named(body: Mapping[str, Any]) -> str:
    """What may be repeated of an error: names and codes, never HubSpot's free text, which may
    quote a record."""
    parts = []
    if scopes := missing_scopes(body):
        parts.append("add the scopes " + ", ".join(scopes))
    if properties := property_names(body):
        parts.append("it is about " + ", ".join(properties))
    if codes := error_codes(body):
        parts.append(codes[0])
    if correlation := body.get("correlationId"):
        parts.append(f"correlation id {str(correlation)[:40]}")
    return ": " + "; ".join(parts) if parts else ""


def _wait(answer: Answer, body: Mapping[str, Any], server_now: datetime, zone: tzinfo) -> timedelta:
    told = _retry_after(answer)
    if told is not None:
        return min(told, LONGEST_WAIT)
    if answer.status_code == 477:
        return DEFAULT_MIGRATION
    policy = str(body.get("policyName") or "").upper()
    if policy == "DAILY" or "daily limit" in str(body.get("message") or "").lower():
        return until_midnight(server_now, zone)
    return BY_POLICY.get(policy, BURST)


def _retry_after(answer: Answer) -> timedelta | None:
    try:
        seconds = float(answer.headers.get("Retry-After", ""))
    except ValueError:
        return None
    return timedelta(seconds=max(1.0, min(seconds, LONGEST_WAIT.total_seconds())))


def _spoken(wait: timedelta) -> str:
    seconds = round(wait.total_seconds())
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60} min"
