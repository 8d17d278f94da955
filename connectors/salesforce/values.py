"""One field's value, between Salesforce's JSON and ours. Pure, and lenient in what it takes."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation

from rules.model import Value

_WHOLE = frozenset({"int", "long"})
_NUMBER = frozenset({"double", "currency", "percent"})


def typed(raw: object, type: str) -> Value:
    """A value by the type that the describe gives; what does not fit stays the text it is."""
    if raw is None:
        return None
    if type == "boolean":
        return _flag(raw)
    if type in _WHOLE or type in _NUMBER:
        return _number(raw, whole=type in _WHOLE)
    if type == "date":
        return day(raw) or str(raw)
    if type == "datetime":
        return instant(raw) or str(raw)
    return raw if isinstance(raw, str) else _plain(raw)


def instant(raw: object) -> datetime | None:
    """`2026-11-21T10:00:00.000+0000`; an instant without a zone is UTC."""
    if isinstance(raw, datetime):
        return raw
    try:
        at = datetime.fromisoformat(str(raw))
    except ValueError:
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def day(raw: object) -> date | None:
    """A date, also from an instant (its day in UTC)."""
    if isinstance(raw, datetime):
        return raw.astimezone(UTC).date()
    if isinstance(raw, date):
        return raw
    if not isinstance(raw, str):
        return None
    try:
        return date.fromisoformat(raw)
    except ValueError:
        at = instant(raw)
        return at.date() if at else None


def cut(text: str, length: int) -> str:
    """At most `length` characters, the loss shown by an ellipsis."""
    return text if len(text) <= length else text[: length - 1] + "…"


def _flag(raw: object) -> Value:
    if isinstance(raw, bool):
        return raw
    return {"true": True, "false": False}.get(str(raw).lower(), str(raw))


def _number(raw: object, *, whole: bool) -> Value:
    try:
        number = Decimal(str(raw))
    except InvalidOperation:
        return str(raw)
    if not number.is_finite():
        return None
    return int(number) if whole and number == int(number) else number


def _plain(raw: object) -> Value:
    if isinstance(raw, bool | int | float | Decimal):
        return raw
    return str(raw)
