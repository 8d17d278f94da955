"""Numbers, days and times as people say them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

_STEPS = (
    (timedelta(days=1), "day"),
    (timedelta(hours=1), "hour"),
    (timedelta(minutes=1), "minute"),
)
_OLD = timedelta(days=14)


def count(number: int, one: str, many: str | None = None) -> str:
    """`1 task`, `2,400 tasks`, `no task`."""
    if number == 0:
        return f"no {one}"
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def day(on: date) -> str:
    return f"{on.day} {on:%B %Y}"


def ago(at: datetime, now: datetime) -> str:
    """`5 minutes ago`; what is older than two weeks by its day."""
    passed = now - at
    if passed >= _OLD:
        return f"on {day(at.date())}"
    for length, name in _STEPS:
        if passed >= length:
            return f"{count(passed // length, name)} ago"
    return "just now"


def minute(at: datetime) -> str:
    """`21 November 2026, 12:03 UTC`."""
    return f"{day(at.date())}, {at:%H:%M} UTC"


def listed(parts: Iterable[str], nothing: str) -> str:
    return " · ".join(parts) or nothing
