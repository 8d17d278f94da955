"""`winback run` as a process: it says when it is ready, works, and ends without losing anything."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from connectors.sandbox.server import Sandbox
from integration.cli.run import _listening
from integration.web.serving import Place
from tests.integration.engine.quiet_crm import runtime_of
from tests.integration.lost_customer import (
    HUBSPOT,
    PERSON,
    SALESFORCE,
    SECRETS,
    lose_in_hubspot,
    lose_in_salesforce,
    rule_file,
    tasks_in,
)

ROOT = Path(__file__).parents[2]


@dataclass
class Running:
    """A `winback run` that said that it is ready."""

    process: subprocess.Popen[str]
    url: str

    def end(self, sign: int = signal.SIGTERM, within: float = 25.0) -> tuple[str, str, int]:
        """What else it said on standard output and standard error, and its exit code."""
        self.process.send_signal(sign)
        out, err = self.process.communicate(timeout=within)
        return out, err, self.process.returncode


def command(file: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "integration", "run", "--config", str(file), *options]


def environ(database_url: str, **more: str) -> Mapping[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "PORT"}
    return {**kept, **SECRETS, "DATABASE_URL": database_url, **more}


@contextmanager
def running(file: Path, database_url: str, *options: str, **more: str) -> Iterator[Running]:
    process = subprocess.Popen(
        command(file, "--port", "0", *options),
        env=environ(database_url, **more),
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        assert process.stdout
        line = process.stdout.readline()
        ready = json.loads(line) if line else {}
        assert ready.get("ready") is True, line
        yield Running(process, ready["url"])
    finally:
        process.kill()
        process.communicate()


def eventually(holds: Callable[[], object], seconds: float = 30.0) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it never came about"
        time.sleep(0.05)


def readyz(url: str) -> dict[str, Any]:
    answer: dict[str, Any] = requests.get(f"{url}/readyz", timeout=10).json()
    return answer


def settled(url: str) -> bool:
    """A poll of every CRM came to its end, and nothing is on its way."""
    crms = readyz(url)["crms"].values()
    return all(c["last_success_at"] and not c["oldest_due_at"] for c in crms)


@pytest.fixture
def both_crms(sandbox: Sandbox, tmp_path: Path) -> Path:
    lose_in_salesforce(sandbox)
    lose_in_hubspot(sandbox)
    return rule_file(tmp_path, SALESFORCE % sandbox.salesforce_url, HUBSPOT % sandbox.hubspot_url)


def test_a_day_in_the_life(sandbox: Sandbox, both_crms: Path, sqlite_url: str) -> None:
    with running(both_crms, sqlite_url) as winback:
        assert winback.url.startswith("http://127.0.0.1:")
        eventually(lambda: tasks_in(sandbox) == {"sales": 1, "hub": 1})
        eventually(lambda: settled(winback.url))
        assert readyz(winback.url)["ready"] is True
        assert 'kind="task_create",state="delivered"} 1' in metrics(winback.url)
        assert_no_banner(winback.url)

        second = subprocess.run(
            command(both_crms, "--port", "0"),
            env=environ(sqlite_url),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (second.returncode, second.stdout) == (2, "")
        assert "another winback process works on this store" in second.stderr

        out, err, code = winback.end()
    assert (out, code) == ("", 0)
    assert tasks_in(sandbox) == {"sales": 1, "hub": 1}
    for line in err.splitlines():
        assert {"at", "level", "logger", "message"} <= set(json.loads(line))
    for secret in (*SECRETS.values(), PERSON, "zebra-words", "Foo AG"):
        assert secret not in err


def metrics(url: str) -> str:
    return requests.get(f"{url}/metrics", timeout=10).text


def assert_no_banner(url: str) -> None:
    assert "Server" not in requests.get(f"{url}/healthz", timeout=10).headers
    with socket.create_connection(("127.0.0.1", int(url.rsplit(":", 1)[1])), 10) as connection:
        connection.sendall(b"nonsense\r\n\r\n")
        assert b"waitress" not in connection.recv(4096).lower()


def test_killed_at_work_and_started_again(
    sandbox: Sandbox, both_crms: Path, database_url: str
) -> None:
    with running(both_crms, database_url, WINBACK_CRASH="decided:1") as winback:
        assert winback.process.wait(30) == -signal.SIGKILL
    assert sum(tasks_in(sandbox).values()) < 2
    with running(both_crms, database_url) as winback:
        eventually(lambda: tasks_in(sandbox) == {"sales": 1, "hub": 1})
        eventually(lambda: settled(winback.url))
        assert winback.end(signal.SIGINT)[2] == 0
    assert tasks_in(sandbox) == {"sales": 1, "hub": 1}


def test_a_crm_that_hangs_holds_up_nobody_and_not_the_end(
    sandbox: Sandbox, tmp_path: Path, sqlite_url: str
) -> None:
    lose_in_hubspot(sandbox)
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        nobody = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        file = rule_file(tmp_path, SALESFORCE % nobody, HUBSPOT % sandbox.hubspot_url)
        with running(file, sqlite_url, "--stop-within", "0.5") as winback:
            eventually(lambda: tasks_in(sandbox)["hub"] == 1)
            out, err, code = winback.end(within=10.0)
    assert (out, code) == ("", 0)
    assert "its rows will be read back" in err


def test_a_port_that_is_taken_is_refused(
    sqlite_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    runtime = runtime_of(sqlite_url)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SystemExit) as refused:
            _listening(runtime, Place("127.0.0.1", port))
    assert refused.value.code == 2
    assert f"cannot listen on 127.0.0.1, port {port}" in capsys.readouterr().err
    runtime.engine.dispose()
