"""A watched record's own fields, read as the days and texts that the rule file says they are."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from rules.calendar import today_in
from rules.model import Snapshot, Value


def value(record: Snapshot, field: str | None) -> Value:
    return record.fields.get(field) if field else None


def as_day(value: Value, timezone: str) -> date | None:
    """A date as it stands. An instant is its day in the company's zone: people pick dates in
    theirs, and HubSpot keeps such a date as that midnight in UTC, which is the day before in
    Berlin. Midnight UTC itself is how programs write a date."""
    if isinstance(value, datetime):
        is_date = value.tzinfo is None or value.astimezone(UTC).time() == time()
        return value.date() if is_date else today_in(timezone, value)
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        try:
            return date.fromisoformat(value[:10])
        except ValueError:
            return None
    return None


def as_text(value: Value) -> str | None:
    text = str(value).strip() if value is not None else ""
    return text or None
