"""`winback web`, `worker` and `clock` on one PostgreSQL: any number of each, killed or ended."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from connectors.sandbox.server import start
from tests.e2e.grown_up import Crew, crew_of, eventually, idle, jobs_under_way, row_states
from tests.e2e.killing import Scene, assert_everything_once

pytestmark = pytest.mark.slow


@pytest.fixture
def crew(postgres_url: str, tmp_path: Path) -> Iterator[Crew]:
    with start() as sandbox:
        scene = Scene(sandbox, postgres_url, tmp_path)
        scene.lose(sales=20, hub=20)
        with crew_of(scene) as crew:
            yield crew


@pytest.mark.parametrize(("webs", "workers", "clocks"), [(1, 1, 1), (2, 3, 2)])
def test_any_number_of_processes_ends_in_the_same_state(
    crew: Crew, webs: int, workers: int, clocks: int
) -> None:
    doors = [crew.web() for _ in range(webs)]
    for _ in range(workers):
        crew.worker()
    for _ in range(clocks):
        crew.clock()
    eventually(lambda: idle(crew.scene))
    assert_everything_once(crew.scene)
    for door in doors:
        assert requests.get(f"{door.ready()['url']}/readyz", timeout=10).json()["ready"]
    for member in crew.members:
        assert member.end() == 0, member.said()


@pytest.mark.parametrize("point", ["sent", "answered", "decided"])
def test_what_a_killed_worker_had_is_taken_over(crew: Crew, point: str) -> None:
    first = crew.worker(crash=f"{point}:1")
    crew.clock()
    first.process.join(30)
    assert first.process.exitcode == -signal.SIGKILL
    crew.worker()
    eventually(lambda: idle(crew.scene))
    assert_everything_once(crew.scene)


def test_a_worker_that_is_told_to_end_finishes_its_batch_and_leaves_nothing_under_way(
    crew: Crew,
) -> None:
    crew.clock()
    first = crew.worker()
    crew.scene.sandbox.world.latency = 0.2
    eventually(lambda: "in_flight" in row_states(crew.scene))
    assert first.end(within=5.0) == 0
    assert "in_flight" not in row_states(crew.scene)
    assert jobs_under_way(crew.scene) == 0
    crew.worker()
    eventually(lambda: idle(crew.scene))
    assert_everything_once(crew.scene)


def test_a_worker_that_was_stopped_for_long_writes_nothing_more(crew: Crew) -> None:
    """Stopped with a batch claimed; others take over; continued, it must not send it."""
    crew.clock()
    first = crew.worker()
    crew.scene.sandbox.world.latency = 0.1
    eventually(lambda: "in_flight" in row_states(crew.scene))
    os.kill(first.process.pid or 0, signal.SIGSTOP)
    crew.worker()
    eventually(lambda: idle(crew.scene))
    os.kill(first.process.pid or 0, signal.SIGCONT)
    time.sleep(1.0)
    assert first.end() == 0
    assert_everything_once(crew.scene)
    assert idle(crew.scene)


def test_a_stop_does_not_wait_for_a_crm_that_hangs(crew: Crew) -> None:
    crew.clock()
    first = crew.worker(stop_within=0.5)
    crew.scene.sandbox.world.latency = 20.0
    eventually(lambda: jobs_under_way(crew.scene) == 2)
    assert first.end(within=5.0) == 0
    assert "its job is given back" in first.said()
    assert jobs_under_way(crew.scene) == 0
