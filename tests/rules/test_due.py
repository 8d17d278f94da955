"""Whose calendar a due date is read from, and what a task that had to wait is given."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from rules.due import country_of, customers_country, due_for, redated
from rules.model import Account, Owner, TaskDraft
from rules.people import Person
from rules.ruleset import Company
from rules.spans import Span, Unit
from tests.rules.cases import ANN, rules

BAVARIAN = rules(company=Company(country="DE-BY", timezone="Europe/Berlin"))
ONE_DAY = Span(1, Unit.BUSINESS_DAY)
BEFORE_CORPUS_CHRISTI = date(2026, 6, 3)
DRAFT = TaskDraft(
    key="R1:listen:1",
    subject="Call",
    body="Call them.\n\n[winback:R1:listen:1]",
    owner_id="U1",
    account_id="A1",
    due_on=date(2026, 5, 4),
    due_at=datetime(2026, 5, 4, 7, tzinfo=UTC),
)


def test_the_assignees_country_comes_before_the_companys() -> None:
    abroad = replace(BAVARIAN, people=(Person("Ann@acme.example ", country="GB"),))
    today = BEFORE_CORPUS_CHRISTI
    assert due_for(BAVARIAN, ONE_DAY, ANN, start=today, today=today).on == date(2026, 6, 5)
    assert due_for(abroad, ONE_DAY, ANN, start=today, today=today).on == date(2026, 6, 4)
    assert due_for(abroad, ONE_DAY, Owner("U9", "Nobody"), start=today, today=today).on == date(
        2026, 6, 5
    )


def test_a_date_that_has_passed_is_today_or_the_next_working_day() -> None:
    due = due_for(BAVARIAN, ONE_DAY, ANN, start=date(2026, 5, 4), today=date(2026, 6, 4))
    assert due.on == date(2026, 6, 5)


def test_a_customers_holidays_count_beside_the_companys_days_off() -> None:
    book = replace(BAVARIAN, company=replace(BAVARIAN.company, holidays=(date(2026, 7, 2),)))
    today = date(2026, 7, 1)
    assert due_for(book, ONE_DAY, ANN, start=today, today=today).on == date(2026, 7, 3)
    assert due_for(book, ONE_DAY, ANN, customer="US", start=today, today=today).on == date(
        2026, 7, 6
    )


def test_a_task_that_waited_gets_a_fresh_date_at_nine_of_its_assignee() -> None:
    waited = redated(
        DRAFT, ONE_DAY, BAVARIAN, replace(ANN, timezone="Asia/Tokyo"), date(2026, 6, 3)
    )
    assert waited.due_on == date(2026, 6, 5)
    assert waited.due_at == datetime(2026, 6, 5, 0, tzinfo=UTC)
    assert "Corpus Christi" in waited.body
    nobodys = redated(DRAFT, ONE_DAY, BAVARIAN, None, date(2026, 6, 3))
    assert (nobodys.owner_id, nobodys.due_at) == ("U1", datetime(2026, 6, 5, 7, tzinfo=UTC))


def test_a_touch_keeps_the_day_of_its_cadence_until_it_has_passed() -> None:
    touch = Span(0, Unit.BUSINESS_DAY)
    assert redated(DRAFT, touch, BAVARIAN, ANN, date(2026, 4, 30)).due_on == date(2026, 5, 4)
    assert redated(DRAFT, touch, BAVARIAN, ANN, date(2026, 5, 5)).due_on == date(2026, 5, 5)


def test_a_task_that_waited_stays_clear_of_the_customers_holidays() -> None:
    american = replace(DRAFT, customer_country="US")
    assert redated(american, ONE_DAY, BAVARIAN, ANN, date(2026, 7, 2)).due_on == date(2026, 7, 6)


@pytest.mark.parametrize(
    ("country", "region", "as_read"),
    [(None, "BY", ""), ("", None, ""), ("DE", None, "DE"), ("DE", "BY", "DE-BY")],
)
def test_a_customers_country_as_the_calendar_reads_it(
    country: str | None, region: str | None, as_read: str
) -> None:
    assert country_of(country, region) == as_read
    assert customers_country(Account("A1", "Foo", country=country, region=region)) == as_read


def test_without_an_account_there_is_no_country() -> None:
    assert customers_country(None) == ""


def test_a_date_that_has_passed_moves_clear_of_every_day_off_as_well() -> None:
    today, long_ago = date(2026, 7, 2), date(2026, 6, 1)
    closed = replace(BAVARIAN, company=replace(BAVARIAN.company, holidays=(today,)))
    assert due_for(closed, ONE_DAY, ANN, start=long_ago, today=today).on == date(2026, 7, 3)
    assert due_for(closed, ONE_DAY, ANN, start=long_ago, today=today, customer="US").on == date(
        2026, 7, 6
    )


def test_a_user_without_an_address_is_nobody_of_the_table() -> None:
    abroad = replace(BAVARIAN, people=(Person("", country="GB"),))
    today = BEFORE_CORPUS_CHRISTI
    assert due_for(abroad, ONE_DAY, Owner("U9", "No"), start=today, today=today).on == date(
        2026, 6, 5
    )
