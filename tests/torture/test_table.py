"""docs/faults.md names tests that exist, and leaves out no fault and no small drill."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.torture.faults import FAULTS

ROOT = Path(__file__).parents[2]
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in (ROOT / "docs/faults.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| # |")
]
NAMED = re.findall(r"`(tests/\S+\.py)::(\w+)(?:\[(\S+)\])?`", "\n".join(map(str, ROWS)))


def test_the_table_has_every_fault_and_a_test_for_each() -> None:
    assert [row[0] for row in ROWS] == [fault.name for fault in FAULTS]
    assert all("::test_" in row[3] for row in ROWS)


def test_every_test_that_it_names_exists() -> None:
    for file, test, _ in NAMED:
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        assert test in {part.name for part in ast.walk(tree) if isinstance(part, ast.FunctionDef)}


def test_every_small_drill_is_named() -> None:
    drills = {f"{fault.name}-{store}" for fault in FAULTS for store in fault.small}
    assert {drill for _, test, drill in NAMED if test == "test_small"} == drills
