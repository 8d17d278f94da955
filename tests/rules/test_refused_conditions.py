"""Conditions that are refused: what is wrong, what would be right, and where."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Any

import pytest

from rules.conditions import ConditionFault, compile_condition
from rules.symbols import decision_symbols, record_symbols

SYMBOLS = decision_symbols(categories=["price", "budget"], tiers=["key", "small"])


def refused(source: str | Mapping[str, Any]) -> ConditionFault:
    with pytest.raises(ConditionFault) as caught:
        compile_condition(source, SYMBOLS)
    return caught.value


@pytest.mark.parametrize(
    ("source", "message", "suggestion", "column"),
    [
        ("tire == 'key'", 'unknown name "tire"', 'did you mean "tier"?', 0),
        ("repeat and tier == 'kee'", 'tier is never "kee"', 'did you mean "key"?', 20),
        ("category in ['bugdet']", 'category is never "bugdet"', 'did you mean "budget"?', 14),
        ("verdict == 'Customer'", 'verdict is never "Customer"', "customer", 12),
        ("tier = 'key'", '"=" means nothing here', 'write "=="', 5),
        ("repeat && returned", '"&&" means nothing here', 'write "and"', 7),
        ("repeat AND returned", '"AND" is not a word of conditions', 'write "and"', 7),
        ("repeat == True", '"True" is not a word of conditions', 'write "true"', 10),
        ("won_value > ", "ends too early", "missing", 12),
        ("won_value > 3 )", 'cannot be read from ")" on', "", 14),
        ("won_value > 3 moons", '"3 moons" is no length of time', "days", 12),
        ("days_since_win > 3 business days", "calendar days", '"3 days"', 17),
        ("won_value", "neither true nor false", "compare it", None),
        ("repeat and tier", '"tier" is neither true nor false', "compare it", None),
        ("won_value > 'x'", "different kinds", "won_value is a number", None),
        ("won_value == 'x'", "different kinds", "won_value is a number", None),
        ("words =~ '('", 'bad pattern "("', "", None),
        ("[x for x in words]", "cannot loop", "in", 3),
        ("$abs(wins) > 3", "functions", "", 0),
        ("9 ** 9 ** 9 ** 9 > wins", "a power is not allowed", "", None),  # not even worked out
        ("1 << 100000000000 > wins", "a bitwise operator is not allowed", "", None),
        ("wins & 1 == 1", "a bitwise operator is not allowed", "", None),
        ("words[0] == 'a'", "an index is not allowed", "", None),
        ("account == 'x'", 'unknown name "account"', "account", 0),
        ("d'2026-13-01' > today", "invalid datetime", "", None),
        ("", "empty", "leave the key out", None),
        ("won_value > 1 or " * 200 + "repeat", "too long", "2,000", None),
        ("not " * 400 + "repeat", "nested too deeply", "split", None),
        ("wins > " + "-" * 1900 + "1", "nested too deeply", "split", None),
        ("today + words > today", "different kinds", "today is a date; words is text", None),
        ("days_since_win > t'PT3H'", "no number of days", '"30 days"', 17),
        ("Foo.bar > 3", '"Foo" has no fields', "account.X", 0),
        ("# only a remark", "ends too early", "missing", 0),
    ],
)
def test_refused_texts(source: str, message: str, suggestion: str, column: int | None) -> None:
    fault = refused(source)
    assert message in fault.message
    assert suggestion in fault.suggestion
    assert fault.column == column


@pytest.mark.parametrize(
    ("table", "key", "message"),
    [
        ({"repeat": True, "tire": "key"}, ("tire",), "unknown name"),
        ({"tier": "kee"}, ("tier",), 'never "kee"'),
        ({"won_value": {"gtee": 3}}, ("won_value", "gtee"), "unknown operator"),
        ({"won_value": {"gte": "many"}}, ("won_value", "gte"), "no number"),
        ({"won_value": {"gte": True}}, ("won_value", "gte"), "needs a number"),
        ({"wonvalue": {"gte": 3}}, ("wonvalue",), "unknown name"),
        ({"category": []}, ("category",), "empty"),
        ({"loss_within": "0 days"}, ("loss_within",), "means nothing"),
        ({"los_within": "3 days"}, ("los_within",), "unknown name"),
        ({"a b": 1}, ("a b",), "not a name"),
        ({"words": {"matches": "("}}, ("words",), "bad pattern"),
        ({}, (), "empty"),
        ({"won_value": {}}, ("won_value",), "empty"),
        ({"wonvalue": {"gtee": 3}}, ("wonvalue",), "unknown name"),
        ({"category": {"in": "price"}}, ("category", "in"), "needs a list"),
        ({"words": {"contains": 3}}, ("words", "contains"), "needs a text"),
        ({"tier": time(9)}, ("tier",), "needs a text, a number"),
    ],
)
def test_refused_tables(table: dict[str, Any], key: tuple[str, ...], message: str) -> None:
    fault = refused(table)
    assert message in fault.message
    assert fault.key == key


def test_salesforce_names_are_guarded_against_typing_errors() -> None:
    with pytest.raises(ConditionFault, match="closd"):
        compile_condition("closd", record_symbols("salesforce"))
    assert compile_condition("mrr > 3", record_symbols("salesforce")).fields == ("mrr",)
    assert compile_condition("closedate != null", record_symbols("hubspot")).fields
