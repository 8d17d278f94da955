"""The table form of a condition: `{ tier = "key", won_value.gte = 50000 }` as an expression.

A key is a name; a value is equality, a list is membership, a table holds operators or, under a
namespace such as `account`, the CRM's own fields. All keys must hold. `X_within = "30 days"`
asks for a date no further from today than that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal

from rules.spans import SpanFault, days_in, parse_span
from rules.suggest import did_you_mean
from rules.symbols import Sort, Symbols

_WITHIN = "_within"
_SIGNS = {">=": "gte", ">": "gt", "<=": "lte", "<": "lt", "!=": "ne"}
_SIGNED = re.compile(r"\s*(?P<sign>>=|<=|!=|>|<)\s*(?P<rest>.+)")
_SPECIAL = set("\\.+*?()|[]{}^$")


class PlainKeyFault(ValueError):
    """`key` is the way to the key at fault inside the table; `of_key`: that key means nothing,
    else it is its value that is wrong."""

    def __init__(
        self, message: str, suggestion: str, key: tuple[str, ...], *, of_key: bool = False
    ) -> None:
        super().__init__(message)
        self.message = message
        self.suggestion = suggestion
        self.key = key
        self.of_key = of_key


def as_expression(table: Mapping[str, object], symbols: Symbols) -> str:
    """Raises `PlainKeyFault`. An empty table is refused: leave the key out to match all."""
    if not table:
        raise PlainKeyFault("the table is empty", "leave the key out to match everything", ())
    return " and ".join(_term((key,), value, symbols) for key, value in table.items())


def _term(key: tuple[str, ...], value: object, symbols: Symbols) -> str:
    name = ".".join(key)
    if not all(part.isidentifier() for part in key):
        raise PlainKeyFault(
            f'"{name}" is not a name', "letters, digits and _ only", key, of_key=True
        )
    if isinstance(value, Mapping):
        return _inner(key, value, symbols)
    if name.endswith(_WITHIN) and name not in symbols.sorts:
        return _within(key, value, symbols)
    if isinstance(value, list | tuple):
        return f"{name} in {_list(key, value)}"
    if isinstance(value, bool) and symbols.sort_of(name) is Sort.FLAG:
        return name if value else f"not {name}"
    measured = symbols.sorts.get(name) in (Sort.NUMBER, Sort.DAYS, Sort.DATE)
    if measured and isinstance(value, str) and (sign := _SIGNED.match(value)):
        raise PlainKeyFault(
            f'"{value}" compares with that very text',
            f"write {name}.{_SIGNS[sign['sign']]} = {sign['rest']}",
            key,
        )
    return f"{name} == {_literal(key, value)}"


def _inner(key: tuple[str, ...], table: Mapping[str, object], symbols: Symbols) -> str:
    if not table:
        raise PlainKeyFault("the table is empty", "write an operator such as gte", key)
    known = ".".join(key) in symbols.sorts
    fields = key[0] in symbols.namespaces or symbols.open_names
    if fields and not known and len(key) == 1 and not set(table) & set(_OPERATORS):
        return " and ".join(_term((*key, k), v, symbols) for k, v in table.items())
    return " and ".join(_operated(key, str(op), value, symbols) for op, value in table.items())


def _operated(key: tuple[str, ...], operator: str, value: object, symbols: Symbols) -> str:
    way = (*key, operator)
    if operator not in _OPERATORS:
        name = ".".join(key)
        if key[0] not in symbols.sorts and not symbols.open_names:
            near = did_you_mean(name, symbols.sorts)
            raise PlainKeyFault(f'unknown name "{name}"', near, key, of_key=True)
        raise PlainKeyFault(
            f'unknown operator "{operator}"', did_you_mean(operator, _OPERATORS), way, of_key=True
        )
    return _OPERATORS[operator](way, ".".join(key), value)


def _compared(sign: str) -> Callable[[tuple[str, ...], str, object], str]:
    def write(way: tuple[str, ...], name: str, value: object) -> str:
        return f"{name} {sign} {_amount(way, value)}"

    return write


def _member(prefix: str) -> Callable[[tuple[str, ...], str, object], str]:
    def write(way: tuple[str, ...], name: str, value: object) -> str:
        if not isinstance(value, list | tuple):
            raise PlainKeyFault("needs a list", 'write ["a", "b"]', way)
        term = f"{name} in {_list(way, value)}"
        return f"{prefix}({term})" if prefix else term

    return write


def _not_equal(way: tuple[str, ...], name: str, value: object) -> str:
    return f"{name} != {_literal(way, value)}"


def _contains(way: tuple[str, ...], name: str, value: object) -> str:
    return f"{_text(way, value)} in {name}"


def _matches(way: tuple[str, ...], name: str, value: object) -> str:
    return f"{name} =~~ {_text(way, value)}"


def _starts_with(way: tuple[str, ...], name: str, value: object) -> str:
    _text(way, value)
    escaped = "".join(f"\\{c}" if c in _SPECIAL else c for c in str(value))
    return f"{name} =~ {quoted(escaped)}"


_OPERATORS: dict[str, Callable[[tuple[str, ...], str, object], str]] = {
    "gte": _compared(">="),
    "gt": _compared(">"),
    "lte": _compared("<="),
    "lt": _compared("<"),
    "ne": _not_equal,
    "in": _member(""),
    "not_in": _member("not "),
    "contains": _contains,
    "matches": _matches,
    "starts_with": _starts_with,
}


def _within(key: tuple[str, ...], value: object, symbols: Symbols) -> str:
    try:
        days = days_in(parse_span(value))
    except SpanFault as fault:
        raise PlainKeyFault(fault.message, fault.suggestion, key) from None
    base = ".".join(key).removesuffix(_WITHIN)
    for name in (f"days_since_{base}", f"days_until_{base}"):
        if symbols.sorts.get(name) is Sort.DAYS:
            return f"{name} >= 0 and {name} <= {days}"
    dated = f"{base}_on" if f"{base}_on" in symbols.sorts else base
    if symbols.sort_of(dated) not in (Sort.DATE, Sort.ANY):
        near = [n.removeprefix("days_since_") + _WITHIN for n in symbols.sorts if "since" in n]
        raise PlainKeyFault(
            f'unknown name "{key[-1]}"', did_you_mean(key[-1], near), key, of_key=True
        )
    return f"today - {dated} <= {days} and {dated} - today <= {days}"


def _amount(way: tuple[str, ...], value: object) -> str:
    """What can be more or less: a number, a date, or a duration in days."""
    if isinstance(value, str):
        try:
            return str(days_in(parse_span(value)))
        except SpanFault:
            return _date_text(way, value)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | date):
        raise PlainKeyFault("needs a number, a date or a duration", "write 50000", way)
    return _literal(way, value)


def _date_text(way: tuple[str, ...], value: str) -> str:
    try:
        date.fromisoformat(value)
    except ValueError:
        raise PlainKeyFault(
            f'"{value}" is no number, date or duration',
            'write 50000, 2026-10-01 or "30 days"',
            way,
        ) from None
    return f'd"{value}"'


def _list(way: tuple[str, ...], values: list[object] | tuple[object, ...]) -> str:
    if not values:
        raise PlainKeyFault("the list is empty", "name one value at least", way)
    return "[" + ", ".join(_literal(way, value) for value in values) + "]"


def _text(way: tuple[str, ...], value: object) -> str:
    if not isinstance(value, str) or not value:
        raise PlainKeyFault("needs a text", 'write it in quotes: "..."', way)
    return quoted(value)


def _literal(way: tuple[str, ...], value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float() | Decimal():
            return f"{value:f}" if isinstance(value, Decimal | float) else str(value)
        case datetime() | date():
            return f'd"{value.isoformat()}"'
        case str():
            return quoted(value)
    raise PlainKeyFault("needs a text, a number, a date, true or false", "", way)


def quoted(text: str) -> str:
    """A text literal of conditions. Backslashes and quotes are escaped, line breaks too."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + escaped.replace("\n", "\\n").replace("\r", "\\r") + '"'
