"""Conditions: what an admin writes after `when`, compiled once at load and tested on facts.

A condition is a rule-engine expression or a table of plain keys (`rules.plain_keys`), which is
turned into such an expression. A missing value is no match and is named, never an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from rules import expression, logic
from rules.expression import Node
from rules.grammar import ast, errors
from rules.plain_keys import PlainKeyFault, as_expression
from rules.rewriting import Rewritten, SourceFault, rewrite, typed_name
from rules.suggest import did_you_mean, nearest
from rules.symbols import DECISION_SYMBOLS, RECORD_SYMBOLS, Sort, Symbols
from rules.unparse import text_of

__all__ = [
    "DECISION_SYMBOLS",
    "RECORD_SYMBOLS",
    "Condition",
    "ConditionFault",
    "Tested",
    "compile_condition",
]

LONGEST_SOURCE = 2000
DEEPEST = 60
_TOO_DEEP = "the condition is nested too deeply"


class ConditionFault(ValueError):
    """`column` counts from 0 in a condition's text; None where no place can be named. `key` is
    the plain key at fault, where the condition is a table; `of_key`: that key means nothing.
    `word` is the text at fault, where there is one."""

    def __init__(
        self,
        message: str,
        suggestion: str = "",
        column: int | None = None,
        key: tuple[str, ...] = (),
        *,
        of_key: bool = False,
        word: str = "",
    ) -> None:
        super().__init__(message)
        self.word = word
        self.message = message
        self.suggestion = suggestion
        self.column = column
        self.key = key
        self.of_key = of_key


@dataclass(frozen=True, slots=True)
class Tested:
    """`missing` names the values that would have been needed."""

    holds: bool
    missing: tuple[str, ...] = ()
    reasons: tuple[logic.Reason, ...] = ()

    @property
    def because(self) -> str:
        """A few words for a person, with values: it may quote a customer's words, so it never
        goes into a log line. Worded only when asked for: most tests are never explained."""
        return "; ".join(dict.fromkeys(map(str, self.reasons)))


@dataclass(frozen=True, slots=True)
class Condition:
    """`text` is the condition as an expression; `names` are all names it reads, in order;
    `fields` those that are the CRM's own (`Status__c`, `account.Industry`); `judge` tests it."""

    text: str
    names: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    judge: logic.Judge = field(default=logic.Constant(truth=True), repr=False, compare=False)

    def test(self, facts: Mapping[str, object]) -> Tested:
        """Facts by name; `account.X` stands under that key or inside the mapping `account`."""
        judged = self.judge.judge(facts)
        missing = tuple(dict.fromkeys(judged.missing))
        return Tested(judged.truth is True, missing, judged.reasons)

    def operands(self, facts: Mapping[str, object]) -> tuple[logic.Operand, ...]:
        """Each comparison as it was judged, and whether it decided."""
        return logic.operands(self.judge, facts)

    def compared(self) -> tuple[tuple[str, str], ...]:
        """(name, text) for every text that a name is compared with: `Status__c == "Active"`."""
        pairs = (pair for leaf in logic.leaves(self.judge) for pair in _compared(leaf.node))
        return tuple(dict.fromkeys(pairs))

    def can_hold(self, facts: Mapping[str, object]) -> bool:
        """Whether it may hold once the facts that are still missing are known."""
        return self.judge.judge(facts).truth is not False

    def __str__(self) -> str:
        return self.text


def compile_condition(source: str | Mapping[str, object], symbols: Symbols) -> Condition:
    """Raises `ConditionFault`."""
    if isinstance(source, Mapping):
        return _from_keys(source, symbols)
    if len(source) > LONGEST_SOURCE:
        raise ConditionFault(
            f"{len(source):,} characters are too long for a condition",
            f"{LONGEST_SOURCE:,} at most; split it",
        )
    if not source.strip():
        raise ConditionFault("the condition is empty", "leave the key out to match everything")
    return _compiled(source, symbols)


def _from_keys(table: Mapping[str, object], symbols: Symbols) -> Condition:
    try:
        for key in table if len(table) > 1 else ():  # one by one, so that a fault names its key
            _from_keys({key: table[key]}, symbols)
        return _compiled(as_expression(table, symbols), symbols)
    except PlainKeyFault as fault:
        raise ConditionFault(
            fault.message, fault.suggestion, key=fault.key, of_key=fault.of_key
        ) from None
    except ConditionFault as fault:
        way = fault.key or tuple(table)[:1]
        raise ConditionFault(
            fault.message, fault.suggestion, key=way, of_key=fault.of_key, word=fault.word
        ) from None


def _compiled(text: str, symbols: Symbols) -> Condition:
    try:
        rewritten = rewrite(text, symbols)
    except SourceFault as fault:
        raise ConditionFault(fault.message, fault.suggestion, fault.offset) from None
    for name, offset in rewritten.names.items():
        _check_name(name, offset, symbols)
    try:
        root = expression.parse(rewritten.text, symbols)
        deep = _depth(root) > DEEPEST
        for node in expression.walk(root):
            _check_node(node, symbols, text)
        judge = _judge(root)
    except RecursionError:
        raise ConditionFault(_TOO_DEEP, "split it") from None
    except expression.NotAllowed as refused:
        raise ConditionFault(f"{refused} is not allowed in a condition") from None
    except errors.EngineError as error:
        raise _engine_fault(error, rewritten, symbols) from None
    if deep:  # testing it would go as deep as parsing it
        raise ConditionFault(_TOO_DEEP, "split it")
    names = tuple(rewritten.names)
    return Condition(text, names, tuple(n for n in names if n not in symbols.sorts), judge)


def _check_name(name: str, offset: int, symbols: Symbols) -> None:
    if name in symbols.sorts:
        return
    listed = [*symbols.sorts, *(f"{space}.X" for space in sorted(symbols.namespaces))]
    if symbols.sort_of(name) is None:
        is_value = any(name in choices for choices in symbols.choices.values())
        suggestion = f"write '{name}', in quotes" if is_value else did_you_mean(name, listed)
        raise ConditionFault(f'unknown name "{name}"', suggestion, offset, of_key=True)
    if symbols.guard_typos and name.islower() and not name.endswith("__c"):
        near = nearest(name, symbols.sorts)
        if near is not None:
            suggestion = f'did you mean "{near}"?'
            raise ConditionFault(f'unknown name "{name}"', suggestion, offset, of_key=True)


def _check_node(node: Node, symbols: Symbols, text: str) -> None:
    for name, word in _compared(node):
        _check_choice(name, word, symbols, text)
    if type(node) is ast.ComparisonExpression:
        _check_same_kind(node.left, node.right)
    if isinstance(node, ast.ContainsExpression) and _is_symbol(node.member):
        _check_list(node.container)


def _check_list(container: Node) -> None:
    """`tier in 'key'` would look for the tier's name inside the word."""
    if isinstance(container, ast.StringExpression):
        raise ConditionFault('"in" needs a list here', f"write ['{container.value}']")


def _compared(node: Node) -> Iterator[tuple[str, str]]:
    """Names and the texts that they are compared with by this node, patterns left out."""
    if not isinstance(node, ast.ComparisonExpression | ast.ContainsExpression):
        return
    contains = isinstance(node, ast.ContainsExpression)
    left, right = (node.member, node.container) if contains else (node.left, node.right)
    for one, other in ((left, right), (right, left)):
        if isinstance(one, ast.SymbolExpression):
            yield from ((typed_name(one.name), word) for word in _texts(other))


def _texts(node: Node) -> list[str]:
    members = node.value if isinstance(node, expression.COLLECTIONS) else (node,)
    return [m.value for m in members if isinstance(m, ast.StringExpression)]


def _check_choice(name: str, word: str, symbols: Symbols, text: str) -> None:
    choices = symbols.choices.get(name)
    if choices is None or word in choices:
        return
    column = text.find(word)
    raise ConditionFault(
        f'{name} is never "{word}"',
        did_you_mean(word, choices),
        column if column >= 0 else None,
        word=word,
    )


def _check_same_kind(left: Node, right: Node) -> None:
    """rule-engine answers false to `won_value == "x"`; to an admin it is a mistake."""
    kinds = {left.result_type.name, right.result_type.name}
    if len(kinds) > 1 and not kinds & {"UNDEFINED", "NULL"}:
        raise errors.EvaluationError("data type mismatch")


def _judge(node: Node) -> logic.Judge:
    if isinstance(node, ast.BooleanExpression):
        return logic.Constant(node.value)
    if isinstance(node, ast.LogicExpression):
        return logic.Joined(tuple(_judge(n) for n in _chain(node)), decisive=node.type == "or")
    if isinstance(node, ast.UnaryExpression) and node.type == "not":
        return logic.Not(_judge(node.right))
    if isinstance(node, ast.TernaryExpression):
        return logic.Choice(_judge(node.condition), _judge(node.case_true), _judge(node.case_false))
    if node.result_type.name not in ("BOOLEAN", "UNDEFINED"):
        raise ConditionFault(
            f'"{text_of(node)}" is neither true nor false', "compare it with a value"
        )
    symbols = dict.fromkeys(n.name for n in expression.walk(node) if _is_symbol(n))
    equality = getattr(node, "type", "") == "eq" and isinstance(node.right, expression.LITERALS)
    return logic.Leaf(node, text_of(node), tuple(symbols), frozenset(_needed(node)), equality)


def _chain(node: Node) -> list[Node]:
    """`a and b and c`, which is parsed as a tree leaning left, as a flat list."""
    kind, terms = node.type, []
    while isinstance(node, ast.LogicExpression) and node.type == kind:
        terms.append(node.right)
        node = node.left
    return [node, *reversed(terms)]


def _depth(root: Node) -> int:
    """How deep the tree nests; a flat chain of `and` or `or` counts as one step."""
    deepest, waiting = 0, [(root, 1)]
    while waiting:
        node, depth = waiting.pop()
        deepest = max(deepest, depth)
        logic_node = isinstance(node, ast.LogicExpression)
        below = _chain(node) if logic_node else expression.children(node)
        waiting.extend((child, depth + 1) for child in below)
    return deepest


def _is_symbol(node: Node) -> bool:
    return isinstance(node, ast.SymbolExpression)


def _needed(node: Node) -> list[str]:
    if isinstance(node, ast.CoalesceExpression):
        return []
    operands = expression.children(node)
    if isinstance(node, ast.ComparisonExpression) and any(
        isinstance(operand, ast.NullExpression) for operand in operands
    ):
        return []
    own = [node.name] if _is_symbol(node) else []
    return own + [name for operand in operands for name in _needed(operand)]


def _engine_fault(
    error: errors.EngineError, rewritten: Rewritten, symbols: Symbols
) -> ConditionFault:
    if isinstance(error, errors.RuleSyntaxError):
        if error.token is None:
            return ConditionFault(
                "the condition ends too early",
                "a value or a bracket is missing",
                rewritten.source_offset(len(rewritten.text)),
            )
        at = rewritten.source_offset(error.token.lexpos)
        word = str(error.token.value).split()[0] if str(error.token.value).split() else ""
        return ConditionFault(f'cannot be read from "{word}" on', "", at)
    if error.message.startswith("data type mismatch"):
        kinds = (f"{name} is {symbols.sort_of(name) or Sort.ANY}" for name in rewritten.names)
        return ConditionFault(
            "compares or combines things of different kinds", "; ".join(kinds), None
        )
    return ConditionFault(error.message, str(getattr(error, "suggestion", None) or ""))
