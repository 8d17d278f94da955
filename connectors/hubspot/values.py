"""HubSpot's texts turned into typed values, and back: everything is a string on its wire.

Lenient in what it takes: ISO 8601 or milliseconds since 1970 for instants, JSON numbers and
booleans beside their texts. What cannot be read is None, or the raw text where a field of the
admin's is concerned, so that a rule can still see it.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

from rules.model import Value

_MILLISECONDS = re.compile(r"-?\d{9,16}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def text(raw: Any) -> str | None:
    """The value as text; empty counts as none."""
    if raw is None:
        return None
    if isinstance(raw, bool):
        return "true" if raw else "false"
    return str(raw) or None


def instant(raw: Any) -> datetime | None:
    """An instant in UTC; a value without a zone is UTC by HubSpot's own rule."""
    written = (text(raw) or "").strip()
    try:
        if _MILLISECONDS.fullmatch(written):
            return _EPOCH + timedelta(milliseconds=int(written))
        read = datetime.fromisoformat(written)
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def day(raw: Any, zone: tzinfo = UTC) -> date | None:
    """The date that a person means by a date or an instant.

    People pick dates in the account's time zone, which HubSpot stores as an instant; programs
    write midnight UTC and mean the date. So exactly midnight UTC is that date, anything else is
    the date in the account's zone.
    """
    at = instant(raw)
    if at is None:
        return None
    return at.date() if at.time() == time() else at.astimezone(zone).date()


def number(raw: Any) -> Decimal | None:
    try:
        read = Decimal((text(raw) or "").strip())
    except InvalidOperation:
        return None
    return read if read.is_finite() else None


def flag(raw: Any) -> bool | None:
    return {"true": True, "false": False}.get((text(raw) or "").strip().lower())


def typed(raw: Any, property_type: str, zone: tzinfo = UTC) -> Value:
    """A property's value by HubSpot's own name for its type; the raw text where it is not one."""
    written = text(raw)
    if written is None:
        return None
    read: Value = None
    if property_type == "date":
        read = day(written, zone)
    elif property_type == "datetime":
        read = instant(written)
    elif property_type == "number":
        read = number(written)
    elif property_type == "bool":
        read = flag(written)
    return written if read is None else read


def milliseconds(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(milliseconds=1)


def iso(at: datetime) -> str:
    """An instant as HubSpot writes it: UTC, milliseconds, `Z`."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
