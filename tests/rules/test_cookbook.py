"""The cookbook: each file is fine, says nothing in vain, holds its tests and can be explained."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from integration.shipped import shipped_reasons
from rules.load import load_ruleset
from rules.rulebook import Rulebook
from rules.ruleset import RuleSet
from rules.selftest import run_tests
from rules.unreachable import unreachable

COOKBOOK = Path(__file__).parents[2] / "docs" / "cookbook"
FILES = sorted(COOKBOOK.glob("*.toml"))


@pytest.fixture(params=FILES, ids=lambda file: file.stem)
def recipe(request: pytest.FixtureRequest) -> tuple[RuleSet, dict[str, str]]:
    file = tomllib.loads(request.param.read_text(encoding="utf-8"))
    kinds = {name: table["kind"] for name, table in file["crm"].items()}
    return load_ruleset(file, kinds, shipped_reasons()), kinds


def test_there_are_four() -> None:
    assert [file.stem for file in FILES] == ["agency", "gym", "saas", "wholesale"]


def test_it_holds_its_own_tests(recipe: tuple[RuleSet, dict[str, str]]) -> None:
    rules, _ = recipe
    tested = list(run_tests(Rulebook(rules)))
    assert len(tested) >= 3
    assert [str(d) for one in tested for d in one.differences] == []


def test_it_says_nothing_in_vain(recipe: tuple[RuleSet, dict[str, str]]) -> None:
    assert [str(one) for one in unreachable(*recipe)] == []
