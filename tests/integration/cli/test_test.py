"""`winback test`: the rule file's own cases, told with their place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from integration.cli.test import test_command as command

ROOT = Path(__file__).parents[3]
FILE = """
[[reason]]
id = "price"

[[playbook]]
name = "call"
[[playbook.task]]
key = "listen"
subject = "Call"

[[test]]
name = "a call"
given = { wins = 1 }
expect = { playbook = "call" }

[[test]]
given = { verdict = "prospect" }
expect = { playbook = "call" }
"""


def run(tmp_path: Path, text: str, *options: str) -> Result:
    file = tmp_path / "rules.toml"
    file.write_text(text, encoding="utf-8")
    return CliRunner().invoke(command, [str(file), *options])


def test_what_is_not_as_expected_is_told_with_its_line(tmp_path: Path) -> None:
    result = run(tmp_path, FILE)
    assert result.exit_code == 2
    assert result.stdout.splitlines() == [
        f'{tmp_path / "rules.toml"}:18: test "test 2" fails',
        '    playbook: expected "call", got none (verdict prospect, category unknown)',
        "1 of 2 test cases fails",
    ]


def test_as_json(tmp_path: Path) -> None:
    first, second = json.loads(run(tmp_path, FILE, "--json").stdout)
    assert (first["holds"], first["line"], first["differences"]) == (True, 11, [])
    assert second["differences"][0]["key"] == "expect.playbook"


def test_a_file_with_faults_is_refused_before(tmp_path: Path) -> None:
    result = run(tmp_path, FILE.replace("wins = 1", "winns = 1"))
    assert result.exit_code == 2
    assert 'test.given.winns: unknown name; did you mean "wins"?' in result.stderr


def test_the_shipped_example_holds() -> None:
    result = CliRunner().invoke(command, [str(ROOT / "config.example.toml")])
    assert (result.exit_code, result.stdout) == (0, "all 9 test cases hold\n")


@pytest.mark.parametrize("given", ["{}", "--config {}", "{} --config other.toml", ""])
def test_the_file_may_be_named_as_other_commands_have_it(tmp_path: Path, given: str) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(FILE.partition("[[test]]\ngiven")[0], encoding="utf-8")
    wanted = given.format(file).split()
    result = CliRunner(env={"WINBACK_CONFIG": str(file)}).invoke(command, wanted)
    assert (result.exit_code, result.stdout) == (0, "the test case holds\n")
