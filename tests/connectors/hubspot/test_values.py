"""HubSpot's texts as typed values: lenient in what is taken."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors.hubspot.values import day, instant, iso, typed
from rules.model import Value

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 5, 31, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "2026-05-31T12:00:00Z",
        "2026-05-31T12:00:00.000Z",
        "2026-05-31T14:00:00+02:00",
        "2026-05-31T12:00:00",
        "1780228800000",
        1780228800000,
    ],
)
def test_instants_in_every_writing(written: Any) -> None:
    assert instant(written) == NOON


@pytest.mark.parametrize("junk", [None, "", "soon", "2026-13-01", "99999999999999999", [], {}])
def test_junk_is_no_instant(junk: Any) -> None:
    assert instant(junk) is None


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-05-31", date(2026, 5, 31)),
        ("2026-05-31T00:00:00Z", date(2026, 5, 31)),  # a program's date
        ("2026-05-30T22:00:00Z", date(2026, 5, 31)),  # a person's, picked in Berlin
        ("2026-05-31T23:30:00Z", date(2026, 6, 1)),
        ("", None),
    ],
)
def test_the_day_that_a_person_means(written: str, meant: date | None) -> None:
    assert day(written, BERLIN) == meant


@pytest.mark.parametrize(
    ("written", "kind", "value"),
    [
        ("12.50", "number", Decimal("12.50")),
        (12.5, "number", Decimal("12.5")),
        ("NaN", "number", "NaN"),
        ("many", "number", "many"),
        ("true", "bool", True),
        (False, "bool", False),
        ("2026-05-31", "date", date(2026, 5, 31)),
        ("2026-05-31T12:00:00Z", "datetime", NOON),
        ("a;b", "enumeration", "a;b"),
        ("", "string", None),
        ("مرحبا 🎉", "string", "مرحبا 🎉"),
    ],
)
def test_typed_by_the_property(written: Any, kind: str, value: Value) -> None:
    assert typed(written, kind) == value


def test_instants_are_written_in_utc_with_milliseconds() -> None:
    assert iso(datetime(2026, 5, 31, 14, tzinfo=BERLIN)) == "2026-05-31T12:00:00.000Z"
