"""`python -m tests.rules.parser_tables`: write `rules/parser_tables.py` anew, as rule-engine's
grammar is now. A start takes half a second longer as long as it is another one."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rule_engine._vendor.ply import yacc

import rules
from rules.grammar import Rule
from rules.parsetab import digest_of

FILE = Path(str(rules.__file__)).with_name("parser_tables.py")
WIDTH = 99

_HEAD = '''"""The tables of rule-engine's grammar. Made: `python -m tests.rules.parser_tables`."""

GRAMMAR = "{digest}"
"""The SHA-256 of PLY's description of it."""

PRODUCTIONS = """
{productions}
"""
"""What is made of what, and on the line before it the function that does."""

ACTIONS = """
{actions}
"""
"""By token: states, and where to go on, or the production by which to reduce (negative)."""

GOTOS = """
{gotos}
"""
"""By what was made: states, and where to go on."""
'''


def worked_out() -> Any:
    """PLY's parser for rule-engine's grammar, without any tables made beforehand."""
    return yacc.yacc(
        module=Rule.parser,
        tabmodule="rules.none",
        debug=False,
        write_tables=False,
        errorlog=yacc.NullLogger(),
    )


def tables() -> str:
    """The module's text."""
    made = worked_out()
    return _HEAD.format(
        digest=digest_of(description()),
        productions="\n".join(f"{each.func or '-'}\n {each}" for each in made.productions),
        actions="\n".join(_by_name(made.action)),
        gotos="\n".join(_by_name(made.goto)),
    )


def description() -> str:
    """What PLY knows rule-engine's grammar by."""
    parser = Rule.parser
    found = yacc.ParserReflect({name: getattr(parser, name) for name in dir(parser)})
    found.get_all()
    return str(found.signature())


def _by_name(table: Mapping[int, Mapping[str, int | None]]) -> Iterator[str]:
    for name in sorted({name for row in table.values() for name in row}):
        pairs = (
            f"{state}={'' if row[name] is None else row[name]}"
            for state, row in sorted(table.items())
            if name in row
        )
        yield textwrap.fill(f"{name}: {' '.join(pairs)}", WIDTH, subsequent_indent=" ")


if __name__ == "__main__":
    FILE.write_text(tables(), encoding="utf-8")
