"""Two processes search in one portal, and together stay under its limit."""

from __future__ import annotations

import subprocess
import sys

from connectors.sandbox.server import Sandbox

SEARCHES = 9


def test_no_second_has_more_than_five_searches(sandbox: Sandbox, database_url: str) -> None:
    command = [sys.executable, "-m", "tests.e2e.searching", database_url, sandbox.hubspot_url]
    processes = [subprocess.Popen([*command, str(SEARCHES)]) for _ in range(2)]
    assert [process.wait(60) for process in processes] == [0, 0]
    assert sandbox.hubspot.limiter.refused == {}  # it counts every second by itself
    assert sandbox.world.calls["hubspot", "search"] == 2 * SEARCHES
