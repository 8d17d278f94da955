"""`TODAY`, `LAST_N_DAYS:30` and their kin: a span of days, counted in UTC."""

from __future__ import annotations

import re
from datetime import date, timedelta

_COUNTED = re.compile(r"(LAST_N|NEXT_N|N)_(DAYS|WEEKS|MONTHS|YEARS)(_AGO)?:(\d+)\Z")


def span(word: str, today: date) -> tuple[date, date] | None:
    """The first day of the span and the day after its last; None for a word that is none."""
    month = today.replace(day=1)
    year = today.replace(month=1, day=1)
    week = today - timedelta(days=(today.weekday() + 1) % 7)  # Salesforce's week starts on Sunday
    day = timedelta(days=1)
    fixed = {
        "YESTERDAY": (today - day, today),
        "TODAY": (today, today + day),
        "TOMORROW": (today + day, today + 2 * day),
        "LAST_WEEK": (week - 7 * day, week),
        "THIS_WEEK": (week, week + 7 * day),
        "NEXT_WEEK": (week + 7 * day, week + 14 * day),
        "LAST_MONTH": (_months(month, -1), month),
        "THIS_MONTH": (month, _months(month, 1)),
        "NEXT_MONTH": (_months(month, 1), _months(month, 2)),
        "LAST_90_DAYS": (today - 90 * day, today + day),
        "NEXT_90_DAYS": (today + day, today + 91 * day),
        "LAST_YEAR": (_months(year, -12), year),
        "THIS_YEAR": (year, _months(year, 12)),
        "NEXT_YEAR": (_months(year, 12), _months(year, 24)),
    }
    return fixed.get(word) or _counted(word, today)


def _counted(word: str, today: date) -> tuple[date, date] | None:
    match = _COUNTED.match(word)
    if match is None or (match.group(1) == "N") != bool(match.group(3)):
        return None
    which, unit, _, count = match.groups()
    number = int(count)
    if unit in ("MONTHS", "YEARS"):
        start = today.replace(day=1) if unit == "MONTHS" else today.replace(month=1, day=1)
        each = 1 if unit == "MONTHS" else 12
        low, high = _places(which, number)
        return _months(start, low * each), _months(start, high * each)
    each = 7 if unit == "WEEKS" else 1
    day = timedelta(days=1)
    low, high = {
        "LAST_N": (-number * each, 1),
        "NEXT_N": (1, 1 + number * each),
        "N": (-number * each, (1 - number) * each),
    }[which]
    return today + low * day, today + high * day


def _places(which: str, number: int) -> tuple[int, int]:
    """First and after-last unit of the span, counted from the one that runs."""
    return {"LAST_N": (-number, 0), "NEXT_N": (1, number + 1), "N": (-number, 1 - number)}[which]


def _months(first: date, months: int) -> date:
    years, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(years, month + 1, 1)
