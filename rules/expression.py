"""rule-engine with three differences, and the parsed tree as far as conditions may use it.

RE2 matches in place of `re`, so that no pattern can hang; the difference of two dates is a
number of days, and a number added to a date moves it by days, so that a length of time is one
sort of thing everywhere; and only the node types listed here are allowed (no loops, functions,
slices or powers).
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import re2

from rules.grammar import (
    BinaryExpressionBase,
    Context,
    DataType,
    Parser,
    Rule,
    ast,
    errors,
    instead_of,
)
from rules.rewriting import typed_name
from rules.symbols import Sort, Symbols

Node = Any  # rule-engine ships no usable types for its tree

_RULE_ENGINE_TYPES = {
    Sort.TEXT: DataType.STRING,
    Sort.NUMBER: DataType.FLOAT,
    Sort.DAYS: DataType.FLOAT,
    Sort.FLAG: DataType.BOOLEAN,
    Sort.DATE: DataType.DATETIME,
    Sort.ANY: DataType.UNDEFINED,
}

LITERALS = (
    ast.BooleanExpression,
    ast.DatetimeExpression,
    ast.FloatExpression,
    ast.NullExpression,
    ast.StringExpression,
)
COLLECTIONS = (ast.ArrayExpression, ast.SetExpression)
_SECONDS_A_DAY = Decimal(86400)


def compile_pattern(pattern: str) -> Any:
    """An RE2 pattern. Raises `re2.error`, with the fault in words."""
    options = re2.Options()
    options.log_errors = False  # RE2 writes to standard error by itself
    return re2.compile(pattern, options)


class Name(ast.SymbolExpression):  # type: ignore[misc]
    """A fact by its name. Nearly all are of the type that the name promises, and need none of the
    ways in which rule-engine looks for values; deciding spends most of its time here."""

    def __init__(self, context: Context, name: str, scope: str | None = None) -> None:
        super().__init__(context, name, scope)
        promised = [sort for type_, sort in _PLAIN if self.result_type in (type_, _ANY)]
        self._plain = frozenset(promised if scope is None else ())

    def evaluate(self, thing: Any) -> Any:
        value = thing.get(self.name)
        if type(value) in self._plain:
            return value
        if type(value) is int and Decimal in self._plain:
            return Decimal(value)
        return super().evaluate(thing)


_ANY = DataType.UNDEFINED
_PLAIN = ((DataType.STRING, str), (DataType.FLOAT, Decimal), (DataType.BOOLEAN, bool))
"""What rule-engine hands on as it is."""


class Match(ast.FuzzyComparisonExpression):  # type: ignore[misc]
    """`=~` (from the start) and `=~~` (anywhere), by RE2."""

    def _compile_regex(self, regex: str) -> Any:
        try:
            return compile_pattern(regex)
        except re2.error as fault:
            words = fault.args[0] if fault.args else "it cannot be read"
            told = words.decode(errors="replace") if isinstance(words, bytes) else str(words)
            raise errors.EvaluationError(f'bad pattern "{regex}": {told}') from None


class PlusMinus(BinaryExpressionBase):  # type: ignore[misc]
    """`+` and `-` over numbers, texts, and dates with days."""

    result_type = DataType.UNDEFINED
    _RESULTS = {  # noqa: RUF012 - a class attribute, because rule-engine's nodes are classes
        ("add", DataType.FLOAT, DataType.FLOAT): DataType.FLOAT,
        ("sub", DataType.FLOAT, DataType.FLOAT): DataType.FLOAT,
        ("add", DataType.STRING, DataType.STRING): DataType.STRING,
        ("add", DataType.DATETIME, DataType.FLOAT): DataType.DATETIME,
        ("sub", DataType.DATETIME, DataType.FLOAT): DataType.DATETIME,
        ("sub", DataType.DATETIME, DataType.DATETIME): DataType.FLOAT,
    }

    def __init__(self, context: Context, type_: str, left: Node, right: Node) -> None:
        super().__init__(context, type_, left, right)
        if DataType.UNDEFINED in (left.result_type, right.result_type):
            return
        result = self._RESULTS.get((self.type, left.result_type, right.result_type))
        if result is None:
            raise errors.EvaluationError("data type mismatch")
        self.result_type = result

    def _op_add(self, thing: Any) -> Any:
        return self._combined(thing, 1)

    def _op_sub(self, thing: Any) -> Any:
        return self._combined(thing, -1)

    def _combined(self, thing: Any, sign: int) -> Any:
        left, right = self.left.evaluate(thing), self.right.evaluate(thing)
        if isinstance(left, str) and isinstance(right, str) and sign > 0:
            return left + right
        if isinstance(left, datetime) and isinstance(right, datetime) and sign < 0:
            return Decimal((left - right).total_seconds()) / _SECONDS_A_DAY
        if isinstance(right, Decimal):
            if isinstance(left, datetime):
                return left + timedelta(days=sign * float(right))
            if isinstance(left, Decimal):
                return left + sign * right
        raise errors.EvaluationError("data type mismatch")


class _ConditionParser(Parser):  # type: ignore[misc]
    @instead_of(Parser.p_expression_symbol)
    def p_expression_symbol(self, p: Any) -> None:
        super().p_expression_symbol(p)
        p[0].cls = Name

    @instead_of(Parser.p_expression_fuzzy_comparison)
    def p_expression_fuzzy_comparison(self, p: Any) -> None:
        super().p_expression_fuzzy_comparison(p)
        p[0].cls = Match

    @instead_of(Parser.p_expression_add)
    def p_expression_add(self, p: Any) -> None:
        super().p_expression_add(p)
        p[0].cls = PlusMinus

    @instead_of(Parser.p_expression_sub)
    def p_expression_sub(self, p: Any) -> None:
        super().p_expression_sub(p)
        p[0].cls = PlusMinus

    # refused here already: of two numbers the engine would work out the power before anybody
    # looks at the tree, and 1 << 10**11 takes all memory there is
    @instead_of(Parser.p_expression_arithmetic)
    def p_expression_arithmetic(self, p: Any) -> None:
        if self.op_names[p[2]] == "POW":
            raise NotAllowed(_REFUSED["ArithmeticExpression"])
        super().p_expression_arithmetic(p)

    @instead_of(Parser.p_expression_bitwise)
    def p_expression_bitwise(self, _p: Any) -> None:
        raise NotAllowed(_REFUSED["BitwiseExpression"])

    @instead_of(Parser.p_expression_bitwise_shift)
    def p_expression_bitwise_shift(self, _p: Any) -> None:
        raise NotAllowed(_REFUSED["BitwiseShiftExpression"])


@functools.cache
def _rule_class() -> type[Rule]:
    return type("ConditionRule", (Rule,), {"parser": _ConditionParser()})


def parse(text: str, symbols: Symbols) -> Node:
    """The typed tree of a rewritten source. Raises rule-engine's `EngineError`."""

    def resolve_type(symbol: str) -> Any:
        sort = symbols.sort_of(typed_name(symbol))
        if sort is None:
            raise errors.SymbolResolutionError(symbol)
        return _RULE_ENGINE_TYPES[sort]

    context = Context(type_resolver=resolve_type, default_timezone="utc", default_value=None)
    return _rule_class()(text, context).statement.expression


def children(node: Node) -> tuple[Node, ...]:
    """The operands of a node. Raises `NotAllowed` for what a condition may not contain."""
    if isinstance(node, (*LITERALS, ast.SymbolExpression)):
        return ()
    if isinstance(node, COLLECTIONS):
        return tuple(node.value)
    for allowed, operands in _OPERANDS:
        if isinstance(node, allowed):
            return tuple(getattr(node, name) for name in operands)
    raise NotAllowed(_REFUSED.get(type(node).__name__, "this"))


_OPERANDS: tuple[tuple[type, tuple[str, ...]], ...] = (
    (ast.ComparisonExpression, ("left", "right")),
    (ast.LogicExpression, ("left", "right")),
    (ast.UnaryExpression, ("right",)),
    (ast.ContainsExpression, ("member", "container")),
    (PlusMinus, ("left", "right")),
    (ast.ArithmeticExpression, ("left", "right")),
    (ast.CoalesceExpression, ("left", "right")),
    (ast.TernaryExpression, ("condition", "case_true", "case_false")),
    (ast.GetAttributeExpression, ("object",)),
)
"""Node types with operands that a condition may contain, and where each keeps them."""

_REFUSED = {
    "ComprehensionExpression": "a loop",
    "FunctionCallExpression": "a function call",
    "GetItemExpression": "an index",
    "GetSliceExpression": "a slice",
    "MappingExpression": "a mapping",
    "BytesExpression": "a bytes literal",
    "BitwiseExpression": "a bitwise operator",
    "BitwiseShiftExpression": "a bitwise operator",
    "ArithmeticExpression": "a power",
}


class NotAllowed(ValueError):
    """A node type that conditions do not have; the text names it."""


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it."""
    yield node
    for child in children(node):
        yield from walk(child)
