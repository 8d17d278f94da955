"""Processes killed at any instant and at every named point (faults 1 and 2)."""

from __future__ import annotations

import itertools
import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

from connectors.sandbox.server import start
from integration.crashpoints import POINTS
from tests import worlds
from tests.e2e.grown_up import Crew, crew_of, eventually, idle
from tests.e2e.killing import Scene
from tests.torture.counting import count_scene
from tests.torture.place import Place
from tests.torture.toll import Toll

DONE_WITHIN = 60.0
LATENCY = 0.02
OFTEN = dict.fromkeys(("sales", "hub"), 'poll_every = "2 seconds"')
"""Or every loss of a drill waits for a minute to be seen."""
NO_MORE_THAN = 600.0
"""Seconds after which a drill gives up on a product that does not come to rest."""


@contextmanager
def scene_of(place: Place, latency: float = 0.0) -> Iterator[Scene]:
    with place.fresh() as (url, folder), start(latency=latency) as sandbox:
        yield Scene(sandbox, url, folder, OFTEN)


@contextmanager
def crew_at(place: Place, scene: Scene) -> Iterator[Crew]:
    """The processes of an installation on the scene's store."""
    with crew_of(scene.url, scene.folder, scene.configs["sales"], worlds.ENVIRON) as crew:
        yield crew


def workers_killed(place: Place) -> Toll:
    """10,000 tasks in all: three for each of 3,334 losses."""
    losses, kills = place.size.of(20, 3_334), place.size.of(2, 100)
    toll = Toll(f"a process at work was killed, over {losses} losses")
    with scene_of(place, LATENCY) as scene:
        scene.lose(losses // 2, losses - losses // 2)
        if place.store == "sqlite":
            _kill_runs(place, scene, toll, kills)
        else:
            _kill_workers(place, scene, toll, kills)
        count_scene(toll, scene)
    return toll


def _kill_runs(place: Place, scene: Scene, toll: Toll, kills: int) -> None:
    chance = random.Random(place.seed)
    while toll.times < kills:
        if scene.run_for(chance.uniform(0.0, 2.0), chance.choice(["sales", "hub"])):
            toll.times += 1
            place.say(toll.times, kills)
        else:  # it was done before: there has to be work
            scene.lose(10, 10)
    began = time.monotonic()
    toll.expect(scene.run(within=NO_MORE_THAN) == 0, "the last run did not end well")
    toll.hold("seconds after the last kill", time.monotonic() - began, _within(place))


def _kill_workers(place: Place, scene: Scene, toll: Toll, kills: int) -> None:
    chance = random.Random(place.seed)
    with crew_at(place, scene) as crew:
        crew.clock()
        while toll.times < kills:
            before = scene.calls()
            worker = crew.worker()
            eventually(lambda: scene.calls() > before, NO_MORE_THAN)  # noqa: B023 - it is up
            time.sleep(chance.uniform(0.0, 2.5))
            worker.end(signal.SIGKILL)
            toll.times += 1
            place.say(toll.times, kills)
            if idle(crew):
                scene.lose(10, 10)
        began = time.monotonic()
        crew.worker()
        eventually(lambda: idle(crew), NO_MORE_THAN)
        toll.hold("seconds after the last kill", time.monotonic() - began, _within(place))


def _within(place: Place) -> float:
    return DONE_WITHIN * place.size.patience


def crash_points(place: Place) -> Toll:
    """Each point twenty times, at its first, second and third passage in turn, and in the CRM
    that is worked first in turn."""
    points, times = place.size.of(POINTS[3:5], POINTS), place.size.of(2, 20)
    toll = Toll(f"killed at {len(points)} named points, {times} times at each")
    for point in points:
        with scene_of(place) as scene:
            passages = itertools.cycle((1, 1, 2, 3))
            for number in range(times):
                scene.lose(4, 4)
                scene.sandbox.world.latency = 0.04 if point == "sent" else 0.0
                first = ("sales", "hub")[number % 2]
                code = scene.run(first, crash=f"{point}:{next(passages)}")
                toll.times += code == -signal.SIGKILL
                place.say(toll.times, times * len(points))
            toll.expect(scene.run() == 0, f"after kills at {point} the last run did not end well")
            count_scene(toll, scene)
    return toll
