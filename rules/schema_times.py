"""Days and lengths of time in a rule file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from rules.schema_fields import each, refused, text
from rules.spans import Span, SpanFault, Unit, parse_calendar_span, timedelta_of
from rules.suggest import did_you_mean


def day(value: object) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(text(value).strip())
    except ValueError:
        raise refused(f'"{value}" is no date', "write 2026-01-31") from None


def days_off(value: object) -> tuple[date, ...]:
    """A list of dates, or of tables with `date` and a `name` for people."""
    if not isinstance(value, list):
        raise refused("must be a list of dates", "write [2026-12-24, 2026-12-31]")
    return each(value, lambda member: day(_dated(member)))


def _dated(member: object) -> object:
    if not isinstance(member, Mapping):
        return member
    for key in member:
        if key not in ("date", "name"):
            raise refused(f'unknown key "{key}"', did_you_mean(str(key), ("date", "name")))
    if "date" not in member:
        raise refused("has no date", "write { date = 2026-12-24, name = ... }")
    return member["date"]


def span(value: object) -> Span:
    try:
        number, unit = parse_calendar_span(value)
    except SpanFault as fault:
        raise refused(fault.message, fault.suggestion) from None
    return Span(number, Unit(unit))


def span_or_never(value: object) -> Span | None:
    return None if value == "never" else span(value)


def length(value: object) -> timedelta:
    """`"1 day"`, `"60 seconds"`."""
    try:
        return timedelta_of(value)
    except SpanFault as fault:
        raise refused(fault.message, fault.suggestion) from None


def grace(value: object) -> timedelta:
    """Like `seconds_or_length`, and nothing at all: `"0 seconds"`."""
    return timedelta() if value in (0, "0 seconds") else seconds_or_length(value)


def seconds_or_length(value: object) -> timedelta:
    if isinstance(value, int | float) and not isinstance(value, bool):
        if value <= 0:
            raise refused(f"{value} seconds mean nothing", 'write "60 seconds"')
        return timedelta(seconds=value)
    if isinstance(value, str) and value.strip().isdigit():
        raise refused(f'"{value}" has no unit', f'write "{value.strip()} seconds"')
    return length(value)
