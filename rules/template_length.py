"""How long the text of a template becomes: at the least, from its own words alone, and at the
most that is likely once the values are filled in. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jinja2 import TemplateError, nodes

from rules.fault import Fault, Path
from rules.playbook import PlaybookTask
from rules.ruleset import RuleSet
from rules.tables import Table, tables
from rules.task_lengths import BODY_LIMIT, SUBJECT_LIMIT
from rules.template_facts import NAMES, TEXT_LIMIT, As
from rules.template_language import ENVIRONMENT

_LIMITS = (("subject", SUBJECT_LIMIT), ("body", BODY_LIMIT))
_LIKELY = {As.TEXT: 60, As.DAY: 17, As.AMOUNT: 20, As.NUMBER: 10, As.ANY: 60}
"""Characters that few values of a kind exceed."""

_LONG = {
    "loss.words": TEXT_LIMIT,
    "loss.stated_reason": 120,
    "loss.record_name": 100,
    "loss.link": 120,
    "recovery.goal": 100,
    "bought.items": TEXT_LIMIT,
    "bought.not_known": 150,
    "offer.text": 400,
    "way_back.call": 120,
    "way_back.terms": 300,
    "way_back.quote": 300,
    "way_back.start": 300,
}
_FIRST_NAME = 20
_TRUNCATED = 200
"""Of the filter `truncate` without a number."""


@dataclass(frozen=True, slots=True)
class Length:
    """In characters. `longest` is the name whose value may be longest, "" without any."""

    least: int = 0
    likely: int = 0
    longest: str = ""
    of_longest: int = 0

    def __add__(self, other: Length) -> Length:
        more = max(self, other, key=lambda one: one.of_longest)
        least, likely = self.least + other.least, self.likely + other.likely
        return Length(least, likely, more.longest, more.of_longest)

    def at_most(self, limit: int) -> Length:
        if self.likely <= limit:
            return self
        return Length(min(self.least, limit), limit, self.longest, min(self.of_longest, limit))


def length_of(source: str, *, one_line: bool = False) -> Length:
    """Nothing where the template does not parse, which is a fault of its own."""
    try:
        tree = ENVIRONMENT.parse(source)
    except TemplateError:
        return Length()
    return _all(tree.body, one_line=one_line)


def length_faults(file: Table) -> Iterator[Fault]:
    """Texts that are too long whatever is filled in: their end would never be read."""
    for section in ("playbook.task", "cadence"):
        for path, table in tables(file, section):
            for key, limit in _LIMITS:
                source = table.get(key)
                if not isinstance(source, str):
                    continue
                least = length_of(source, one_line=key == "subject").least
                if least > limit:
                    yield Fault((*path, key), *_too_long(key, least, limit))


def _too_long(key: str, least: int, limit: int) -> tuple[str, str]:
    return (
        f"has {least:,} characters, and a task's {key} has room for {limit:,}",
        "say it in fewer words" + (", or say the rest in the body" if key == "subject" else ""),
    )


def length_doubts(rules: RuleSet) -> Iterator[Fault]:
    """Texts that some values make too long: they are cut then."""
    for index, playbook in enumerate(rules.playbooks):
        for number, task in enumerate(playbook.tasks):
            path = ("playbook", index, "task", number)
            yield from _cut((*path, "subject"), task.subject, SUBJECT_LIMIT - _tried(task))
            yield from _cut((*path, "body"), task.body, BODY_LIMIT)
    for index, cadence in enumerate(rules.cadences):
        yield from _cut(("cadence", index, "subject"), cadence.subject, SUBJECT_LIMIT)
        yield from _cut(("cadence", index, "body"), cadence.body, BODY_LIMIT)


def _tried(task: PlaybookTask) -> int:
    """What a later try puts before the subject."""
    return len(f"(try {task.attempts} of {task.attempts}) ") if task.attempts > 1 else 0


def _cut(path: Path, source: str, limit: int) -> Iterator[Fault]:
    length = length_of(source, one_line=path[-1] == "subject")
    if length.likely <= limit:
        return
    name = length.longest
    room = max(limit - (length.likely - length.of_longest), 20)
    cuts = f"write {{{{ {name} | truncate({room}) }}}}" if name else "say it in fewer words"
    yield Fault(
        path,
        f'"{name}" may make it longer than {limit:,} characters, and then its end is cut off'
        if name
        else f"is longer than {limit:,} characters with what stands before it, and is cut",
        f"{cuts}, or name it in the body" if path[-1] == "subject" and name else cuts,
        source.find(name) if name else None,
    )


# ---- the parts of a template


def _all(parts: Sequence[nodes.Node], *, one_line: bool) -> Length:
    return sum((_part(part, one_line=one_line) for part in parts), Length())


def _part(part: nodes.Node, *, one_line: bool) -> Length:
    if isinstance(part, nodes.TemplateData):
        text = re.sub(r"\s+", " ", part.data) if one_line else part.data
        return Length(len(text), len(text))
    if isinstance(part, nodes.Output):
        return _all(part.nodes, one_line=one_line)
    if isinstance(part, nodes.If):
        ways = [part.body, *(one.body for one in part.elif_), part.else_]
        return _either([_all(way, one_line=one_line) for way in ways])
    return _value(part)


def _value(node: nodes.Node) -> Length:
    match node:
        case nodes.Const():
            size = len(str(node.value))
            return Length(size, size)
        case nodes.Getattr(node=nodes.Name() as root):
            return _named(f"{root.name}.{node.attr}")
        case nodes.Name():
            return _named(node.name)
        case nodes.Filter() if node.node is not None:
            return _filtered(node, _value(node.node))
        case nodes.Or() | nodes.And():
            return _either([_value(node.left), _value(node.right)])
        case nodes.CondExpr():
            other = _value(node.expr2) if node.expr2 is not None else Length()
            return _either([_value(node.expr1), other])
        case nodes.Concat():
            return sum(map(_value, node.nodes), Length())
    return Length()


def _named(name: str) -> Length:
    root, _, part = name.partition(".")
    group = NAMES.get(root, As.ANY)
    kind = group if isinstance(group, As) else group.get(part, As.ANY)
    size = _FIRST_NAME if part == "first_name" else _LONG.get(name, _LIKELY[kind])
    return Length(0, size, name, size)


def _filtered(node: nodes.Filter, inner: Length) -> Length:
    given = [one.value for one in node.args if isinstance(one, nodes.Const)]
    if node.name == "truncate":
        limit = given[0] if given and isinstance(given[0], int) else _TRUNCATED
        return inner.at_most(limit + 1)
    if node.name == "first":
        return inner.at_most(_FIRST_NAME)
    if node.name == "default" and given:
        return _either([inner, Length(0, len(str(given[0])))])
    return inner


def _either(ways: Sequence[Length]) -> Length:
    longest = max(ways, key=lambda one: one.likely)
    return Length(
        min(one.least for one in ways), longest.likely, longest.longest, longest.of_longest
    )
