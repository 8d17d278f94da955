"""What is written for deploying names commands, options and secrets that are there."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import sysconfig
import tomllib
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
    of_winback = {"WINBACK_CONFIG", "WINBACK_LOG_LEVEL", "SENTRY_DSN", "SENTRY_ENVIRONMENT"}
    assert set(re.findall(r"env:([A-Z_]+[A-Z])", example)) - {"NAME"} == set(asked) - of_winback
    for variable in asked.values():
        assert variable["description"].endswith(".")


IN_A_SLUG = """
import importlib.metadata, os
from datetime import UTC, datetime
from integration.fault_reports import start_reports
from integration.masking import Mask
from integration.web.metrics import exposition

found = [one.name for one in importlib.metadata.distributions() if one.name == "winback"]
assert not found, found
assert start_reports({"SENTRY_DSN": "http://key@127.0.0.1:9/1"}, Mask())
print(exposition(None, 0, datetime(2026, 11, 22, tzinfo=UTC)))
"""


def test_a_host_that_installs_the_requirements_alone_can_run_it(tmp_path: Path) -> None:
    """Of winback only its files are there: a Heroku-style host installs what it needs."""
    for package in ("rules", "connectors", "integration"):
        (tmp_path / package).symlink_to(ROOT / package)
    installed = tmp_path / "installed"
    installed.mkdir()
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if "winback" not in entry.name and entry.suffix != ".pth":
            (installed / entry.name).symlink_to(entry)

    def run(*words: str) -> str:
        return subprocess.run(
            [sys.executable, "-S", *words],
            cwd=tmp_path,
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": f"{tmp_path}:{installed}"},
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert run("-m", "integration", "--version") == f"winback, version {version}\n"
    assert f'winback_info{{version="{version}"' in run("-c", IN_A_SLUG)


def test_the_procfile_runs_one_of_each_that_the_app_forms() -> None:
    lines = (ROOT / "Procfile").read_text(encoding="utf-8").splitlines()
    names = {line.partition(":")[0] for line in lines}
    formed = json.loads((ROOT / "app.json").read_text(encoding="utf-8"))["formation"]
    assert names == set(formed) | {"release"}
