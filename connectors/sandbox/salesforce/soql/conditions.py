"""WHERE as a function of a row, checked against the fields' types at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from connectors.sandbox.salesforce.faults import CallFault
from connectors.sandbox.salesforce.fields import NUMBERS, FieldDef, instant_of, stamp
from connectors.sandbox.salesforce.ids import full
from connectors.sandbox.salesforce.records import Row
from connectors.sandbox.salesforce.schema import ObjectDef
from connectors.sandbox.salesforce.soql.columns import Column, Source, column
from connectors.sandbox.salesforce.soql.dates import span
from connectors.sandbox.salesforce.soql.syntax import (
    Comparison,
    Condition,
    Literal,
    Logic,
    Malformed,
    Not,
    Query,
    SemiJoin,
    pointed,
)

Test = Callable[[Row], bool]
RunInner = Callable[[Query], Iterable[Any]]
_EXACT = frozenset({"id", "reference", "date", "datetime", "boolean"}) | NUMBERS
_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


def folds(definition: FieldDef) -> bool:
    """Whether text of this field compares without regard to case."""
    return definition.type not in _EXACT and not definition.case_sensitive


class Compiler:
    """Turns the conditions of one query into tests."""

    def __init__(self, source: Source, query: Query, owner: ObjectDef, run_inner: RunInner) -> None:
        self.source = source
        self.query = query
        self.owner = owner
        self.run_inner = run_inner

    def test(self, condition: Condition) -> Test:
        if isinstance(condition, Not):
            inner = self.test(condition.operand)
            return lambda row: not inner(row)
        if isinstance(condition, Logic):
            tests = [self.test(operand) for operand in condition.operands]
            if condition.word == "and":
                return lambda row: all(one(row) for one in tests)
            return lambda row: any(one(row) for one in tests)
        found = column(self.source, self.query, self.owner, condition.path)
        if not found.definition.filterable:
            sentence = f"field '{condition.path}' can not be filtered in a query call"
            raise self.refuse("INVALID_FIELD", condition.path.at, sentence)
        if isinstance(condition, SemiJoin):
            values = set(self.run_inner(condition.query))
            read, wanted = found.read, not condition.negated
            return lambda row: (read(row) in values) is wanted
        return self._comparison(found, condition)

    def refuse(self, code: str, at: int, sentence: str) -> CallFault:
        return CallFault(400, code, pointed(self.query.text, at, sentence))

    def _comparison(self, found: Column, condition: Comparison) -> Test:
        operator, literals = condition.operator, condition.values
        if operator == "like":
            return self._like(found, literals[0])
        if operator in ("includes", "excludes"):
            return self._includes(found, condition)
        if any(one.kind == "relative" for one in literals):
            return self._relative(found, operator, literals[0])
        return self._plain(found, condition)

    def _plain(self, found: Column, condition: Comparison) -> Test:
        operator, literals = condition.operator, condition.values
        values = [self.value(found.definition, one) for one in literals]
        read = _folded(found)
        if operator in ("=", "in"):
            return _member(read, values)
        if operator in ("!=", "not in"):
            member = _member(read, values)
            return lambda row: not member(row)
        if found.definition.type == "boolean":
            sentence = f"invalid operator on {condition.path} field"
            raise self.refuse("INVALID_QUERY_FILTER_OPERATOR", condition.path.at, sentence)
        compare, limit = _ORDER[operator], values[0]
        if literals[0].value == "" and limit is None:
            limit = ""  # Id > '' is a common way to begin a keyset
        if limit is None:
            return lambda _row: False

        def ordered(row: Row) -> bool:
            value = read(row)
            return value is not None and compare(value, limit)

        return ordered

    def _like(self, found: Column, literal: Literal) -> Test:
        if literal.kind != "string" or found.definition.type in _EXACT - {"id", "reference"}:
            sentence = f"invalid operator on {found.definition.name} field"
            raise self.refuse("INVALID_QUERY_FILTER_OPERATOR", literal.at, sentence)
        pattern = re.compile(_like_pattern(str(literal.value)), re.IGNORECASE | re.DOTALL)
        read = found.read
        return lambda row: pattern.fullmatch(read(row) or "") is not None

    def _includes(self, found: Column, condition: Comparison) -> Test:
        if found.definition.type != "multipicklist":
            sentence = f"invalid operator on {condition.path} field"
            raise self.refuse("INVALID_QUERY_FILTER_OPERATOR", condition.path.at, sentence)
        groups = [set(str(one.value).split(";")) for one in condition.values]
        read, wanted = found.read, condition.operator == "includes"

        def chosen(row: Row) -> bool:
            values = set((read(row) or "").split(";"))
            return any(group <= values for group in groups) is wanted

        return chosen

    def _relative(self, found: Column, operator: str, literal: Literal) -> Test:
        """A word such as TODAY is a span: before it, in it, or after it."""
        kind = found.definition.type
        days = span(str(literal.value), self.source.now().date())
        if days is None or kind not in ("date", "datetime"):
            text = str(literal.value)
            raise Malformed(self.query.text, literal.at, f"unexpected token: '{text}'")
        first, after = days
        low, high = first.isoformat(), after.isoformat()
        if kind == "datetime":
            low, high = (day + "T00:00:00.000+0000" for day in (low, high))
        read = found.read
        within: dict[str, Callable[[str], bool]] = {
            "=": lambda value: low <= value < high,
            "in": lambda value: low <= value < high,
            "!=": lambda value: not low <= value < high,
            "not in": lambda value: not low <= value < high,
            "<": lambda value: value < low,
            "<=": lambda value: value < high,
            ">": lambda value: value >= high,
            ">=": lambda value: value >= low,
        }
        fits = within[operator]
        return lambda row: (value := read(row)) is not None and fits(value)

    def value(self, definition: FieldDef, literal: Literal) -> Any:
        """The literal as rows of this field keep it. Raises CallFault where the type is wrong."""
        kind = definition.type
        if literal.kind == "null" or (literal.kind == "string" and literal.value == ""):
            return False if kind == "boolean" else None
        wanted = {"boolean": "boolean", "date": "date", "datetime": "datetime"}.get(kind, "string")
        if kind in NUMBERS:
            wanted = "number"
        if literal.kind != wanted:
            shown = {"datetime": "dateTime", "number": kind}.get(wanted, wanted)
            quotes = "should be" if wanted == "string" else "should not be"
            sentence = (
                f"value of filter criterion for field '{definition.name}' must be of type "
                f"{shown} and {quotes} enclosed in quotes"
            )
            raise self.refuse("INVALID_FIELD", literal.at, sentence)
        return self._kept(definition, literal)

    def _kept(self, definition: FieldDef, literal: Literal) -> Any:
        value = literal.value
        if not isinstance(value, str):
            return value
        if definition.type == "datetime":
            try:
                instant = instant_of(value)
            except ValueError as error:
                raise Malformed(self.query.text, literal.at, f"invalid date: {value}") from error
            # Rows have whole seconds; a literal between two of them must not catch the first.
            kept = stamp(instant)
            part = instant.microsecond // 1000
            return kept if not part else f"{kept[:-8]}{part:03d}+0000"
        if definition.type in ("id", "reference"):
            return full(value)
        return value.casefold() if folds(definition) else value


def _folded(found: Column) -> Callable[[Row], Any]:
    read = found.read
    if not folds(found.definition):
        return read

    def folded(row: Row) -> Any:
        value = read(row)
        return value.casefold() if value.__class__ is str else value

    return folded


def _member(read: Callable[[Row], Any], values: list[Any]) -> Test:
    if len(values) == 1:
        wanted = values[0]
        return lambda row: read(row) == wanted
    many = frozenset(values)
    return lambda row: read(row) in many


def _like_pattern(text: str) -> str:
    """`%` is any text, `_` any one sign; a backslash takes the meaning away."""
    parts: list[str] = []
    escaped = False
    for sign in text:
        if escaped or sign not in "\\%_":
            parts.append(re.escape(sign))
            escaped = False
        elif sign == "\\":
            escaped = True
        else:
            parts.append(".*" if sign == "%" else ".")
    return "".join(parts)
