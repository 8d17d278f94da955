"""Business days, holidays per country and region, and nine o'clock at the assignee's."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.calendar import FAR, add_span, at_nine, due_after, today_in
from rules.spans import Span, Unit

ONE_DAY = Span(1, Unit.BUSINESS_DAY)
CHRISTMAS_EVE = date(2026, 12, 24)


def test_business_days_pass_over_the_weekend_and_name_it() -> None:
    due = due_after(date(2026, 11, 20), ONE_DAY, "DE")
    assert due.on == date(2026, 11, 23)
    assert due.skipped == ((date(2026, 11, 21), "Saturday"), (date(2026, 11, 22), "Sunday"))
    assert due.holidays_skipped == ()


@pytest.mark.parametrize(
    ("country", "on"),
    [
        ("DE", date(2026, 6, 4)),
        ("DE-BY", date(2026, 6, 5)),  # Corpus Christi is a holiday in Bavaria, not in Berlin
        ("de_by", date(2026, 6, 5)),
        ("Germany", date(2026, 6, 4)),
        ("DE-XX", date(2026, 6, 4)),
        ("Atlantis", date(2026, 6, 4)),
        ("", date(2026, 6, 4)),
    ],
)
def test_regions_have_their_own_holidays(country: str, on: date) -> None:
    assert due_after(date(2026, 6, 3), ONE_DAY, country).on == on


def test_a_holiday_on_the_way_is_named() -> None:
    due = due_after(CHRISTMAS_EVE, ONE_DAY, "DE")
    assert due.on == date(2026, 12, 28)
    assert due.holidays_skipped == (
        (date(2026, 12, 25), "Christmas Day"),
        (date(2026, 12, 26), "Second Day of Christmas"),
    )


def test_american_and_observed_holidays() -> None:
    assert due_after(date(2026, 7, 2), ONE_DAY, "US-CA").on == date(2026, 7, 6)
    assert due_after(date(2026, 11, 25), ONE_DAY, "US").on == date(2026, 11, 27)


def test_the_weekend_is_the_countrys_own() -> None:
    assert due_after(date(2026, 6, 11), ONE_DAY, "SA").on == date(2026, 6, 14)  # a Sunday


def test_company_days_off_and_the_customers_holidays_move_the_date() -> None:
    off = frozenset({date(2026, 6, 5)})
    due = due_after(date(2026, 6, 3), ONE_DAY, "DE", off, clear_of=("DE-BY",))
    assert due.on == date(2026, 6, 8)
    whys = [why for _, why in due.holidays_skipped]
    assert whys == ["Corpus Christi at the customer's (DE-BY)", "company day off"]


def test_other_spans_land_on_the_day_and_move_off_a_closed_one() -> None:
    assert due_after(date(2026, 10, 31), Span(1, Unit.MONTH), "DE").on == date(2026, 11, 30)
    assert due_after(date(2026, 12, 11), Span(2, Unit.WEEK), "DE").on == date(2026, 12, 28)


def test_spans_end_with_the_month_and_never_overflow() -> None:
    assert add_span(date(2026, 1, 31), Span(1, Unit.MONTH)) == date(2026, 2, 28)
    assert add_span(date(2024, 2, 29), Span(1, Unit.YEAR)) == date(2025, 2, 28)
    assert add_span(date(2026, 1, 1), Span(3, Unit.BUSINESS_DAY)) == date(2026, 1, 6)
    assert add_span(date(2026, 1, 1), Span(10**9, Unit.YEAR)) == FAR


def test_a_calendar_without_any_open_day_is_not_obeyed_for_ever() -> None:
    days = frozenset(date.fromordinal(date(2026, 1, 1).toordinal() + n) for n in range(400))
    assert due_after(date(2026, 1, 5), Span(1, Unit.DAY), "DE", days).on == date(2026, 1, 6)


@pytest.mark.parametrize(
    ("on", "zone", "at"),
    [
        (date(2026, 1, 15), "Europe/Berlin", datetime(2026, 1, 15, 8, tzinfo=UTC)),
        (date(2026, 7, 15), "Europe/Berlin", datetime(2026, 7, 15, 7, tzinfo=UTC)),
        (date(2026, 7, 15), "Asia/Kolkata", datetime(2026, 7, 15, 3, 30, tzinfo=UTC)),
        (date(2026, 7, 15), "Mars/Olympus", datetime(2026, 7, 15, 9, tzinfo=UTC)),
        (date(2026, 7, 15), "../etc/passwd", datetime(2026, 7, 15, 9, tzinfo=UTC)),
        (date(2026, 7, 15), "", datetime(2026, 7, 15, 9, tzinfo=UTC)),
    ],
)
def test_nine_o_clock_is_the_assignees(on: date, zone: str, at: datetime) -> None:
    assert at_nine(on, zone) == at


def test_today_depends_on_the_zone() -> None:
    late = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)
    assert today_in("Europe/Berlin", late) == date(2026, 11, 22)
    assert today_in("America/New_York", late) == date(2026, 11, 21)


@given(
    start=st.dates(date(2000, 1, 1), date(2080, 1, 1)),
    count=st.integers(0, 30),
    unit=st.sampled_from(list(Unit)),
    country=st.sampled_from(["DE-BY", "US-CA", "GB", "JP", "nowhere"]),
)
def test_no_task_is_ever_due_on_a_day_off(
    start: date, count: int, unit: Unit, country: str
) -> None:
    due = due_after(start, Span(count, unit), country)
    assert due.on >= start
    assert due.on.weekday() < 5
    assert due_after(due.on, Span(0, Unit.DAY), country).on == due.on
