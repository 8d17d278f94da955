"""Many processes on one PostgreSQL: one stopped for longer than its lease, all of them rolled,
more of each than needed (faults 10 and 12, and the line of two webs, three workers and two
clocks). On SQLite the one process is ended and started anew."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

import requests

from tests.e2e.grown_up import Crew, Member, eventually, idle, jobs_under_way, row_states
from tests.e2e.killing import Scene
from tests.torture.counting import count_scene
from tests.torture.drills.kills import NO_MORE_THAN, crew_at, scene_of
from tests.torture.place import Place
from tests.torture.toll import Toll

EXIT_WITHIN = 25.0
STOPPED_FOR = 2.0  # longer than a worker at the crews' pace may be silent
SLOW_CALL = 0.3  # seconds: long enough to be caught in


def workers_stopped(place: Place) -> Toll:
    toll = Toll("a worker in mid-batch was stopped for longer than its lease, and went on")
    times = place.size.of(1, 20)
    with scene_of(place) as scene, crew_at(place, scene) as crew:
        crew.clock()
        for _ in range(times):
            _stop_one(scene, crew)
            toll.times += 1
            place.say(toll.times, times)
        count_scene(toll, scene)
    return toll


def _stop_one(scene: Scene, crew: Crew) -> None:
    scene.lose(10, 10)
    scene.sandbox.world.latency = SLOW_CALL
    stopped = crew.worker()
    eventually(lambda: "in_flight" in row_states(crew), NO_MORE_THAN)
    os.kill(stopped.process.pid or 0, signal.SIGSTOP)
    scene.sandbox.world.latency = 0.0
    other = crew.worker()
    time.sleep(STOPPED_FOR)
    eventually(lambda: idle(crew), NO_MORE_THAN)
    os.kill(stopped.process.pid or 0, signal.SIGCONT)
    time.sleep(0.5)
    assert stopped.end() == 0, stopped.said()
    assert other.end() == 0, other.said()


def processes_rolled(place: Place) -> Toll:
    """SIGTERM in mid-batch: the old process ends in time and cleanly, a new one goes on."""
    toll = Toll("all processes were ended in mid-batch, one after the other, and replaced")
    times = place.size.of(1, 20)
    with scene_of(place) as scene, crew_at(place, scene) as crew:
        roll = _roll_run if place.store == "sqlite" else _roll_three
        for _ in range(times):
            scene.lose(10, 10)
            roll(place, scene, crew, toll)
            place.say(toll.times, times)
        eventually(lambda: idle(crew), NO_MORE_THAN)
        if place.store == "postgres":
            for member in crew.members:
                member.end()
            toll.expect(jobs_under_way(crew) == 0, "a job was left running")
        count_scene(toll, scene)
    return toll


def _roll_run(place: Place, scene: Scene, crew: Crew, toll: Toll) -> None:
    running = [one for one in crew.members if one.process.is_alive()]
    scene.sandbox.world.latency = SLOW_CALL
    old = running[0] if running else crew.run()
    eventually(lambda: "in_flight" in row_states(crew), NO_MORE_THAN)
    _end(place, old, toll)
    scene.sandbox.world.latency = 0.0
    crew.run()
    eventually(lambda: idle(crew), NO_MORE_THAN)


def _roll_three(place: Place, scene: Scene, crew: Crew, toll: Toll) -> None:
    """The worker while it waits for a CRM, the web and the clock as they are."""
    running = [one for one in crew.members if one.process.is_alive()]
    if not running:
        running = [crew.worker(), crew.clock(), crew.web()]
        running[2].ready()
    scene.sandbox.world.latency = SLOW_CALL
    eventually(lambda: "in_flight" in row_states(crew), NO_MORE_THAN)
    for old, start in zip(running, (crew.worker, crew.clock, crew.web), strict=True):
        start()
        _end(place, old, toll)
    scene.sandbox.world.latency = 0.0
    eventually(lambda: idle(crew), NO_MORE_THAN)


def _end(place: Place, old: Member, toll: Toll) -> None:
    began = time.monotonic()
    code = old.end(within=EXIT_WITHIN * place.size.patience)
    toll.hold("seconds to end", time.monotonic() - began, EXIT_WITHIN * place.size.patience)
    toll.expect(code == 0, f"it ended with {code}: {old.said()[-300:]}")
    toll.times += 1


def many_of_each(place: Place) -> Toll:
    """One of each, and two webs, three workers and two clocks, come to the same end."""
    toll = Toll("2 webs, 3 workers, 2 clocks against one of each")
    losses = place.size.of(10, 300)
    ends = [_end_state(place, toll, losses, number) for number in ((1, 1, 1), (2, 3, 2))]
    toll.expect(ends[0] == ends[1], "they came to different ends")
    return toll


def _end_state(place: Place, toll: Toll, losses: int, number: tuple[int, int, int]) -> Any:
    """What stands in both CRMs, without ids and times."""
    with scene_of(place) as scene, crew_at(place, scene) as crew:
        scene.lose(losses, losses)
        webs, workers, clocks = number
        doors = [crew.web() for _ in range(webs)]
        for _ in range(workers):
            crew.worker()
        for _ in range(clocks):
            crew.clock()
        eventually(lambda: idle(crew), NO_MORE_THAN)
        for door in doors:
            ready = requests.get(f"{door.ready()['url']}/readyz", timeout=10).json()["ready"]
            toll.expect(ready, "a web is not ready")
        count_scene(toll, scene)
        toll.times += 1
        org, portal = scene.sandbox.salesforce, scene.sandbox.hubspot
        shown = ("ActivityDate", "Priority", "Status")
        titles = ("hs_timestamp", "hs_task_priority", "hs_task_status")
        return (
            sorted(tuple(str(row.get(one)) for one in shown) for row in org.all("Task")),
            sorted(tuple(str(row.get(one)) for one in titles) for row in portal.all("tasks")),
        )
