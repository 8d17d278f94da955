"""rule-engine, imported with the tables of its grammar made beforehand.

PLY, the parser generator inside rule-engine, works the tables out anew at each start, a quarter of
a second for rule-engine's parser and as much for ours, unless a module `parsetab` stands beside
the grammar. rule-engine ships none, so ours (`rules.parsetab`) is put into that place. All of the
rules import rule-engine from here.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TypeVar

from rules import parsetab

sys.modules.setdefault("rule_engine.parser.parsetab", parsetab)

from rule_engine import Context, DataType, Rule, ast, errors  # noqa: E402 (after its tables)
from rule_engine.ast.binary.base import BinaryExpressionBase  # noqa: E402
from rule_engine.parser import Parser  # noqa: E402

__all__ = [
    "BinaryExpressionBase",
    "Context",
    "DataType",
    "Parser",
    "Rule",
    "ast",
    "errors",
    "instead_of",
]

Production = TypeVar("Production", bound=Callable[..., None])


def instead_of(original: Any) -> Callable[[Production], Production]:
    """Marks what a parser does where the grammar says the same as in `original`: PLY reads the
    grammar from the docstrings, in the order of the lines."""

    def marked(production: Production) -> Production:
        production.__doc__ = original.__doc__
        production.co_firstlineno = original.__code__.co_firstlineno  # type: ignore[attr-defined]
        return production

    return marked
