"""The sorts of value in a rule file, each with a sentence for what is not one of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, available_timezones

import holidays
from marshmallow import ValidationError, fields

from rules.fault import Problem
from rules.spans import Span, SpanFault, Unit, parse_calendar_span, timedelta_of
from rules.suggest import did_you_mean

_T = TypeVar("_T")

EMAIL = re.compile(r"[^@\s<>,;\"']+@[^@\s<>,;\"']+\.[^@\s<>,;\"'.]{2,}")
FIELD_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)*")
RECORD_TYPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")
COUNTRY = re.compile(r"([A-Z]{2})(?:-([A-Z0-9]{1,3}))?")


def refused(message: str, suggestion: str = "") -> ValidationError:
    return ValidationError([Problem(message, suggestion)])


class Parsed(fields.Field[_T]):
    """A field whose value is made by one function, which raises `ValidationError`."""

    def __init__(self, parse: Callable[[Any], _T], **options: Any) -> None:
        super().__init__(**options)
        self._parse = parse

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> _T:  # noqa: ARG002
        return self._parse(value)


def text(value: object) -> str:
    if not isinstance(value, str):
        raise refused("must be text", f'write "{value}"' if _is_scalar(value) else "")
    return value


def filled_text(value: object) -> str:
    if not text(value).strip():
        raise refused("is empty", "write something or leave the key out")
    return str(value)


def flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise refused("must be true or false", "without quotes")
    return value


def count(value: object) -> int:
    """A whole number from 1 up."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise refused("must be a whole number", "without quotes")
    if value < 1:
        raise refused(f"{value} is too small", "1 at least")
    return value


def share(value: object) -> float:
    """`0.2` or `"20 %"`, above 0 and up to 1."""
    number = value
    if isinstance(value, str) and (match := re.fullmatch(r"\s*([\d.]+)\s*%\s*", value)):
        number = _decimal(match[1]) / 100
    if isinstance(number, bool) or not isinstance(number, int | float | Decimal):
        raise refused("must be a share", 'write 0.2 or "20 %"')
    if not 0 < number <= 1:
        raise refused(f"{value} is no share", "between 0 and 1; write 0.2 for a fifth")
    return float(number)


def share_or_none(value: object) -> float:
    """Like `share`, and 0 for none at all."""
    return 0.0 if value == 0 and not isinstance(value, bool) else share(value)


def texts(value: object) -> tuple[str, ...]:
    """One text or a list of texts."""
    if isinstance(value, str):
        return (filled_text(value),)
    if not isinstance(value, list):
        raise refused("must be a list of texts", 'write ["a", "b"]')
    faults: dict[int, list[Problem]] = {}
    for index, member in enumerate(value):
        if not isinstance(member, str) or not member.strip():
            faults[index] = [Problem("must be text", "in quotes, not empty")]
    if faults:
        raise ValidationError(faults)
    return tuple(value)


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
    found, faults = [], {}
    for index, member in enumerate(value):
        try:
            found.append(day(_dated(member)))
        except ValidationError as error:
            faults[index] = error.messages
    if faults:
        raise ValidationError(faults)
    return tuple(found)


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


def condition(value: object) -> object:
    """A condition as written; `rules.check` compiles it, which needs the whole file."""
    if not isinstance(value, str | Mapping):
        raise refused("must be a condition", "write a text or a table, or leave the key out")
    return value


def one_of(kind: type[StrEnum]) -> Callable[[Any], Any]:
    """A member of a closed list, whatever its capitals and underscores."""
    by_word = {member.value: member for member in kind}

    def parse(value: object) -> StrEnum:
        word = " ".join(text(value).lower().replace("_", " ").replace("-", " ").split())
        if word not in by_word:
            raise refused(f'"{value}" is not known here', did_you_mean(word, by_word))
        return by_word[word]

    return parse


def some_of(kind: type[StrEnum]) -> Callable[[Any], Any]:
    def parse(value: object) -> tuple[StrEnum, ...]:
        return tuple(one_of(kind)(word) for word in texts(value))

    return parse


def one_word(*words: str) -> Callable[[Any], str]:
    def parse(value: object) -> str:
        if text(value) not in words:
            raise refused(f'"{value}" is not known here', did_you_mean(str(value), words))
        return str(value)

    return parse


def matching(pattern: re.Pattern[str], what: str, example: str) -> Callable[[Any], str]:
    def parse(value: object) -> str:
        if not pattern.fullmatch(text(value)):
            raise refused(f'"{value}" is no {what}', f'write "{example}"')
        return str(value)

    return parse


def email(value: object) -> str:
    if not EMAIL.fullmatch(text(value)):
        raise refused(f'"{value}" is no e-mail address', 'write "ann@acme.example"')
    return str(value)


def emails(value: object) -> tuple[str, ...]:
    return tuple(email(word) for word in texts(value))


field_name = matching(FIELD_NAME, "name of a field", "Loss_Reason__c")
record_type = matching(RECORD_TYPE, "type of record", "Opportunity")
identifier = matching(IDENTIFIER, "id (small letters, digits and _)", "product_fit")
LONGEST_TASK_KEY = 40
"""The key of a task in the CRM is `recovery:task:occurrence` and has 64 characters at most."""


def task_key(value: object) -> str:
    if len(identifier(value)) > LONGEST_TASK_KEY:
        raise refused(
            f'"{value}" is longer than {LONGEST_TASK_KEY} characters', "choose a shorter one"
        )
    return str(value)


def timezone(value: object) -> str:
    try:
        ZoneInfo(filled_text(value))
    except (KeyError, ValueError, OSError):
        near = did_you_mean(str(value), sorted(available_timezones()))
        raise refused(f'"{value}" is no time zone', near or 'write "Europe/Berlin"') from None
    return str(value)


def country(value: object) -> str:
    """ISO 3166 with or without a subdivision, of those whose holidays are known."""
    word = text(value).strip().upper()
    if not word:
        return ""
    match = COUNTRY.fullmatch(word)
    try:
        known = holidays.country_holidays(match[1]).subdivisions if match else None
    except NotImplementedError:
        known = None
    if match is None or known is None:
        raise refused(f'"{value}" is no country with known holidays', 'write "DE" or "DE-BY"')
    if match[2] and match[2] not in known:
        parts = [f"{match[1]}-{part}" for part in known]
        raise refused(f'"{value}" is no part of {match[1]}', did_you_mean(word, parts))
    return word


def currency(value: object) -> str:
    if not re.fullmatch(r"[A-Za-z]{3}", text(value)):
        raise refused(f'"{value}" is no currency', 'write its three letters: "EUR"')
    return str(value).upper()


def rates(value: object) -> dict[str, Decimal]:
    if not isinstance(value, Mapping):
        raise refused("must be a table", "write { USD = 0.92 }")
    return {currency(code): _rate(worth) for code, worth in value.items()}


def _rate(worth: object) -> Decimal:
    if isinstance(worth, bool) or not isinstance(worth, int | float | str | Decimal):
        raise refused("a rate must be a number", "write { USD = 0.92 }")
    rate = _decimal(str(worth))
    if rate <= 0 or not rate.is_finite():
        raise refused(f"{worth} is no rate", "write { USD = 0.92 }")
    return rate


def _decimal(word: str) -> Decimal:
    try:
        return Decimal(word)
    except InvalidOperation:
        raise refused(f'"{word}" is no number') from None


def changeable_word(value: object) -> object:
    """`true` and `false` stand for yes and no."""
    return {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value


def table(value: object) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise refused("must be a table", "write { name = value }")
    return dict(value)


def _is_scalar(value: object) -> bool:
    return isinstance(value, int | float | date)
