"""What is wrong with a template, found before it runs: syntax, names, forbidden constructs.

Only what `_ALLOWED` lists may stand in a template: no loop, call, assignment or import, so that
a text's size and time are bounded by its source.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from jinja2 import TemplateError, TemplateSyntaxError, nodes

from rules.suggest import did_you_mean, nearest
from rules.template_facts import As, Table
from rules.template_language import ENVIRONMENT, FILTERS

SOURCE_LIMIT = 8_000

_ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Const,
    nodes.Name,
    nodes.Getattr,
    nodes.Filter,
    nodes.Keyword,
    nodes.Test,
    nodes.If,
    nodes.CondExpr,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Compare,
    nodes.Operand,
    nodes.Concat,
    nodes.List,
    nodes.Tuple,
    nodes.Neg,
)
_TESTS = frozenset({"defined", "undefined", "none", "in", "eq", "ne", "lt", "le", "gt", "ge"})
_CONDITIONS = (nodes.If, nodes.CondExpr, nodes.And, nodes.Or, nodes.Not, nodes.Test)


class TemplateFault(ValueError):
    """What is wrong with a template, and what would be right; `line` counts from 1, and `word` is
    what stands there, where one word is wrong."""

    def __init__(
        self, message: str, suggestion: str = "", line: int = 1, *, word: str = ""
    ) -> None:
        super().__init__(f"{message}; {suggestion}" if suggestion else message)
        self.message = message
        self.suggestion = suggestion
        self.line = line
        self.word = word

    def place_in(self, source: str) -> int:
        """The offset of the word in the template, else of its line."""
        lines = source.splitlines(keepends=True)
        start = sum(map(len, lines[: self.line - 1]))
        found = re.search(rf"(?<![\w.]){re.escape(self.word)}(?!\w)", source[start:])
        return start + (found.start() if self.word and found else 0)


def faults_in(source: str, table: Table) -> Iterator[TemplateFault]:
    """Each fault of a template over these names, in the order of the text."""
    if len(source) > SOURCE_LIMIT:
        yield TemplateFault(
            f"the text has {len(source):,} characters", f"at most {SOURCE_LIMIT:,} fit"
        )
        return
    yield from _other_dialects(source, table)
    try:
        tree = ENVIRONMENT.parse(source)
        faults = tuple(_walk(tree, table, tree))
        yield from faults
        if not faults:
            ENVIRONMENT.compile(source)
    except TemplateSyntaxError as error:
        yield TemplateFault(
            _unread(error),
            "write a value as {{ contact.name }} and a condition as {% if tier %}...{% endif %}",
            error.lineno,
        )
    except TemplateError as error:
        yield TemplateFault(f"the text does not compile: {error}")
    except (RecursionError, MemoryError, SyntaxError):
        yield TemplateFault("the text is nested too deeply", "split it into shorter conditions")


def _unread(error: TemplateSyntaxError) -> str:
    said = (error.message or "").rstrip(".")
    if "end of print statement" in said:
        ends = "unexpected end" in said
        return "a {{ is not closed by }}" if ends else f"a value cannot be read: {said}"
    if "end of statement block" in said and "unexpected end" in said:
        return "a {% is not closed by %}"
    if said.startswith("Unexpected end of template"):
        return "an {% if %} is not closed by {% endif %}"
    return f"the text does not parse: {said}"


def _walk(node: nodes.Node, table: Table, parent: nodes.Node) -> Iterator[TemplateFault]:
    if not isinstance(node, _ALLOWED):
        yield TemplateFault(*_refusal(node), line=node.lineno)
        return
    if isinstance(node, nodes.Getattr):
        yield from _attribute_faults(node, table)
        return
    if isinstance(node, nodes.Name):
        yield from _name_faults(node, table, isinstance(parent, _CONDITIONS))
    elif isinstance(node, nodes.Filter):
        yield from _choice_faults("filter", node.name, FILTERS, node.lineno)
    elif isinstance(node, nodes.Test):
        yield from _choice_faults("test", node.name, _TESTS, node.lineno)
    for child in node.iter_child_nodes():
        yield from _walk(child, table, node)


def _attribute_faults(node: nodes.Getattr, table: Table) -> Iterator[TemplateFault]:
    if not isinstance(node.node, nodes.Name):
        yield TemplateFault(
            f"'.{node.attr}' goes one step too far",
            "names have two parts, as in contact.name",
            node.lineno,
        )
        return
    root, written = node.node.name, f"{node.node.name}.{node.attr}"
    group = table.get(root)
    if isinstance(group, As):
        yield TemplateFault(
            f"'{root}' has no parts", f"write {{{{ {root} }}}}", node.lineno, word=written
        )
    elif group is None or node.attr not in group:
        near = _nearest(written, table)
        yield TemplateFault(f"no value is named '{written}'", near, node.lineno, word=written)


def _name_faults(node: nodes.Name, table: Table, in_condition: bool) -> Iterator[TemplateFault]:
    known = table.get(node.name)
    if known is None:
        near = _nearest(node.name, table)
        yield TemplateFault(f"no value is named '{node.name}'", near, node.lineno, word=node.name)
    elif not isinstance(known, As) and not in_condition:
        parts = ", ".join(f"{node.name}.{part}" for part in known)
        yield TemplateFault(
            f"'{node.name}' is not a text", f"choose one of {parts}", node.lineno, word=node.name
        )


def _choice_faults(
    what: str, name: str, known: Iterable[str], line: int
) -> Iterator[TemplateFault]:
    if name not in known:
        hint = did_you_mean(name, known) or f"there are {', '.join(sorted(known))}"
        yield TemplateFault(f"there is no {what} '{name}'", hint, line, word=name)


def _nearest(written: str, table: Table) -> str:
    names = [name for name, kind in table.items() if isinstance(kind, As)]
    for root, group in table.items():
        if not isinstance(group, As):
            names += [f"{root}.{part}" for part in group]
    near = nearest(written, names)
    if near is not None:
        return f"did you mean {near}?"
    parts = table.get(written.partition(".")[0])
    if parts is not None and not isinstance(parts, As):
        return f"it has {', '.join(parts)}"
    return f"there are {', '.join(table)}"


def _refusal(node: nodes.Node) -> tuple[str, str]:
    if isinstance(node, nodes.Getitem):
        return "square brackets are not allowed", "write contact.name"
    if isinstance(node, nodes.Call):
        return "calls are not allowed", "use a filter, as in {{ contact.name | upper }}"
    if isinstance(node, nodes.For):
        return "loops are not allowed", "a task's text names single values"
    word = re.sub(r"(?<!^)(?=[A-Z])", " ", type(node).__name__).lower()
    return f"'{word}' is not allowed in a task's text", "use values, filters and if alone"


def _other_dialects(source: str, table: Table) -> Iterator[TemplateFault]:
    """Merge fields of other products, which would reach the rep as they stand."""
    for match in re.finditer(r"\{!\s*([\w.$]+)\s*\}", source):
        line = source.count("\n", 0, match.start()) + 1
        yield TemplateFault(
            f"'{match[0]}' is no value here", _nearest(match[1].replace("$", ""), table), line
        )
    for match in re.finditer(r"(?<![{%])\{\s*(\w+)\.(\w+)\s*\}(?!\})", source):
        if match[1].lower() in table:
            line = source.count("\n", 0, match.start()) + 1
            yield TemplateFault(
                f"'{match[0]}' has single braces", f"write {{{{ {match[1]}.{match[2]} }}}}", line
            )
