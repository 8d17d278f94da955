"""What a lost record's own fields say: the day on which they left, and what it was worth."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from rules.case import TIME_ALONE, Case
from rules.decide import decide
from rules.losses import notes
from rules.model import Money, Opportunity, Snapshot, Value
from rules.rulebook import Rulebook
from tests.rules.cases import TODAY, book, case, days_ago, lost, remembered, rules, snapshot, won


def in_zone(timezone: str, **watch: Any) -> Rulebook:
    usual = rules()
    company = replace(usual.company, timezone=timezone, rates={"USD": Decimal("0.5")})
    return book(company=company, watches=(replace(usual.watches[0], **watch),))


def lost_deal(day: Value, deal: Opportunity | None = None) -> Snapshot:
    return snapshot(deal or lost("D1", 3), {"Left__c": day, "Amount": 800})


@pytest.mark.parametrize(
    ("timezone", "left", "day"),
    [
        ("Europe/Berlin", datetime(2026, 6, 8, 22, tzinfo=UTC), date(2026, 6, 9)),  # their midnight
        ("Europe/Berlin", datetime(2026, 6, 9, 0, tzinfo=UTC), date(2026, 6, 9)),
        ("America/New_York", datetime(2026, 6, 9, 0, tzinfo=UTC), date(2026, 6, 9)),  # a program's
        ("America/New_York", datetime(2026, 6, 10, 2, tzinfo=UTC), date(2026, 6, 9)),
        ("America/New_York", date(2026, 6, 9), date(2026, 6, 9)),
        ("Europe/Berlin", "2026-06-09", date(2026, 6, 9)),
        ("Europe/Berlin", "soon", TODAY),
    ],
)
def test_the_day_of_a_loss_is_the_companys(timezone: str, left: Value, day: date) -> None:
    rules = in_zone(timezone, lost_on="Left__c")
    [loss] = decide(case(won("W", 400), records=(lost_deal(left),)), rules, TODAY).losses
    assert loss.lost_on == day


@pytest.mark.parametrize(
    ("currency", "worth"), [("EUR", Decimal(800)), ("USD", Decimal(400)), ("XAF", None)]
)
def test_a_named_amount_is_in_the_currency_of_its_record(
    currency: str, worth: Decimal | None
) -> None:
    deal = replace(lost("D1", 3), amount=Money(Decimal(1), currency))
    rules = in_zone("UTC", value="Amount")
    [loss] = decide(case(won("W", 400), records=(lost_deal(None, deal),)), rules, TODAY).losses
    assert loss.value == worth


def lost_on_record(deleted: bool = False, **changes: Any) -> Case:
    record = replace(lost_deal(None), deleted=deleted)
    return case(won("W", 400), records=(record,), **changes)


def test_a_record_that_was_deleted_tells_of_no_loss() -> None:
    assert decide(lost_on_record(), book(), TODAY).losses[0].watch == "closed-lost"
    assert decide(lost_on_record(deleted=True), book(), TODAY).losses[0].watch == TIME_ALONE


def test_a_watch_of_another_crm_finds_nothing_here() -> None:
    other = replace(rules().watches[0], crm="hub")
    assert decide(lost_on_record(), book(watches=(other,)), TODAY).losses == ()


def test_a_loss_that_was_undone_is_not_undone_again() -> None:
    known = lost_on_record()
    after = remembered(known, decide(known, book(), TODAY))
    undone = replace(after, losses=(replace(after.losses[0], undone_on=days_ago(1)),), records=())
    assert decide(undone, book(), TODAY).undone == ()


def test_the_notes_to_read_are_those_of_new_losses() -> None:
    known = case(won("W", 400), lost("D1", 3), lost("D2", 2), words="too dear")
    assert notes(known, rules(), TODAY) == ["too dear", "too dear"]
    first, second = known.records[1:]
    silent = replace(known, records=(first, replace(second, fields={"Loss_Notes__c": None})))
    assert notes(silent, rules(), TODAY) == ["too dear"]
    after = remembered(known, decide(known, book(), TODAY))
    assert notes(after, rules(), TODAY) == []
