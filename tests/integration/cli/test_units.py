"""The systemd units of docs/deploy-server.md: what they start can be started, and systemd knows
every one of their keys, where this machine can ask it."""

from __future__ import annotations

import configparser
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import click
import pytest

from integration.cli.main import main
from integration.cli.run import STOP_WITHIN as RUN_STOPS_WITHIN
from integration.cli.worker import STOP_WITHIN as WORKER_STOPS_WITHIN

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs" / "deploy-server.md").read_text(encoding="utf-8")
INSTALLED = "/opt/winback/.venv/bin/winback"


def units() -> Mapping[str, str]:
    """File name -> text: the one that is written out, and those that differ in two lines."""
    [whole] = re.findall(r"```ini\n(.*?)```", TEXT, re.DOTALL)
    found = {"winback.service": whole}
    rows = re.findall(
        r"^\| `(winback-[a-z@]+\.service)` \| (.+?) \| `(.+?)` \|$", TEXT, re.MULTILINE
    )
    before = rows[0][1].strip("`")
    for name, _, start in rows:
        lines = f"ExecStartPre={before}\nExecStart={start}"
        found[name] = re.sub(r"^ExecStart=.*$", lines, whole, flags=re.MULTILINE)
    return found


def commands(unit: str) -> list[str]:
    parsed = configparser.ConfigParser(interpolation=None, strict=False)
    parsed.optionxform = str  # type: ignore[assignment,method-assign] # keys as systemd has them
    parsed.read_string(unit)
    assert parsed.sections() == ["Unit", "Service", "Install"]
    service = parsed["Service"]
    assert int(service["TimeoutStopSec"]) > max(RUN_STOPS_WITHIN, WORKER_STOPS_WITHIN) + 5
    return [service[key] for key in ("ExecStartPre", "ExecStart") if key in service]


@pytest.mark.parametrize("name", units())
def test_what_a_unit_starts_can_be_started(name: str) -> None:
    for line in commands(units()[name]):
        program, *words = shlex.split(line)
        assert program == INSTALLED
        command: click.Command = main
        context = click.Context(main)
        while isinstance(command, click.Group):
            sub = command.get_command(context, words.pop(0))
            assert sub is not None, line
            command = sub
        command.make_context(command.name, words)  # raises for what it does not take


def test_every_kind_of_process_has_its_unit() -> None:
    started = {shlex.split(commands(unit)[-1])[1] for unit in units().values()}
    assert started == {"run", "web", "worker", "clock"}


def test_systemd_finds_no_fault_in_them(tmp_path: Path) -> None:
    """It looks for the programs too, so that they are those of this environment here."""
    files = []
    for name, unit in units().items():
        file = tmp_path / name.replace("@", "@1")
        here = str(Path(sys.executable).with_name("winback"))
        file.write_text(unit.replace(INSTALLED, here), encoding="utf-8")
        files.append(file)
    systemd = shutil.which("systemd-analyze")
    if systemd is None:  # the tests above hold what can be held without it
        return
    told = subprocess.run(
        [systemd, "verify", "--man=no", *files], capture_output=True, text=True, check=False
    )
    assert (told.returncode, told.stdout, told.stderr) == (0, "", "")
