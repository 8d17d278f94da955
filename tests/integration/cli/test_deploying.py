"""What is written for deploying names commands, options and secrets that are there."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from integration.cli.main import COMMANDS, main

ROOT = Path(__file__).parents[3]
WRITTEN = ("docs/deploy-heroku.md", "docs/deploy-server.md", "Procfile")


def named(file: str) -> Iterator[list[str]]:
    """The words after `winback` in code, options without their values."""
    text = (ROOT / file).read_text(encoding="utf-8")
    code = "\n".join(re.findall(r"```.*?```|`[^`]+`", text, re.DOTALL)) if "docs" in file else text
    for line in re.findall(r"(?:bin/winback|\bwinback|-m integration) ([^\n`|]+)", code):
        words = shlex.split(line.replace("$", ""))
        if words and words[0] in COMMANDS:
            yield words


@pytest.mark.parametrize("file", WRITTEN)
def test_what_is_written_can_be_typed(file: str) -> None:
    found = list(named(file))
    assert found
    for words in found:
        command: click.Command = main
        context = click.Context(main)
        for word in words:
            if isinstance(command, click.Group):
                sub = command.get_command(context, word)
                assert sub is not None, words
                command = sub
            elif word.startswith("--"):
                assert word in {opt for param in command.params for opt in param.opts}, words


def test_the_app_asks_for_the_secrets_that_the_example_names() -> None:
    asked = json.loads((ROOT / "app.json").read_text(encoding="utf-8"))["env"]
    example = (ROOT / "config.example.toml").read_text(encoding="utf-8")
    of_winback = {"WINBACK_CONFIG", "SENTRY_DSN"}
    assert set(re.findall(r"env:([A-Z_]+[A-Z])", example)) - {"NAME"} == set(asked) - of_winback
    for variable in asked.values():
        assert variable["description"].endswith(".")


def test_the_procfile_runs_one_of_each_that_the_app_forms() -> None:
    lines = (ROOT / "Procfile").read_text(encoding="utf-8").splitlines()
    names = {line.partition(":")[0] for line in lines}
    formed = json.loads((ROOT / "app.json").read_text(encoding="utf-8"))["formation"]
    assert names == set(formed) | {"release"}
