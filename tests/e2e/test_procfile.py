"""The Procfile as a Heroku-style host runs it: the release first, then one of each under honcho."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from connectors.sandbox.server import Sandbox
from tests.e2e.grown_up import eventually, free_port
from tests.integration.lost_customer import (
    HUBSPOT,
    SALESFORCE,
    SECRETS,
    lose_in_hubspot,
    lose_in_salesforce,
    rule_file,
    tasks_in,
)
from tests.postgres import Postgres

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


def test_the_procfile_runs(sandbox: Sandbox, postgres: Postgres, tmp_path: Path) -> None:
    lose_in_salesforce(sandbox)
    lose_in_hubspot(sandbox)
    file = rule_file(tmp_path, SALESFORCE % sandbox.salesforce_url, HUBSPOT % sandbox.hubspot_url)
    url = postgres.create("procfile").replace("postgresql://", "postgres://")  # as Heroku spells it
    port = free_port()
    environ = {
        **os.environ,
        **SECRETS,
        "DATABASE_URL": url,
        "WINBACK_CONFIG": str(file),
        "PORT": str(port),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    honcho = [sys.executable, "-m", "honcho", "--procfile", str(ROOT / "Procfile")]
    honcho += ["--app-root", str(ROOT), "--env", str(tmp_path / "none"), "--no-colour"]
    release = subprocess.run([*honcho, "run", *release_phase()], env=environ, check=False)
    assert release.returncode == 0
    with (tmp_path / "said").open("w") as said:
        running = subprocess.Popen(
            [*honcho, "start", "web", "worker", "clock"],
            env=environ,
            stdout=said,
            stderr=subprocess.STDOUT,
        )
        try:
            eventually(lambda: tasks_in(sandbox) == {"sales": 1, "hub": 1}, 60.0)
            assert requests.get(f"http://127.0.0.1:{port}/readyz", timeout=10).json()["ready"]
            running.send_signal(signal.SIGTERM)
            running.wait(25.0)
        finally:
            running.kill()
            running.wait()
    assert tasks_in(sandbox) == {"sales": 1, "hub": 1}
    for secret in SECRETS.values():
        assert secret not in (tmp_path / "said").read_text(encoding="utf-8")


def release_phase() -> list[str]:
    """What the Procfile does before a release is started."""
    lines = (ROOT / "Procfile").read_text(encoding="utf-8").splitlines()
    [found] = [line.removeprefix("release:") for line in lines if line.startswith("release:")]
    return found.split()
