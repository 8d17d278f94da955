"""docs/security.md names tests; a line whose test is gone holds nothing."""

from __future__ import annotations

import ast
import re

from tests.test_whole import ROOT

PAGE = ROOT / "docs" / "security.md"
TEST_ID = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def test_every_test_that_the_page_names_is_there() -> None:
    named = TEST_ID.findall(PAGE.read_text(encoding="utf-8"))
    assert len(named) > 50
    for file, name in named:
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, name


def test_every_line_of_its_tables_is_held_by_one() -> None:
    rows = re.findall(r"^\| \d.*$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert rows
    assert [row for row in rows if not TEST_ID.search(row)] == []
