"""A plan with 20 connections, as while a release swaps the old processes for new ones; and a
worker that dies while the CRM lets it wait."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import requests

from connectors.sandbox.server import Sandbox
from connectors.sandbox.world import Fault
from integration.cli import clock, web, worker
from integration.store.engine import upgrade
from tests import worlds
from tests.e2e.grown_up import Crew, connections, crew_of, eventually, idle
from tests.e2e.killing import Scene, assert_everything_once
from tests.postgres import Postgres

pytestmark = pytest.mark.slow

PLAN = 20
ROUTER_WAITS = 30.0  # seconds


def test_two_of_each_and_a_release_fit_into_a_small_plan() -> None:
    release = 1
    all_of_them = 2 * (web.CONNECTIONS + worker.connections(at_once=2)) + clock.CONNECTIONS
    assert all_of_them + release < PLAN  # one is left for whoever looks


def test_a_request_is_answered_while_the_router_waits() -> None:
    connect_anew = 5.0
    assert connect_anew + web.CONNECTION_WITHIN + web.STATEMENT_WITHIN < ROUTER_WAITS


@pytest.fixture
def small_plan(postgres: Postgres) -> Iterator[str]:
    """The URL of a database whose only user may open so few connections, as hosts spell it."""
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE ROLE small LOGIN CONNECTION LIMIT {PLAN}")
        connection.execute("CREATE DATABASE small OWNER small")
    yield f"postgres://small@/small?host={postgres.folder}"
    postgres.drop("small")
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        connection.execute("DROP ROLE small")


@pytest.fixture
def crew(small_plan: str, sandbox: Sandbox, tmp_path: Path) -> Iterator[tuple[Scene, Crew]]:
    upgrade(small_plan)
    scene = Scene(sandbox, small_plan, tmp_path)
    scene.lose(sales=20, hub=20)
    with crew_of(small_plan, tmp_path, scene.configs["sales"], worlds.ENVIRON) as members:
        yield scene, members


def test_two_webs_two_workers_a_clock_and_a_release_at_once(crew: tuple[Scene, Crew]) -> None:
    scene, members = crew
    doors = [members.web(), members.web()]
    members.worker()
    members.worker()
    members.clock()
    urls = [door.ready()["url"] for door in doors]

    def all_is_well() -> bool:
        return all(requests.get(f"{url}/readyz", timeout=30).ok for url in urls)

    eventually(all_is_well)  # the workers have shown themselves
    most = 0
    for _ in range(3):
        upgrade(members.url)
        assert all_is_well()
        most = max(most, connections(members))
    eventually(lambda: idle(members), 60.0)
    assert_everything_once(scene)
    assert most < PLAN
    for member in members.members:
        assert "too many connections" not in member.said()


def test_a_worker_killed_in_a_call_that_hangs_is_taken_over_within_half_a_minute(
    crew: tuple[Scene, Crew],
) -> None:
    scene, members = crew
    world = scene.sandbox.world
    world.faults.append(Fault("hang", crm="hubspot", kind="write", seconds=30.0))
    first = members.worker()
    members.clock()
    eventually(lambda: not world.faults)  # it waits for an answer now
    second = members.worker()
    second.ready()
    first.end(signal.SIGKILL)
    died_at = time.monotonic()
    eventually(lambda: "taken over" in second.said())
    assert time.monotonic() - died_at < 30.0
    eventually(lambda: idle(members), 60.0)
    assert_everything_once(scene)
