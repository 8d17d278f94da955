"""Conditions that exclude each other are seen, and nothing that can hold is ever taken for one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.conditions import DECISION_SYMBOLS, RECORD_SYMBOLS, compile_condition
from rules.possible import contradiction, in_words, possible
from tests.rules.cases import when


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("won_value > 5 and won_value < 3", ["won_value > 5", "won_value < 3"]),
        ("wins > 1 and won_value > 5 and won_value < 5", ["won_value > 5", "won_value < 5"]),
        ("category == 'price' and category == 'service'", None),
        ("tier in ['a', 'b'] and tier in ['c']", None),
        ("tier in ['a'] and tier != 'a'", None),
        ("won_value == null and won_value > 3", None),
        ("repeat and not repeat", ["repeat", "not (repeat)"]),
        ("today > d'2026-02-01' and today < d'2026-01-01'", None),
        ("(tier == 'a' or tier == 'b') and tier == 'c'", None),
        ("words =~~ 'x' and not (words =~~ 'x')", None),
        ("account.Industry == 'a' and account.Industry == 'b'", None),
        ("days_since_win > usual_gap_in_days and not (days_since_win > usual_gap_in_days)", None),
        ("false", ["false"]),
    ],
)
def test_what_can_never_hold(text: str, parts: list[str] | None) -> None:
    condition = when(text)
    assert not possible([condition])
    found = list(map(in_words, contradiction(condition)))
    assert found == parts if parts is not None else len(found) == 2


@pytest.mark.parametrize(
    "text",
    [
        "won_value > 3 and won_value < 5",
        "won_value >= 5 and won_value <= 5",
        "tier in ['a', 'b'] and tier in ['b', 'c']",
        "category == 'price' or category == 'service'",
        "won_value == null and wins > 3",
        "words =~~ 'x' and words =~~ 'y'",
        "wins * 2 > 10 and wins < 6",
        "days_since_win > usual_gap_in_days and days_since_win < 5",
        "not (tier == 'a') and not (tier == 'b')",
        "(repeat ? wins > 3 : wins < 3) and wins == 3",
    ],
)
def test_what_may_hold(text: str) -> None:
    assert possible([when(text)])
    assert contradiction(when(text)) == ()


@pytest.mark.parametrize(
    ("text", "earlier", "left"),
    [
        ("won_value > 10", ["won_value > 5"], False),
        ("won_value > 3", ["won_value > 5"], True),
        ("won_value > 0", ["won_value > 5", "won_value <= 5"], False),
        ("wins > 0", ["won_value > 5", "won_value <= 5"], True),  # what is not known
        ("tier == 'a' and wins > 1", ["tier in ['a', 'b']"], False),
        ("words =~~ 'x' and wins > 1", ["words =~~ 'x'"], False),
    ],
)
def test_what_earlier_rules_leave(text: str, earlier: list[str], left: bool) -> None:
    assert possible([when(text)], list(map(when, earlier))) is left


def test_fields_of_a_record_are_tried_too() -> None:
    first, second = (
        compile_condition(text, RECORD_SYMBOLS)
        for text in ("Status__c == 'Lost' and Seats__c > 5", "Status__c == 'Active'")
    )
    assert not possible([first, second])


def test_a_condition_of_very_many_alternatives_counts_as_possible() -> None:
    many = " and ".join(f"(wins > {n} or losses > {n})" for n in range(30))
    assert possible([when(f"{many} and tier == 'a' and tier == 'b'")])  # not found in time


COMPARED = st.builds(
    "{} {} {}".format,
    st.sampled_from(["wins", "won_value"]),
    st.sampled_from(["<", "<=", ">", ">=", "==", "!="]),
    st.integers(0, 4),
)
WRITTEN = st.recursive(
    COMPARED | st.sampled_from(["repeat", "won_value == null"]),
    lambda inner: (
        st.builds("({} and {})".format, inner, inner)
        | st.builds("({} or {})".format, inner, inner)
        | st.builds("not ({})".format, inner)
    ),
    max_leaves=4,
)
FACTS = st.fixed_dictionaries(
    {
        "wins": st.integers(0, 8).map(lambda n: Decimal(n) / 2),
        "won_value": st.none() | st.integers(0, 5),
        "repeat": st.booleans(),
    }
)


@settings(max_examples=60)
@given(text=WRITTEN, other=WRITTEN, facts=FACTS)
def test_nothing_that_holds_is_called_impossible(
    text: str, other: str, facts: dict[str, Any]
) -> None:
    one, two = (compile_condition(source, DECISION_SYMBOLS) for source in (text, other))
    holding = [condition for condition in (one, two) if condition.test(facts).holds]
    assert possible(holding, [condition for condition in (one, two) if condition not in holding])
