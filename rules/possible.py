"""Whether conditions can hold together, found by trying: every name is given each value on which
one of its comparisons may turn, and none. Pure.

Names are tried each by itself. What compares two names, or matches a pattern, may turn out either
way. So `False` is sure, and `True` means that nothing speaks against it.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from types import MappingProxyType

from rules import expression
from rules.conditions import Condition
from rules.expression import Node
from rules.grammar import ast
from rules.logic import Choice, Constant, Joined, Judge, Leaf, Not
from rules.rewriting import typed_name

_STEPS = 1_000
"""After so many the answer is that it may be."""

_OTHER_TEXT = "\0other"


class Want(Enum):
    """What a condition is to come out as; unknown is neither true nor false."""

    TRUE = (True,)
    FALSE = (False,)
    NOT_TRUE = (False, None)
    NOT_FALSE = (True, None)


_OPPOSITE = {
    Want.TRUE: Want.FALSE,
    Want.FALSE: Want.TRUE,
    Want.NOT_TRUE: Want.NOT_FALSE,
    Want.NOT_FALSE: Want.NOT_TRUE,
}

Demand = tuple[Judge, Want]
Met = Mapping[str, tuple[tuple[Leaf, Want], ...]]
_NOTHING: Met = MappingProxyType({})


def possible(holding: Sequence[Condition], not_holding: Sequence[Condition] = ()) -> bool:
    """Whether all of the one may hold while none of the others does."""
    demands = [(one.judge, Want.TRUE) for one in holding]
    demands += [(one.judge, Want.NOT_TRUE) for one in not_holding]
    return _Search().open(demands)


def contradiction(condition: Condition) -> tuple[Judge, ...]:
    """The parts of a condition that exclude each other, as few as will do; empty for one that may
    hold."""
    if possible([condition]):
        return ()
    parts = list(_conjunction(condition.judge))
    for part in list(parts):
        fewer = [(one, Want.TRUE) for one in parts if one is not part]
        if fewer and not _Search().open(fewer):
            parts.remove(part)
    return tuple(parts)


def in_words(judge: Judge) -> str:
    match judge:
        case Leaf():
            return judge.text
        case Constant(truth):
            return "true" if truth else "false"
        case Not(inner):
            return f"not ({in_words(inner)})"
        case Joined(terms, decisive):
            return f"({(' or ' if decisive else ' and ').join(map(in_words, terms))})"
    return "a choice"


def _conjunction(judge: Judge) -> Iterator[Judge]:
    if isinstance(judge, Joined) and not judge.decisive:
        for term in judge.terms:
            yield from _conjunction(term)
    else:
        yield judge


@dataclass(slots=True)
class _Search:
    """Alternatives are followed one by one, each until it contradicts itself."""

    steps: int = 0
    tried: dict[tuple[int, type, object], bool | None] = field(default_factory=dict)

    def open(self, demands: Sequence[Demand], met: Met = _NOTHING) -> bool:
        """`met` are the comparisons demanded so far, by name."""
        self.steps += 1
        if not demands or self.steps > _STEPS:
            return True
        (judge, want), *rest = demands
        match judge:
            case Constant(truth):
                return truth in want.value and self.open(rest, met)
            case Leaf():
                return self._leaf(judge, want, rest, met)
            case Not(inner):
                return self.open([(inner, _OPPOSITE[want]), *rest], met)
            case Joined(terms, decisive):
                if decisive is (want in (Want.TRUE, Want.NOT_FALSE)):  # one of them is enough
                    return any(self.open([(term, want), *rest], met) for term in terms)
                return self.open([*((term, want) for term in terms), *rest], met)
            case Choice():
                return self.open(rest, met)
        return True

    def _leaf(
        self,
        leaf: Leaf,
        want: Want,
        rest: Sequence[Demand],
        met: Met,
    ) -> bool:
        name = leaf.symbols[0] if len(leaf.symbols) == 1 else leaf.text
        demanded = (*met.get(name, ()), (leaf, want))
        return self._meets(name, demanded) and self.open(rest, {**met, name: demanded})

    def _meets(self, name: str, demanded: Sequence[tuple[Leaf, Want]]) -> bool:
        """Whether some value of the name is all that is demanded."""
        sure = [one for one in demanded if _is_plain(one[0].node)]
        unsure = [one for one in demanded if not _is_plain(one[0].node)]
        if not _agree(unsure):
            return False
        values = _values([leaf.node for leaf, _ in sure])
        return not sure or any(
            all(self._truth(leaf, name, value) in want.value for leaf, want in sure)
            for value in values
        )

    def _truth(self, leaf: Leaf, name: str, value: object) -> bool | None:
        key = id(leaf), type(value), value  # true is no 1
        if key not in self.tried:
            self.tried[key] = leaf.judge({typed_name(name): value}).truth
        return self.tried[key]


def _agree(unsure: Sequence[tuple[Leaf, Want]]) -> bool:
    """Of what may turn out either way only the very same words can contradict themselves."""
    wants: dict[str, set[bool | None]] = defaultdict(lambda: {True, False, None})
    for leaf, want in unsure:
        wants[leaf.text] &= set(want.value)
    return all(wants.values())


def _is_plain(node: Node) -> bool:
    """A flag, or a name beside values: its truth hangs on nothing but where the value lies."""
    if isinstance(node, ast.SymbolExpression):
        return True
    if isinstance(node, ast.FuzzyComparisonExpression):
        return False
    if isinstance(node, ast.ContainsExpression):
        return _is_name(node.member) and isinstance(node.container, expression.COLLECTIONS)
    if not isinstance(node, ast.ComparisonExpression):
        return False
    sides = (node.left, node.right)
    return any(map(_is_name, sides)) and any(isinstance(s, expression.LITERALS) for s in sides)


def _is_name(node: Node) -> bool:
    return isinstance(node, ast.SymbolExpression)


def _values(nodes: Sequence[Node]) -> Iterator[object]:
    """What decides between all of them: each value that they name, what lies beside and between,
    something else, and nothing."""
    yield from (None, True, False, _OTHER_TEXT)
    named = {
        part.value
        for node in nodes
        for part in expression.walk(node)
        if isinstance(part, (ast.StringExpression, ast.FloatExpression, ast.DatetimeExpression))
    }
    yield from (one for one in named if isinstance(one, str))
    yield from _beside(sorted(one for one in named if isinstance(one, Decimal)))
    yield from _days_beside(sorted(one for one in named if isinstance(one, datetime)))


def _beside(numbers: Sequence[Decimal]) -> Iterator[Decimal]:
    if not numbers:
        yield Decimal(0)
        return
    yield from (numbers[0] - 1, numbers[-1] + 1, *numbers)
    yield from ((low + high) / 2 for low, high in itertools.pairwise(numbers))


def _days_beside(days: Sequence[datetime]) -> Iterator[datetime]:
    if not days:
        return
    day = timedelta(days=1)
    yield from (days[0] - day, days[-1] + day, *days)
    yield from (low + (high - low) / 2 for low, high in itertools.pairwise(days))
