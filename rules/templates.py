"""Task texts: Jinja2 in a sandbox over a closed table of names, checked before anything runs.

`rules.template_facts` has the names, `rules.template_language` the filters,
`rules.template_check` what is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from jinja2 import TemplateError, meta

from rules.template_check import TemplateFault, faults_in
from rules.template_facts import As, Table, names_with, projected
from rules.template_language import ENVIRONMENT

__all__ = ["Template", "TemplateFault", "compile_template", "template_faults"]

_SAMPLES: Mapping[As, object] = {
    As.TEXT: "text",
    As.DAY: date(2026, 3, 4),
    As.AMOUNT: Decimal(12500),
    As.NUMBER: 3,
    As.ANY: None,
}


class Template:
    """A checked template; `render` never raises for missing or odd values of the table."""

    def __init__(
        self,
        render: Callable[[dict[str, object]], str],
        table: Table,
        one_line: bool,
    ) -> None:
        self._render = render
        self._table = table
        self._one_line = one_line

    def render(self, facts: Mapping[str, Any]) -> str:
        """The text for these facts: groups as mappings or objects, by the names of the table.

        Of any length: what is too long for a task is cut where the task is made
        (`rules.task_lengths`). Missing values are empty. Raises
        TemplateFault where an `extra` has a type that the template's comparison cannot take.
        """
        try:
            text = self._render(projected(facts, self._table))
        except (TypeError, ValueError, ArithmeticError, TemplateError) as error:
            raise TemplateFault(f"the text cannot be made from these values: {error}") from error
        return _line(text) if self._one_line else _body(text)


def compile_template(source: str, extra: Iterable[str] = (), *, one_line: bool = False) -> Template:
    """Check and compile a body, or with `one_line` a subject; raises the first TemplateFault.

    `extra` are further names that are allowed, `record.Renewal_Date__c` or plain `notes`.
    """
    table = names_with(extra)
    for fault in faults_in(source, table):
        raise fault
    used = meta.find_undeclared_variables(ENVIRONMENT.parse(source))
    table = {root: wanted for root, wanted in table.items() if root in used}
    template = Template(ENVIRONMENT.from_string(source).render, table, one_line)
    for facts in (_sample(table), {}):
        template.render(facts)
    return template


def template_faults(source: str, extra: Iterable[str] = ()) -> tuple[TemplateFault, ...]:
    """All that is wrong with a template, in order; empty if `compile_template` would take it."""
    faults = tuple(faults_in(source, names_with(extra)))
    if faults:
        return faults
    try:
        compile_template(source, extra)
    except TemplateFault as fault:
        return (fault,)
    return ()


def _sample(table: Table) -> dict[str, object]:
    """Facts with a value of the right kind everywhere, to find comparisons that cannot work."""
    return {
        root: _SAMPLES[kind]
        if isinstance(kind, As)
        else {part: _SAMPLES[each] for part, each in kind.items()}
        for root, kind in table.items()
    }


def _line(text: str) -> str:
    return " ".join(_without_marker(text).split())


def _body(text: str) -> str:
    tidy = re.sub(r"[ \t]+\n", "\n", _without_marker(text))
    return re.sub(r"\n{3,}", "\n\n", tidy).strip()


def _without_marker(text: str) -> str:
    """The body's last line `[winback:KEY]` is ours to write; nobody's text may look like it."""
    return re.sub(r"\[(?=\s*winback\s*:)", "(", text, flags=re.IGNORECASE)
