"""Search operators: one filter becomes one predicate over a record's properties.

A property without a value matches NEQ, NOT_IN, NOT_CONTAINS_TOKEN and NOT_HAS_PROPERTY only.
Strings compare whatever their case, enumerations by their case; the values of IN and NOT_IN on a
string have to be in lower case already.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from connectors.sandbox.hubspot.index import Properties
from connectors.sandbox.hubspot.properties import Property
from connectors.sandbox.hubspot.refusals import invalid
from connectors.sandbox.hubspot.values import TEXT_OF

Predicate = Callable[[Properties], bool]
Key = Callable[[str], Any]

COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "EQ": lambda a, b: a == b,
    "NEQ": lambda a, b: a != b,
    "LT": lambda a, b: a < b,
    "LTE": lambda a, b: a <= b,
    "GT": lambda a, b: a > b,
    "GTE": lambda a, b: a >= b,
}
SETS = frozenset({"IN", "NOT_IN"})
TOKENS = frozenset({"CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"})
PRESENCE = frozenset({"HAS_PROPERTY", "NOT_HAS_PROPERTY"})
MATCH_MISSING = frozenset({"NEQ", "NOT_IN", "NOT_CONTAINS_TOKEN", "NOT_HAS_PROPERTY"})
OPERATORS = frozenset(COMPARISONS) | SETS | TOKENS | PRESENCE | {"BETWEEN"}

_TOKEN = re.compile(r"[\w*]+")


@dataclass(frozen=True, slots=True)
class Filter:
    """`low` and `high` are comparable values where the operator has any."""

    name: str
    operator: str
    predicate: Predicate
    low: Any = None
    high: Any = None
    key: Hashable = None


def compiled(property: Property, body: Mapping[str, Any]) -> Filter:
    """Raises Refusal (400) for an unknown operator, or values that are missing or of no sense."""
    operator = str(body.get("operator"))
    if operator not in OPERATORS:
        raise invalid(f"{operator} is not an operator")
    name, key = property.name, key_of(property)
    low: Any = None
    high: Any = None
    if operator in PRESENCE:
        test: Callable[[str], bool] = lambda _: operator == "HAS_PROPERTY"  # noqa: E731
    elif operator in SETS:
        low = _set(property, operator, body, key)
        test = _in(property, low, key, operator == "IN")
    elif operator in TOKENS:
        low = _value(body, "value", operator)
        test = _contains(low, operator == "CONTAINS_TOKEN")
    elif operator == "BETWEEN":
        low = _keyed(key, _value(body, "value", operator), name)
        high = _keyed(key, _value(body, "highValue", operator), name)
        test = lambda text: low <= key(text) <= high  # noqa: E731
    else:
        low = _keyed(key, _value(body, "value", operator), name)
        test = _compare(property, COMPARISONS[operator], low, key, operator)
    missing = operator in MATCH_MISSING

    def predicate(properties: Properties) -> bool:
        text = properties.get(name)
        return test(text) if text else missing

    return Filter(name, operator, predicate, low, high, (name, operator, low, high))


def key_of(property: Property) -> Key:
    """What a kept text is compared and sorted by."""
    if property.name == "hs_object_id":
        return int
    if property.type == "number":
        return float
    if property.type in ("date", "datetime"):
        return TEXT_OF[property.type]
    if property.type == "string":
        return str.lower
    return str


def _keyed(key: Key, text: str, name: str) -> Any:
    try:
        return key(text)
    except ValueError as error:
        raise invalid(f"{text} is not a value of {name}") from error


def _value(body: Mapping[str, Any], name: str, operator: str) -> str:
    value = body.get(name)
    if value is None or value == "":
        raise invalid(f"{operator} needs {name}")
    return str(value).lower() if isinstance(value, bool) else str(value)


def _set(property: Property, operator: str, body: Mapping[str, Any], key: Key) -> frozenset[Any]:
    values = body.get("values")
    if not isinstance(values, list) or not values:
        raise invalid(f"{operator} needs values")
    # Strings are not lowered here: an upper-case value matches nothing, as in real life.
    keep = str if property.type == "string" else key
    return frozenset(_keyed(keep, str(value), property.name) for value in values)


def _in(
    property: Property, wanted: frozenset[Any], key: Key, positive: bool
) -> Callable[[str], bool]:
    if property.many:
        return lambda text: (not wanted.isdisjoint(text.split(";"))) is positive
    return lambda text: (key(text) in wanted) is positive


def _compare(
    property: Property, compare: Callable[[Any, Any], bool], low: Any, key: Key, operator: str
) -> Callable[[str], bool]:
    if property.many and operator in ("EQ", "NEQ"):
        return lambda text: (low in text.split(";")) is (operator == "EQ")
    if property.type == "datetime":
        return lambda text: compare(text, low)  # kept texts are canonical already
    return lambda text: compare(key(text), low)


def _contains(pattern: str, positive: bool) -> Callable[[str], bool]:
    wanted = _TOKEN.findall(pattern.lower())

    def test(text: str) -> bool:
        tokens = set(_TOKEN.findall(text.lower()))
        found = all(any(fnmatchcase(token, want) for token in tokens) for want in wanted)
        return found is positive

    return test
