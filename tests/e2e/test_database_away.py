"""Processes that start while their PostgreSQL is away: they wait, say so once, and go on."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from connectors.sandbox.server import Sandbox
from tests import worlds
from tests.e2e.grown_up import Crew, Member, crew_of, eventually, free_port
from tests.postgres import Postgres
from tests.torture.proxy import FaultProxy

pytestmark = pytest.mark.slow

WAITING = "the database is away"


@dataclass
class Away:
    crew: Crew
    proxy: FaultProxy


@pytest.fixture
def away(postgres: Postgres, postgres_url: str, sandbox: Sandbox, tmp_path: Path) -> Iterator[Away]:
    """A crew whose database cannot be reached until `proxy.mend()`."""
    proxy = FaultProxy(postgres.folder / ".s.PGSQL.5432")
    proxy.go_away()
    name = postgres_url.partition("?")[0].rpartition("/")[2]
    url = f"postgresql://postgres:pw@127.0.0.1:{proxy.port}/{name}"
    rules = worlds.rule_file(tmp_path, sandbox)
    with crew_of(url, tmp_path, rules, worlds.ENVIRON) as crew:
        yield Away(crew, proxy)
    proxy.close()


def waits(member: Member) -> None:
    eventually(lambda: member.output.exists() and WAITING in member.said())


def test_all_wait_for_it_and_go_on_when_it_comes(away: Away) -> None:
    port = free_port()
    web = away.crew.web_at(port)
    others = [away.crew.worker(), away.crew.clock(), away.crew.run()]
    for member in (web, *others):
        waits(member)
    url = f"http://127.0.0.1:{port}"
    assert requests.get(f"{url}/healthz", timeout=10).json() == {"alive": True}
    ready = requests.get(f"{url}/readyz", timeout=10)
    assert (ready.status_code, ready.json()["because"]) == (503, ["database away"])
    pushed = requests.post(f"{url}/hooks/hub", data=b"[" + b" " * 100_000, timeout=10)
    assert pushed.status_code == 503
    assert others.pop().end(within=5.0) == 0

    away.proxy.mend()
    assert web.ready()["url"] == url
    for member in others:
        assert member.ready()["ready"]
    eventually(lambda: requests.get(f"{url}/readyz", timeout=10).json()["database"] == "ok")
    for member in (web, *others):
        assert member.end() == 0
        assert member.said().count(WAITING) == 1
        assert "the database answers, after" in member.said()


@pytest.mark.parametrize("command", ["web", "worker", "clock"])
def test_who_waits_ends_at_once_when_told_to(away: Away, command: str) -> None:
    member: Member = getattr(away.crew, command)()
    waits(member)
    began = time.monotonic()
    assert member.end(signal.SIGTERM, within=10.0) == 0
    assert time.monotonic() - began < 3.0


def test_a_database_that_refuses_us_is_not_waited_for(away: Away) -> None:
    away.proxy.mend()
    known = away.crew.url.rpartition("/")[2]
    away.crew.url = away.crew.url.replace(known, "no_such_database")
    member = away.crew.clock()
    member.process.join(30)
    assert member.process.exitcode == 2
    assert 'database "no_such_database" does not exist' in member.said()
    assert "pw" not in member.said().replace("password", "")
