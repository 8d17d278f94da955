"""Kill `winback once` at any instant, start it again: every wanted task stands exactly once."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from connectors.sandbox.server import start
from integration.crashpoints import POINTS
from integration.store.engine import connect
from integration.store.tables import customers, pushes, signals
from tests.e2e.killing import Scene, assert_everything_once, hubspot_writes, salesforce_writes

pytestmark = pytest.mark.slow

LATENCY_IN_SECONDS = 0.02
KILLS_PER_WORLD = 5
WORLDS = 4  # so 20 instants on each database
LONGEST_KILL_IN_SECONDS = 2.0  # a run takes about that long, start-up left out


@pytest.fixture
def scene(database_url: str, tmp_path: Path) -> Iterator[Scene]:
    with start(latency=LATENCY_IN_SECONDS) as sandbox:
        yield Scene(sandbox, database_url, tmp_path)


def assert_nothing_left(scene: Scene) -> None:
    engine = connect(scene.url)
    with engine.connect() as connection:
        states = set(connection.execute(sa.select(pushes.c.state)).scalars())
        assert states == {"delivered"}
        assert not connection.execute(sa.select(signals)).all()
    engine.dispose()
    assert not undecided(scene)


def undecided(scene: Scene) -> int:
    """Customers that are still marked."""
    engine = connect(scene.url)
    with engine.connect() as connection:
        marked = sa.select(customers.c.id).where(customers.c.changed_at.is_not(None))
        found = len(connection.execute(marked).all())
    engine.dispose()
    return found


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_a_named_point_in_each_crm(scene: Scene, point: str) -> None:
    scene.sandbox.world.latency = 0.04 if point == "sent" else 0.0  # longer than the kill waits
    scene.lose()
    assert scene.run("sales", crash=f"{point}:1") == -signal.SIGKILL
    assert scene.run("hub", crash=f"{point}:1") == -signal.SIGKILL
    assert scene.run() == 0, scene.output()
    assert_everything_once(scene)
    assert_nothing_left(scene)


@pytest.mark.parametrize("first", ["sales", "hub"])
def test_killed_while_some_are_written_and_others_not_decided(scene: Scene, first: str) -> None:
    scene.lose(**{"sales": 0, "hub": 0, first: 150})  # decided in three batches
    assert scene.run(first, crash="decided:3") == -signal.SIGKILL
    wrote = {"sales": salesforce_writes, "hub": hubspot_writes}[first]
    assert wrote(scene.sandbox)[0]
    assert undecided(scene)
    assert scene.run() == 0, scene.output()
    assert_everything_once(scene)
    assert_nothing_left(scene)


@pytest.mark.parametrize("seed", range(WORLDS))
def test_killed_at_random_instants(scene: Scene, seed: int) -> None:
    chance = random.Random(seed)
    scene.lose()
    killed = 0
    while killed < KILLS_PER_WORLD:
        first = chance.choice(["sales", "hub"])
        if scene.run_for(chance.uniform(0, LONGEST_KILL_IN_SECONDS), first):
            killed += 1
        else:  # it was done before: that is how long a run takes, and there has to be work
            scene.lose(10, 10)
    assert scene.run() == 0, scene.output()
    assert_everything_once(scene)
    assert_nothing_left(scene)


def test_the_command_itself_is_killed_and_started_again(sqlite_url: str, tmp_path: Path) -> None:
    with start() as sandbox:
        scene = Scene(sandbox, sqlite_url, tmp_path)
        scene.lose(5, 5)
        command = [sys.executable, "-m", "integration.cli.main", "once", "--json", "--config"]
        for crash, code in (("answered:1", -signal.SIGKILL), ("", 0)):
            environ = {**os.environ, **scene.environ(crash)}
            once = [*command, str(scene.configs["hub"])]
            done = subprocess.run(once, env=environ, capture_output=True, check=False)
            assert done.returncode == code, done.stderr
        assert_everything_once(scene)
