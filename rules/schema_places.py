"""Where a company is: its time zone, country and money."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from marshmallow import ValidationError

from rules.public_holidays import country_holidays
from rules.schema_fields import decimal_of, filled_text, refused, text
from rules.suggest import did_you_mean

COUNTRY = re.compile(r"([A-Z]{2})(?:-([A-Z0-9]{1,3}))?")


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
        known = country_holidays(match[1]).subdivisions if match else None
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
    found: dict[str, Decimal] = {}
    faults: dict[str, Any] = {}
    for code, worth in value.items():
        try:
            found[currency(code)] = _rate(worth)
        except ValidationError as error:
            faults[str(code)] = error.messages
    if faults:
        raise ValidationError(faults)
    return found


def _rate(worth: object) -> Decimal:
    if isinstance(worth, bool) or not isinstance(worth, int | float | str | Decimal):
        raise refused("a rate must be a number", "write { USD = 0.92 }")
    rate = decimal_of(str(worth))
    if rate <= 0 or not rate.is_finite():
        raise refused(f"{worth} is no rate", "write { USD = 0.92 }")
    return rate
