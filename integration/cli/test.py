"""`winback test FILE`: the rule file's own test cases, each with what is not as expected."""

from __future__ import annotations

from collections.abc import Sequence

import click

from integration.cli.context import REFUSED, load_config
from integration.cli.rule_file import rule_file
from integration.config import Config
from integration.plain_json import plain_json
from integration.sense import sense_for
from rules.positions import Positions
from rules.rulebook import Rulebook
from rules.selftest import Tested, run_tests


@click.command("test", epilog="Example: winback test config.toml")
@rule_file
@click.option("--json", "as_json", is_flag=True, help="Every test case as JSON.")
def test_command(file: str, as_json: bool) -> None:
    """Run the test cases ([[test]]) of the rule FILE: what the rules decide for a customer as it
    is given there, against what is expected. No CRM is asked and nothing is stored."""
    config = load_config(file)
    tested = tests_of(config)
    if as_json:
        click.echo(plain_json([_as_json(config, one) for one in tested]))
    else:
        for line in (line for one in tested for line in told(config, one)):
            click.echo(line)
        click.echo(summary(tested))
    if not all(one.holds for one in tested):
        raise SystemExit(REFUSED)


def tests_of(config: Config) -> list[Tested]:
    return list(run_tests(Rulebook(config.ruleset, sense=sense_for(config.ruleset.words))))


def told(config: Config, one: Tested) -> list[str]:
    """A test case that fails, with its place and every difference; nothing of one that holds."""
    if one.holds:
        return []
    head = f'{config.path}:{_line(config, one)}: test "{one.name}" fails'
    return [head, *(f"    {difference}" for difference in one.differences)]


def summary(tested: Sequence[Tested]) -> str:
    failing = sum(not one.holds for one in tested)
    if not tested:
        return "the file has no test cases; rules/README.md says how to write one"
    if failing:
        return f"{failing} of {len(tested)} test cases {'fails' if failing == 1 else 'fail'}"
    return "the test case holds" if len(tested) == 1 else f"all {len(tested)} test cases hold"


def _line(config: Config, one: Tested) -> int:
    path = ("test", one.index, *(one.differences[0].path if one.differences else ()))
    return Positions(config.text).spot(path).line


def _as_json(config: Config, one: Tested) -> dict[str, object]:
    return {
        "file": str(config.path),
        "line": _line(config, one),
        "name": one.name,
        "holds": one.holds,
        "differences": [
            {
                "key": ".".join(map(str, difference.path)),
                "expected": difference.expected,
                "got": difference.got,
                "why": difference.why,
            }
            for difference in one.differences
        ],
    }
