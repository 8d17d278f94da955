"""A condition's tree, judged in three values: true, false, and unknown for what is missing.

Comparisons that read a missing value are unknown; `not` keeps unknown; `and` is false when one
side is false, `or` true when one side is true, whatever the other says (Kleene). Only true is a
match, so `not (nps > 5)` does not match a record without an nps.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from rules.expression import Node
from rules.grammar import errors
from rules.model import Money
from rules.rewriting import typed_name

_SHOWN = 40  # characters of a text value in a reason


@dataclass(frozen=True, slots=True)
class Judged:
    """`truth` None is unknown. `reasons` are the operands that decided, put into words by `str`."""

    truth: bool | None
    reasons: tuple[Reason, ...] = ()
    missing: tuple[str, ...] = ()


class Judge(Protocol):
    def judge(self, facts: Mapping[str, object]) -> Judged: ...


@dataclass(frozen=True, slots=True)
class Constant:
    truth: bool

    def judge(self, facts: Mapping[str, object]) -> Judged:  # noqa: ARG002 - says the same always
        return Judged(self.truth, ("always true" if self.truth else "never true",))


@dataclass(frozen=True, slots=True, eq=False)
class Leaf:
    """One comparison, or one flag. `symbols` are all it reads; `needed` those that must not be
    missing (a comparison with `null` and the left of `??` can do without)."""

    node: Node
    text: str
    symbols: tuple[str, ...]
    needed: frozenset[str]
    equality: bool = False  # a name against one value: when true, the value says it all

    def judge(self, facts: Mapping[str, object]) -> Judged:
        values = {symbol: value_of(facts, typed_name(symbol)) for symbol in self.symbols}
        missing = tuple(
            typed_name(s) for s in self.symbols if s in self.needed and _gone(values[s])
        )
        if missing:
            return Judged(None, tuple(f"{name} is empty" for name in missing), missing)
        try:
            truth = self.node.evaluate(values)
        except (errors.EngineError, ArithmeticError, LookupError, TypeError, ValueError):
            truth = None
        if not isinstance(truth, bool):  # a date against a text, a field that is no flag
            names = tuple(typed_name(symbol) for symbol in self.symbols)
            return Judged(None, (f"{self.text} cannot be told: {_shown(values)}",), names)
        return Judged(truth, (_Decided(self, values, truth),))


@dataclass(frozen=True, slots=True)
class _Decided:
    """What a leaf was told, and what it made of it."""

    leaf: Leaf
    values: Mapping[str, object]
    truth: bool

    def __str__(self) -> str:
        shown = _shown(self.values)
        plain = self.leaf.text in self.values or (self.truth and self.leaf.equality)
        return shown if plain or not shown else f"{self.leaf.text}: {shown}"


Reason = str | _Decided
"""Why a condition is judged as it is: its words, or what they are made of when asked for."""


@dataclass(frozen=True, slots=True)
class Not:
    inner: Judge

    def judge(self, facts: Mapping[str, object]) -> Judged:
        judged = self.inner.judge(facts)
        truth = None if judged.truth is None else not judged.truth
        return Judged(truth, judged.reasons, judged.missing)


@dataclass(frozen=True, slots=True)
class Joined:
    """`and` (decided by the first false) or `or` (decided by the first true) over many."""

    terms: tuple[Judge, ...]
    decisive: bool

    def judge(self, facts: Mapping[str, object]) -> Judged:
        judged: list[Judged] = []
        for term in self.terms:
            one = term.judge(facts)
            judged.append(one)
            if one.truth is self.decisive:
                return Judged(self.decisive, one.reasons, _missing(judged))
        unknown = [one for one in judged if one.truth is None]
        reasons = tuple(reason for one in unknown or judged for reason in one.reasons)
        truth = None if unknown else not self.decisive
        return Judged(truth, reasons, _missing(judged))


@dataclass(frozen=True, slots=True)
class Choice:
    """`question ? yes : no`."""

    question: Judge
    yes: Judge
    no: Judge

    def judge(self, facts: Mapping[str, object]) -> Judged:
        asked = self.question.judge(facts)
        if asked.truth is None:
            return asked
        answer = (self.yes if asked.truth else self.no).judge(facts)
        return Judged(
            answer.truth, (*asked.reasons, *answer.reasons), (*asked.missing, *answer.missing)
        )


@dataclass(frozen=True, slots=True)
class Operand:
    """One comparison of a condition as it was judged. `decides`: had it been otherwise, the whole
    condition would have been otherwise too."""

    text: str
    truth: bool | None
    said: str
    decides: bool


def operands(root: Judge, facts: Mapping[str, object]) -> tuple[Operand, ...]:
    """Every comparison of a condition, in the order of writing. For explaining one decision, not
    for making many: each comparison is tried both ways."""
    found = list(dict.fromkeys(leaves(root)))
    judged = {leaf: leaf.judge(facts) for leaf in found}
    truths = {leaf: one.truth for leaf, one in judged.items()}
    holds = _truth(root, truths) is True
    return tuple(
        Operand(
            text=leaf.text,
            truth=truths[leaf],
            said="; ".join(map(str, judged[leaf].reasons)),
            decides=(_truth(root, {**truths, leaf: truths[leaf] is not True}) is True) != holds,
        )
        for leaf in found
    )


def leaves(judge: Judge) -> Iterator[Leaf]:
    """Every comparison of a condition, in the order of writing."""
    match judge:
        case Leaf():
            yield judge
        case Not(inner):
            yield from leaves(inner)
        case Joined(terms):
            for term in terms:
                yield from leaves(term)
        case Choice(question, yes, no):
            for part in (question, yes, no):
                yield from leaves(part)


def _truth(judge: Judge, truths: Mapping[Leaf, bool | None]) -> bool | None:
    """A condition's truth from that of its comparisons."""
    match judge:
        case Leaf():
            return truths[judge]
        case Not(inner):
            inside = _truth(inner, truths)
            return None if inside is None else not inside
        case Joined(terms, decisive):
            each = [_truth(term, truths) for term in terms]
            return decisive if decisive in each else None if None in each else not decisive
        case Choice(question, yes, no):
            asked = _truth(question, truths)
            return None if asked is None else _truth(yes if asked else no, truths)
    return judge.judge({}).truth


def _missing(judged: Sequence[Judged]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for one in judged for name in one.missing))


def value_of(facts: Mapping[str, object], name: str) -> object:
    """A fact as rule-engine takes it; `account.Industry` may stand flat or inside `account`."""
    value = facts.get(name)
    if value is None and "." in name:
        head, _, rest = name.partition(".")
        inner = facts.get(head)
        value = value_of(inner, rest) if isinstance(inner, Mapping) else None
    return _plain(value)


def _plain(value: object) -> object:
    match value:
        case StrEnum():
            return value.value
        case Money():
            return value.amount
        case datetime():
            return value if value.tzinfo else value.replace(tzinfo=UTC)
        case date():
            return datetime(value.year, value.month, value.day, tzinfo=UTC)
        case list() | tuple() | set() | frozenset():
            return tuple(_plain(member) for member in value)
    return value


def _gone(value: object) -> bool:
    if isinstance(value, float):
        return math.isnan(value)
    return value is None or (isinstance(value, Decimal) and value.is_nan())


def _shown(values: Mapping[str, object]) -> str:
    return ", ".join(f"{typed_name(name)} is {in_words(value)}" for name, value in values.items())


def in_words(value: object) -> str:
    """A value as a person reads it in a reason; long texts are cut."""
    told = type(value).__name__
    match value:
        case None:
            told = "empty"
        case bool():
            told = "true" if value else "false"
        case str():
            told = repr(value if len(value) <= _SHOWN else value[: _SHOWN - 1] + "…")
        case datetime():
            midnight = not (value.hour or value.minute or value.second)
            told = f"{value:%Y-%m-%d}" if midnight else f"{value:%Y-%m-%d %H:%M}"
        case int() | float() | Decimal() if math.isfinite(value):
            told = f"{value:,f}".rstrip("0").rstrip(".") if value % 1 else f"{value:,.0f}"
        case tuple():
            told = "[" + ", ".join(in_words(member) for member in value) + "]"
    return told
