"""Processes that start at the same time on a new PostgreSQL: one migrates, the others wait."""

from __future__ import annotations

import subprocess
import sys

from tests.postgres import Postgres

UPGRADE = "import sys; from integration.store.engine import upgrade; upgrade(sys.argv[1])"


def test_three_processes_may_migrate_at_once(postgres: Postgres) -> None:
    url = postgres.create("migrated_at_once")
    started = [subprocess.Popen([sys.executable, "-c", UPGRADE, url]) for _ in range(3)]
    try:
        assert [process.wait(timeout=60) for process in started] == [0, 0, 0]
    finally:
        postgres.drop("migrated_at_once")
