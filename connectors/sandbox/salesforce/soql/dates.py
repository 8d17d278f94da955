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
    day = timedelta(days=1)
    if unit == "DAYS" or unit == "WEEKS":
        width = number * (7 if unit == "WEEKS" else 1) * day
        if which == "LAST_N":
            return today - width, today + day
        if which == "NEXT_N":
            return today + day, today + day + width
        return today - width, today - width + (7 if unit == "WEEKS" else 1) * day
    start = today.replace(day=1) if unit == "MONTHS" else today.replace(month=1, day=1)
    months = 1 if unit == "MONTHS" else 12
    if which == "LAST_N":
        return _months(start, -number * months), start
    if which == "NEXT_N":
        return _months(start, months), _months(start, (number + 1) * months)
    return _months(start, -number * months), _months(start, (1 - number) * months)


def _months(first: date, months: int) -> date:
    years, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(years, month + 1, 1)
