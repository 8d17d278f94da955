"""Due dates: spans, business days per country and region, and 09:00 at the assignee's.

Holidays come from the `holidays` library, asked for one named year at a time, so that the
answer depends on the arguments alone. A country it does not know has weekends and no holidays.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from rules.public_holidays import COUNTRIES, country_holidays
from rules.spans import Span, Unit

WEEKEND = frozenset({5, 6})
FAR = date(2200, 1, 1)
"""No due date lies beyond this day; a span that would reach further ends here."""

_LONGEST_CLOSURE_IN_DAYS = 60
"""Days off in a row after which a calendar is taken to be a mistake and is no longer obeyed."""


@dataclass(frozen=True, slots=True)
class Due:
    """A due date, and the days that were skipped to reach it, each with why."""

    on: date
    skipped: tuple[tuple[date, str], ...] = ()

    @property
    def holidays_skipped(self) -> tuple[tuple[date, str], ...]:
        """The skipped days that a rep may not expect: all but the weekends."""
        return tuple((day, why) for day, why in self.skipped if why != day.strftime("%A"))


@dataclass(frozen=True, slots=True)
class _Calendar:
    country: str | None  # the library's code; None: not known
    subdivision: str | None

    def closed(self, day: date) -> str | None:
        """Why nobody works on the day: the weekday's or the holiday's name."""
        if self.country is None:
            return day.strftime("%A") if day.weekday() in WEEKEND else None
        year = _year(self.country, self.subdivision, day.year)
        if day in year.holidays:
            return year.holidays[day]
        return day.strftime("%A") if day.weekday() in year.weekend else None


@dataclass(frozen=True, slots=True)
class _Year:
    holidays: Mapping[date, str]
    weekend: frozenset[int]


def add_span(start: date, span: Span) -> date:
    """The day that lies `span` after `start`; business days count Monday to Friday here."""
    if span.unit is Unit.BUSINESS_DAY:
        return due_after(start, span, "").on
    steps = {
        Unit.DAY: relativedelta(days=span.count),
        Unit.WEEK: relativedelta(weeks=span.count),
        Unit.MONTH: relativedelta(months=span.count),
        Unit.YEAR: relativedelta(years=span.count),
    }
    try:
        return min(start + steps[span.unit], FAR)
    except (OverflowError, ValueError):
        return FAR


@lru_cache(maxsize=2048)
def due_after(
    start: date,
    span: Span,
    country: str,
    days_off: frozenset[date] = frozenset(),
    clear_of: tuple[str, ...] = (),
) -> Due:
    """The due date `span` after `start` in the assignee's `country` ("DE", "DE-BY", "Germany").

    Business days are counted; every other span lands on its day and moves on to the next
    business day. `days_off` are the company's own. `clear_of` are the customer's countries:
    the date moves on until it is no day off there either.
    """
    calendar = _calendar(country)
    skipped: list[tuple[date, str]] = []
    if span.unit is Unit.BUSINESS_DAY:
        day = start
        for _ in range(span.count):
            day = _next_open(day + timedelta(days=1), calendar, days_off, (), skipped)
            if day >= FAR:
                return Due(FAR, tuple(skipped))
    else:
        day = add_span(start, span)
    customers = tuple((name, _calendar(name)) for name in clear_of)
    day = _next_open(day, calendar, days_off, customers, skipped)
    return Due(day, tuple(skipped))


def at_nine(on: date, timezone: str) -> datetime:
    """09:00 on the day in the zone, as an aware UTC instant; an unknown zone is UTC."""
    return datetime.combine(on, time(9), _zone(timezone)).astimezone(UTC)


def today_in(timezone: str, now: datetime) -> date:
    """The date that it is at `now` (aware) in the zone; an unknown zone is UTC."""
    return now.astimezone(_zone(timezone)).date()


def _next_open(
    day: date,
    calendar: _Calendar,
    days_off: frozenset[date],
    customers: tuple[tuple[str, _Calendar], ...],
    skipped: list[tuple[date, str]],
) -> date:
    for ahead in range(_LONGEST_CLOSURE_IN_DAYS):
        candidate = day + timedelta(days=ahead)
        why = _closed(candidate, calendar, days_off, customers)
        if why is None:
            return candidate
        skipped.append((candidate, why))
    return day


def _closed(
    day: date,
    calendar: _Calendar,
    days_off: frozenset[date],
    customers: tuple[tuple[str, _Calendar], ...],
) -> str | None:
    why = calendar.closed(day)
    if why is not None:
        return why
    if day in days_off:
        return "company day off"
    for name, customer in customers:
        theirs = customer.closed(day)
        if theirs is not None:
            return f"{theirs} at the customer's ({name})"
    return None


@lru_cache(maxsize=512)
def _calendar(country: str) -> _Calendar:
    """Read a country as admins and CRMs write it: `DE`, `DE-BY`, `DEU`, `Germany`."""
    code = _code(country)
    if code is not None:
        return _Calendar(code, None)
    head, _, tail = country.strip().replace("_", "-").partition("-")
    code = _code(head)
    if code is None:
        return _Calendar(None, None)
    known = country_holidays(code).subdivisions
    return _Calendar(code, tail.upper() if tail.upper() in known else None)


def _code(country: str) -> str | None:
    return _codes().get(re.sub(r"[^a-z]", "", country.lower()))


@lru_cache(maxsize=1)
def _codes() -> Mapping[str, str]:
    """Names and codes, letters only and in lower case, to the library's two-letter code."""
    codes: dict[str, str] = {}
    for name, (_, code, *others) in COUNTRIES.items():
        for key in (name.replace("_", ""), code, *others):
            codes.setdefault(key.lower(), code)
    return codes


@lru_cache(maxsize=2048)
def _year(country: str, subdivision: str | None, year: int) -> _Year:
    found = country_holidays(
        country, subdiv=subdivision, years=[year], expand=False, language="en_US"
    )
    # observed days may belong to the year before or after; each year answers for its own
    return _Year({day: str(name) for day, name in found.items()}, frozenset(found.weekend))


@lru_cache(maxsize=512)
def _zone(timezone: str) -> ZoneInfo:
    try:
        return ZoneInfo(timezone)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")
