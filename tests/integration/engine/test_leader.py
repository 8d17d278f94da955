"""Of several clocks one leads, and another one soon after it is gone."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from integration.cli.clock import CONNECTIONS, LOOK_EVERY
from integration.engine.leader import SILENT_FOR, Leadership
from integration.store.engine import connect
from tests.integration.engine.at_work import eventually


@pytest.fixture
def engines(postgres_url: str) -> Iterator[tuple[Engine, Engine]]:
    """One for each of two clocks."""
    first, second = (connect(postgres_url, connections=CONNECTIONS) for _ in range(2))
    yield first, second
    for engine in (first, second):
        engine.dispose()


def test_the_second_waits_for_the_first(engines: tuple[Engine, Engine]) -> None:
    first, second = (Leadership(engine) for engine in engines)
    assert first.is_ours()
    assert not second.is_ours()
    assert first.is_ours()
    first.end()
    assert second.is_ours()
    assert not first.is_ours()
    second.end()


def test_a_lead_that_is_lost_with_its_connection_is_noticed(
    engines: tuple[Engine, Engine],
) -> None:
    first, second = (Leadership(engine) for engine in engines)
    assert first.is_ours()
    with engines[1].connect() as connection:
        others = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
        connection.execute(sa.text(others))
    eventually(second.is_ours)
    assert not first.is_ours()
    second.end()


def test_a_clock_that_is_stopped_loses_its_lead(engines: tuple[Engine, Engine]) -> None:
    first, second = (Leadership(engine, silent_for=0.5) for engine in engines)
    assert first.is_ours()
    time.sleep(0.3)
    assert first.is_ours()
    eventually(second.is_ours)
    assert not first.is_ours()
    second.end()


def test_a_takeover_takes_less_than_a_minute() -> None:
    assert LOOK_EVERY < SILENT_FOR / 2  # a leader that lives never falls silent
    assert SILENT_FOR + LOOK_EVERY < 60
