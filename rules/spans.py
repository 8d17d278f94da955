"""Lengths of time as an admin writes them: `2 business days`, `3 months`, `30d`, `a week`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from rules.suggest import nearest


class Unit(StrEnum):
    BUSINESS_DAY = "business day"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time as an admin writes it: `2 business days`, `3 months`."""

    count: int
    unit: Unit

    def __str__(self) -> str:
        return f"{self.count} {self.unit}{'' if self.count == 1 else 's'}"


BUSINESS_DAY = Unit.BUSINESS_DAY.value
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
_DAYS = {"day": 1.0, "week": 7.0, "month": 30.4375, "year": 365.25}
_SHORT = {
    "s": "second",
    "sec": "second",
    "min": "minute",
    "h": "hour",
    "d": "day",
    "w": "week",
    "mo": "month",
    "m": "month",
    "y": "year",
    "bd": BUSINESS_DAY,
    "working day": BUSINESS_DAY,
    "workday": BUSINESS_DAY,
}
_LENGTH = re.compile(
    r"\s*(?P<count>-?\d+(?:\.\d+)?|an?|one)?[\s-]*(?P<unit>[A-Za-z][A-Za-z _]*?)\s*"
)
_LONGEST_IN_DAYS = 36525


class SpanFault(ValueError):
    """A length of time that cannot be read or means nothing."""

    def __init__(self, message: str, suggestion: str) -> None:
        super().__init__(message)
        self.message = message
        self.suggestion = suggestion


def parse_span(value: object) -> tuple[int, str]:
    """`("2 business days")` -> `(2, "business day")`; the unit is one word of `Unit`
    or second, minute, hour. Raises `SpanFault`; a count below one is refused."""
    if not isinstance(value, str):
        raise SpanFault("needs a length of time", 'write it as text: "30 days"')
    match = _LENGTH.fullmatch(value)
    if match is None or not (match["count"] or _known(match["unit"])):
        raise SpanFault(f'"{value}" is no length of time', 'write "30 days" or "3 months"')
    unit = _unit(match["unit"], value)
    count = _count(match["count"], value)
    if _in_days(count, unit) > _LONGEST_IN_DAYS:
        raise SpanFault(f'"{value}" is longer than a century', 'write "18 months"')
    return count, unit


def parse_calendar_span(value: object) -> tuple[int, str]:
    """As `parse_span`, in days, weeks, months or years; hours are too short to plan by."""
    count, unit = parse_span(value)
    if unit in ("second", "minute", "hour"):
        raise SpanFault(f'"{value}" is shorter than a day', 'write "1 day" at least')
    return count, unit


def days_in(span: tuple[int, str]) -> int:
    """Calendar days; a month is 30.4375 days and the sum is rounded. Raises `SpanFault`."""
    count, unit = span
    if unit not in _DAYS:
        raise SpanFault(f"needs calendar days, not {unit}s", f'write "{count} days"')
    return round(count * _DAYS[unit])


def timedelta_of(value: object) -> timedelta:
    """An exact length of time, from seconds up; a month is rounded to days. Raises `SpanFault`."""
    count, unit = parse_span(value)
    if unit in _SECONDS:
        return timedelta(seconds=count * _SECONDS[unit])
    return timedelta(days=days_in((count, unit)))


def _known(word: str) -> str | None:
    """The unit that a word means."""
    unit = _folded(word)
    for candidate in (unit, _single(unit)):
        if candidate in _SHORT:
            return _SHORT[candidate]
        if candidate in _SECONDS or candidate in _DAYS or candidate == BUSINESS_DAY:
            return candidate
    return None


def _folded(word: str) -> str:
    return " ".join(word.lower().replace("_", " ").split())


def _single(unit: str) -> str:
    return unit.removesuffix("s") if len(unit) > 1 else unit


def _unit(word: str, whole: str) -> str:
    if known := _known(word):
        return known
    near = nearest(_single(_folded(word)), [*_SECONDS, "month", "year", BUSINESS_DAY])
    raise SpanFault(
        f'"{whole}" is no length of time: "{word}" is no unit',
        f'did you mean "{near}s"?' if near else "use days, business days, weeks, months or years",
    )


def _count(word: str | None, whole: str) -> int:
    if word in ("a", "an", "one"):
        return 1
    if word is None:
        raise SpanFault(f'"{whole}" says no number', f'write "1 {whole.strip()}"')
    if "." in word:
        raise SpanFault(f'"{whole}" is no whole number', "use a smaller unit")
    if int(word) < 1:
        raise SpanFault(f'"{whole}" means nothing', 'write "1 day" at least')
    return int(word)


def _in_days(count: int, unit: str) -> float:
    return count * _DAYS[unit] if unit in _DAYS else count * _SECONDS.get(unit, 86400) / 86400
