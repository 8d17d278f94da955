"""What each sort of value takes, and the sentence for what it does not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from marshmallow import ValidationError

from rules import schema_fields as sort
from rules import schema_names as names
from rules import schema_places as places
from rules import schema_plays as plays
from rules import schema_times as times
from rules.fault import Problem
from rules.model import Changeable
from rules.people import Assign, AssignTo
from rules.playbook import After, AfterKind
from rules.spans import Span, SpanFault, Unit, days_in, parse_span

Parse = Callable[[Any], object]
SOME_DAY = date(2026, 1, 31)


@pytest.mark.parametrize(
    ("parse", "written", "read"),
    [
        (sort.flag, True, True),
        (sort.count, 3, 3),
        (sort.share, "20 %", 0.2),
        (sort.share, 1, 1.0),
        (sort.share_or_none, 0, 0.0),
        (sort.texts, "one", ("one",)),
        (sort.one_of(Changeable), "YES", Changeable.YES),
        (sort.some_of(Changeable), ["yes", "no"], (Changeable.YES, Changeable.NO)),
        (sort.changeable_word, False, "no"),
        (sort.changeable_word, "when", "when"),
        (sort.table, {"a": 1}, {"a": 1}),
        (names.emails, ["a@b.example"], ("a@b.example",)),
        (times.day, datetime(2026, 1, 31, 8), SOME_DAY),  # noqa: DTZ001 - TOML has such ones
        (times.day, " 2026-01-31 ", SOME_DAY),
        (times.days_off, [SOME_DAY, {"date": SOME_DAY, "name": "Inventory"}], (SOME_DAY, SOME_DAY)),
        (times.span_or_never, "never", None),
        (times.length, "2 hours", timedelta(hours=2)),
        (times.seconds_or_length, "30 seconds", timedelta(seconds=30)),
        (times.seconds_or_length, 30, timedelta(seconds=30)),
        (times.length, "1 month", timedelta(days=30)),
        (times.grace, "0 seconds", timedelta()),
        (times.grace, 1.5, timedelta(seconds=1.5)),
        (places.country, "", ""),
        (places.country, " de-by", "DE-BY"),
        (places.rates, {"usd": "0.92", "GBP": 1}, {"USD": Decimal("0.92"), "GBP": Decimal(1)}),
        (plays.assign, "CSM__c", Assign(AssignTo.FIELD, "CSM__c")),
        (plays.assign, "queue: Care", Assign(AssignTo.QUEUE, "Care")),
        (plays.assign, ["manager", "owner"], Assign(AssignTo.MANAGER, otherwise=Assign())),
        (plays.assign_by_tier, {"key": "manager"}, {"key": Assign(AssignTo.MANAGER)}),
        (plays.after, ["spoken", "call"], (After(AfterKind.SPOKEN), After(AfterKind.TASK, "call"))),
        (
            plays.one_after,
            "no answer for a week",
            After(AfterKind.NO_ANSWER, span=Span(1, Unit.WEEK)),
        ),
        (plays.cap, 500, Decimal(500)),
        (plays.weight, 0.5, Decimal("0.5")),
        (plays.weight_share, 0, Decimal(0)),
        (plays.weight_share, 0.3, Decimal("0.3")),
    ],
)
def test_what_is_taken(parse: Parse, written: object, read: object) -> None:
    assert parse(written) == read


@pytest.mark.parametrize(
    ("parse", "written", "message", "suggestion"),
    [
        (sort.text, 3, "must be text", 'write "3"'),
        (sort.text, {}, "must be text", ""),
        (sort.filled_text, " ", "is empty", "write something or leave the key out"),
        (sort.flag, "yes", "must be true or false", "without quotes"),
        (sort.count, True, "must be a whole number", "without quotes"),
        (sort.count, 0, "0 is too small", "1 at least"),
        (sort.share, "a fifth", "must be a share", 'write 0.2 or "20 %"'),
        (sort.share, "1.2.3 %", '"1.2.3" is no number', ""),
        (sort.share, 1.5, "1.5 is no share", "between 0 and 1; write 0.2 for a fifth"),
        (sort.share_or_none, False, "must be a share", 'write 0.2 or "20 %"'),
        (sort.texts, 3, "must be a list of texts", 'write ["a", "b"]'),
        (sort.one_word("renewal"), "renewel", '"renewel" is not', 'did you mean "renewal"?'),
        (sort.table, 3, "must be a table", "write { name = value }"),
        (names.task_key, "k" * 41, "is longer than 40 characters", "choose a shorter one"),
        (times.span, "2 hours", '"2 hours" is shorter than a day', 'write "1 day" at least'),
        (times.length, "soon", '"soon" is no length of time', ""),
        (times.grace, -1, "-1 seconds mean nothing", 'write "60 seconds"'),
        (times.seconds_or_length, "60", '"60" has no unit', 'write "60 seconds"'),
        (places.timezone, "Nowhere", '"Nowhere" is no time zone', ""),
        (places.currency, "euro", '"euro" is no currency', 'write its three letters: "EUR"'),
        (places.rates, 1, "must be a table", "write { USD = 0.92 }"),
        (plays.assign, [], "names nobody", 'write ["owner", "manager"]'),
        (plays.assign, "somebody", 'nobody is meant by "somebody"', "owner, record owner"),
        (plays.assign_by_tier, "manager", "must be a table", 'write { key = "manager" }'),
        (plays.benchmarks, "soon", '"soon" is no benchmark', 'write "spoken by day 10"'),
        (plays.benchmarks, "spokn by day 3", '"spokn" cannot be', 'did you mean "spoken"?'),
        (plays.benchmarks, "spoken by day 0", "day 0 has passed", 'write "spoken by day 10"'),
        (plays.cap, "500", "must be an amount", "write 500, without quotes"),
        (plays.cap, 0, "0 caps nothing", "an amount above 0"),
        (plays.weight, -1, "must be a number from 0 up", "without quotes"),
    ],
)
def test_what_is_refused(parse: Parse, written: object, message: str, suggestion: str) -> None:
    with pytest.raises(ValidationError) as refused:
        parse(written)
    problem = refused.value.messages[0]
    assert isinstance(problem, Problem)
    assert message in problem
    assert suggestion in problem.suggestion


@pytest.mark.parametrize("parse", [sort.texts, times.days_off])
def test_of_a_list_the_member_is_named(parse: Parse) -> None:
    with pytest.raises(ValidationError) as refused:
        parse(["2026-01-31", {"day": 3}])
    assert list(refused.value.messages) == [1]


@pytest.mark.parametrize(
    ("worth", "message"),
    [(True, "a rate must be a number"), (0, "0 is no rate"), ("much", '"much" is no number')],
)
def test_of_the_rates_the_currency_is_named(worth: object, message: str) -> None:
    with pytest.raises(ValidationError) as refused:
        places.rates({"USD": worth, "GBP": 1.2})
    assert refused.value.messages == {"USD": [message]}


def test_a_day_off_says_its_date() -> None:
    with pytest.raises(ValidationError, match="has no date"):
        times.days_off([{"name": "Inventory"}])


@pytest.mark.parametrize(
    ("written", "message", "suggestion"),
    [
        (30, "needs a length of time", 'write it as text: "30 days"'),
        ("days", '"days" says no number', 'write "1 days"'),
        ("1.5 days", '"1.5 days" is no whole number', "use a smaller unit"),
        ("101 years", "longer than a century", 'write "18 months"'),
        ("3 moons", '"moons" is no unit', "months"),
        ("3 xyzzy", '"xyzzy" is no unit', "use days, business days, weeks, months or years"),
    ],
)
def test_no_length_of_time(written: object, message: str, suggestion: str) -> None:
    with pytest.raises(SpanFault) as refused:
        parse_span(written)
    assert message in refused.value.message
    assert suggestion in refused.value.suggestion


def test_business_days_are_no_calendar_days() -> None:
    with pytest.raises(SpanFault, match="needs calendar days, not business days"):
        days_in((3, "business day"))
    assert days_in((2, "month")) == 61
