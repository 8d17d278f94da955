"""Kill `winback once` at any instant, start it again: every wanted task stands exactly once."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from connectors.sandbox.server import start
from integration.crashpoints import POINTS
from integration.store.engine import connect
from integration.store.tables import customers, pushes, signals
from tests.e2e.killing import LOSSES, Scene, assert_everything_once

pytestmark = pytest.mark.slow

LATENCY_IN_SECONDS = 0.02
KILLS_PER_WORLD = 5
WORLDS = 4


@pytest.fixture
def scene(database_url: str, tmp_path: Path) -> Iterator[Scene]:
    with start(latency=LATENCY_IN_SECONDS) as sandbox:
        yield Scene(sandbox, database_url, tmp_path)


def assert_nothing_left(scene: Scene) -> None:
    engine = connect(scene.url)
    with engine.connect() as connection:
        states = set(connection.execute(sa.select(pushes.c.state)).scalars())
        marked = sa.select(customers.c.id).where(customers.c.changed_at.is_not(None))
        assert states == {"delivered"}
        assert not connection.execute(sa.select(signals)).all()
        assert not connection.execute(marked).all()
    engine.dispose()


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_a_named_point_in_each_crm(scene: Scene, point: str) -> None:
    scene.sandbox.world.latency = 0.04 if point == "sent" else 0.0  # longer than the kill waits
    scene.lose(LOSSES)
    assert scene.run("sales", crash=f"{point}:1") == -signal.SIGKILL
    assert scene.run("hub", crash=f"{point}:1") == -signal.SIGKILL
    assert scene.run() == 0, scene.output()
    assert_everything_once(scene)
    assert_nothing_left(scene)


@pytest.mark.parametrize("seed", range(WORLDS))
def test_killed_at_random_instants(scene: Scene, seed: int) -> None:
    chance = random.Random(seed)
    scene.lose(LOSSES)
    began = time.monotonic()
    killed = 0
    longest = 2.5
    while killed < KILLS_PER_WORLD:
        first = chance.choice(["sales", "hub"])
        if scene.run_for(chance.uniform(0, longest), first):
            killed += 1
        else:  # it was done before: that is how long a run takes, and there has to be work
            scene.lose(LOSSES // 7)
    assert scene.run() == 0, scene.output()
    assert_everything_once(scene)
    assert_nothing_left(scene)
    print(time.monotonic() - began)
