"""`winback sandbox`: one line when ready, a clean end, bad input named."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from click.testing import CliRunner

from integration.cli.main import main

SANDBOX = [sys.executable, "-m", "integration", "sandbox"]
ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_it_says_where_it_is_and_ends_clean(tmp_path: Path, ending: signal.Signals) -> None:
    (tmp_path / "Account.csv").write_text("Name\nFoo AG\n")
    command = [*SANDBOX, "--data", str(tmp_path), "--latency", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        assert ready["ready"] is True
        assert ready["salesforce"] != ready["hubspot"]
        with urllib.request.urlopen(f"{ready['url']}/_sandbox/state", timeout=5) as state:  # noqa: S310
            assert json.loads(state.read())
        process.send_signal(ending)
        assert process.stdout.read() == ""
        assert process.wait(timeout=5) == 0


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("Opportunity.csv", b"Name,CloseDate\nA,2026-13-45\n", "Opportunity.csv:2: Close Date"),
        ("deals.csv", b"dealname,amount\nA,1\nB,much\n", "deals.csv:3: "),
        ("deals.csv", b"dealname\n\xff\n", "deals.csv:2: is not UTF-8 text"),
        ("_schema.json", b"{\n", "_schema.json:2: column 1: is not JSON"),
    ],
)
def test_a_bad_folder_is_refused_with_file_and_line(
    tmp_path: Path, name: str, content: bytes, told: str
) -> None:
    (tmp_path / name).write_bytes(content)
    result = CliRunner().invoke(main, ["sandbox", "--data", str(tmp_path)])
    assert result.exit_code == 2
    assert told in result.stderr
    assert result.stdout == ""
