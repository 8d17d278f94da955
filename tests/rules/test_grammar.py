"""The tables of rule-engine's grammar are those that PLY would work out."""

from __future__ import annotations

from rules import parsetab
from rules.grammar import Rule
from tests.rules.parser_tables import FILE, description, tables, worked_out


def test_the_tables_are_those_of_the_grammar_that_is_installed() -> None:
    """Else `python -m tests.rules.parser_tables` writes them anew."""
    assert FILE.read_text(encoding="utf-8") == tables()


def test_what_is_read_from_them_is_what_would_be_worked_out() -> None:
    made, read = worked_out(), Rule.parser._parser
    assert read.action is parsetab._lr_action
    assert read.action == made.action
    assert read.goto == {state: row for state, row in made.goto.items() if row}
    assert [(str(p), p.name, p.len, p.func) for p in read.productions] == [
        (str(p), p.name, p.len, p.func) for p in made.productions
    ]


def test_they_hold_for_their_grammar_alone() -> None:
    assert parsetab._lr_signature == description()
    assert parsetab._lr_signature != description() + "expression : expression MUCH expression"
