"""`winback web`, `worker` and `clock` on one PostgreSQL: any number of each, killed or ended."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from connectors.sandbox.server import start
from integration.cli import clock, web, worker
from tests import worlds
from tests.e2e.grown_up import (
    Crew,
    Member,
    connections,
    crew_of,
    cut_connections,
    eventually,
    idle,
    jobs_under_way,
    row_states,
)
from tests.e2e.killing import Scene, assert_everything_once

pytestmark = pytest.mark.slow


@dataclass
class Stage:
    scene: Scene
    crew: Crew

    def slow_down(self, seconds: float) -> None:
        """From now on every call to a CRM takes that long."""
        self.scene.sandbox.world.latency = seconds

    def everything_is_done(self) -> None:
        eventually(lambda: idle(self.crew))
        assert_everything_once(self.scene)


@pytest.fixture
def stage(postgres_url: str, tmp_path: Path) -> Iterator[Stage]:
    with start() as sandbox:
        scene = Scene(sandbox, postgres_url, tmp_path)
        scene.lose(sales=20, hub=20)
        with crew_of(postgres_url, tmp_path, scene.configs["sales"], worlds.ENVIRON) as crew:
            yield Stage(scene, crew)


@pytest.mark.parametrize(("webs", "workers", "clocks"), [(1, 1, 1), (2, 3, 2)])
def test_any_number_of_processes_ends_in_the_same_state(
    stage: Stage, webs: int, workers: int, clocks: int
) -> None:
    crew = stage.crew
    doors = [crew.web() for _ in range(webs)]
    for _ in range(workers):
        crew.worker()
    for _ in range(clocks):
        crew.clock()
    stage.everything_is_done()
    most = webs * web.CONNECTIONS + workers * worker.connections(2) + clocks * clock.CONNECTIONS
    assert connections(crew) <= most
    for door in doors:
        assert requests.get(f"{door.ready()['url']}/readyz", timeout=10).json()["ready"]
    for member in crew.members:
        assert member.end() == 0, member.said()
        for word in ("ready", "ended"):  # lines in its log, of either shape
            assert re.search(rf"\binfo\b.*\b{word}\b", member.said())


def test_a_port_that_is_taken_ends_the_web_with_a_sentence(stage: Stage) -> None:
    port = int(stage.crew.web().ready()["url"].rpartition(":")[2])
    second = stage.crew.web_at(port)
    second.process.join(30)
    assert second.process.exitcode == 2
    said = f"cannot listen on 127.0.0.1, port {port}: Address already in use\n"
    assert second.said() == said


def test_what_a_killed_worker_had_is_taken_over(stage: Stage) -> None:
    first = stage.crew.worker(crash="answered:1")  # the CRM has the batch, and we do not know
    stage.crew.clock()
    first.process.join(30)
    assert first.process.exitcode == -signal.SIGKILL
    stage.crew.worker()
    stage.everything_is_done()


LONG_GRACE = "2 minutes"


def test_a_batch_that_was_claimed_and_not_sent_waits_for_no_grace(stage: Stage) -> None:
    scene = stage.scene
    stage.crew.config = worlds.rule_file(
        scene.folder, scene.sandbox, crms=("sales", "hub"), grace=LONG_GRACE
    )
    first = stage.crew.worker(crash="batch claimed:1")
    stage.crew.clock()
    first.process.join(30)
    assert first.process.exitcode == -signal.SIGKILL
    assert "in_flight" in row_states(stage.crew)
    stage.crew.worker()
    stage.everything_is_done()  # which waits for half a minute


def at_its_first_batch(stage: Stage) -> Member:
    """A worker that has claimed rows and waits for a CRM."""
    stage.crew.clock()
    worker = stage.crew.worker()
    stage.slow_down(0.15)
    eventually(lambda: "in_flight" in row_states(stage.crew))
    return worker


def test_a_worker_that_is_told_to_end_leaves_nothing_under_way(stage: Stage) -> None:
    worker = at_its_first_batch(stage)
    assert worker.end(within=5.0) == 0
    assert "in_flight" not in row_states(stage.crew)
    assert jobs_under_way(stage.crew) == 0
    stage.slow_down(0)
    stage.crew.worker()
    stage.everything_is_done()


def test_a_worker_that_was_stopped_for_long_writes_nothing_more(stage: Stage) -> None:
    worker = at_its_first_batch(stage)
    os.kill(worker.process.pid or 0, signal.SIGSTOP)
    stage.slow_down(0)
    stage.crew.worker()
    eventually(lambda: idle(stage.crew))
    os.kill(worker.process.pid or 0, signal.SIGCONT)
    time.sleep(0.5)
    assert worker.end() == 0
    stage.everything_is_done()


def test_all_go_on_after_the_database_cut_their_connections(stage: Stage) -> None:
    url = stage.crew.web().ready()["url"]
    at_its_first_batch(stage)
    assert cut_connections(stage.crew)
    stage.slow_down(0)
    stage.everything_is_done()
    assert requests.get(f"{url}/readyz", timeout=10).json()["ready"]
    assert all(member.process.is_alive() for member in stage.crew.members)


def test_a_stop_does_not_wait_for_a_crm_that_hangs(stage: Stage) -> None:
    stage.slow_down(20)
    stage.crew.clock()
    worker = stage.crew.worker(stop_within=0.5)
    eventually(lambda: jobs_under_way(stage.crew) == 2)
    assert worker.end(within=5.0) == 0
    assert "its job is given back" in worker.said()
    assert jobs_under_way(stage.crew) == 0
