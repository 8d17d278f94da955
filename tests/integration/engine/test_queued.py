"""Wake-ups as jobs: in the transaction that has them wanted, once, and never far ahead."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from integration.cli.worker import STOP_WITHIN
from integration.engine.door import Wake
from integration.engine.pace import Pace
from integration.engine.queued import AHEAD, Queued
from integration.runtime import wall_clock
from integration.store import crms
from integration.store.engine import begin, connect, reading

JOBS = sa.text("SELECT args->>'kind' FROM procrastinate_jobs WHERE status = 'todo' ORDER BY id")


@pytest.fixture
def engine(postgres_url: str) -> Iterator[Engine]:
    engine = connect(postgres_url)
    yield engine
    engine.dispose()


def queued(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        return list(connection.execute(JOBS).scalars())


def test_a_wake_up_belongs_to_its_transaction(engine: Engine) -> None:
    door = Queued(engine, wall_clock)
    with engine.connect() as connection:
        door.wake("sales", Wake.DRAIN, connection=connection)
        connection.rollback()
    assert queued(engine) == []
    with begin(engine) as connection:
        door.wake("sales", Wake.DRAIN, connection=connection)
        assert queued(engine) == []
    assert queued(engine) == ["drain"]


def test_what_is_queued_already_is_not_queued_again_and_breaks_nothing(engine: Engine) -> None:
    door = Queued(engine, wall_clock)
    door.wake("sales", Wake.DRAIN)
    with begin(engine) as connection:
        door.wake("sales", Wake.DRAIN, connection=connection)
        crms.state(connection, "sales")
    door.wake("sales", Wake.POLL)
    door.wake("hub", Wake.DRAIN)
    assert queued(engine) == ["drain", "poll", "drain"]
    with reading(engine) as connection:
        assert connection.execute(sa.text("SELECT name FROM crms")).scalar() == "sales"


def test_wake_ups_of_one_second_are_one_and_of_two_are_two(engine: Engine) -> None:
    now = wall_clock().replace(microsecond=0)
    door = Queued(engine, lambda: now)
    for seconds in (1.2, 1.7, 2.5):
        door.wake("sales", Wake.DRAIN, at=now + timedelta(seconds=seconds))
    assert queued(engine) == ["drain", "drain"]


def test_nothing_far_ahead_is_queued_where_it_would_hold_up_the_rest(engine: Engine) -> None:
    door = Queued(engine, wall_clock)
    door.wake("sales", Wake.POLL, at=wall_clock() + AHEAD * 2)
    assert queued(engine) == []


def test_a_job_of_a_dead_worker_is_taken_over_within_30_s() -> None:
    pace = Pace()
    assert pace.takeover_within < 30
    # nobody takes over from a worker that is ending in good order
    assert pace.heartbeat + STOP_WITHIN < pace.stalled_after
