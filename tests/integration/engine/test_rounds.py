"""A worker's rounds, one turn at a time, and the sweep that finds what wake-ups missed."""

# ruff: noqa: ARG002 - the protocol's arguments

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from integration.engine.door import Wake
from integration.engine.pace import Pace
from integration.engine.rounds import Rounds
from integration.engine.ticking import Ticking
from integration.runtime import Runtime, wall_clock
from integration.store import crms, inbox, turns
from integration.store.engine import begin, reading
from integration.store.locks import only_process
from integration.store.tables import cursors
from rules.model import Ref
from tests.integration.engine.at_work import add_row
from tests.integration.engine.quiet_crm import QuietCrm, runtime_of


class Bell:
    """A door that only notes who was woken."""

    def __init__(self) -> None:
        self.rung: list[tuple[str, Wake]] = []

    def wake(
        self,
        crm: str,
        kind: Wake,
        at: datetime | None = None,
        connection: Connection | None = None,
    ) -> None:
        self.rung.append((crm, kind))


@contextmanager
def at_work(
    url: str, polled: Callable[[], object] = lambda: None
) -> Iterator[tuple[Rounds, Runtime, Bell, threading.Event]]:
    runtime = runtime_of(url, QuietCrm("sales", polled))
    bell, stopping = Bell(), threading.Event()
    yield Rounds(runtime, bell, stopping, Pace()), runtime, bell, stopping
    runtime.engine.dispose()


def cursor_moved(runtime: Runtime) -> bool:
    with reading(runtime.engine) as connection:
        return connection.execute(sa.select(cursors)).first() is not None


def test_a_round_writes_in_its_turn(postgres_url: str) -> None:
    with at_work(postgres_url) as (rounds, runtime, bell, _):
        rounds.do("sales", Wake.POLL)
        assert cursor_moved(runtime)
        assert bell.rung == []


def test_a_round_that_lost_its_turn_writes_nothing_more(
    postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    def another_begins() -> None:
        with begin(found[0].engine) as connection:
            turns.take(connection, "sales")

    found: list[Runtime] = []
    with at_work(postgres_url, another_begins) as (rounds, runtime, _, _):
        found.append(runtime)
        rounds.do("sales", Wake.POLL)
        assert not cursor_moved(runtime)
    assert "a poll ended early: turn 1 at sales is over, 2 has begun" in caplog.text


def test_no_round_beside_a_process_that_has_the_store_for_itself(
    postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with at_work(postgres_url) as (rounds, runtime, _, _):
        with only_process(postgres_url, runtime.engine):
            rounds.do("sales", Wake.POLL)
        assert not cursor_moved(runtime)
        assert "another process has the store for itself" in caplog.text
        rounds.do("sales", Wake.POLL)
        assert cursor_moved(runtime)


def test_what_a_stop_breaks_off_is_queued_again(postgres_url: str) -> None:
    with at_work(postgres_url) as (rounds, runtime, bell, stopping):
        runtime.crms["sales"].connector.pages = 9  # type: ignore[attr-defined]
        stopping.set()
        rounds.do("sales", Wake.POLL)
    assert bell.rung == [("sales", Wake.POLL)]


def named(runtime: Runtime) -> None:
    with begin(runtime.engine) as connection:
        inbox.store(connection, "sales", refs=[Ref("Account", "1")], now=wall_clock())


def left_alone(runtime: Runtime, **values: Any) -> None:
    with begin(runtime.engine) as connection:
        crms.state(connection, "sales")
        crms.change(connection, "sales", **values)


def named_and_paused(runtime: Runtime) -> None:
    named(runtime)
    left_alone(runtime, paused=True)


@pytest.mark.parametrize(
    ("happened", "wake"),
    [
        (lambda _: None, None),
        (named, Wake.DRAIN),
        (add_row, Wake.DRAIN),
        (lambda r: add_row(r, state="held"), None),
        (lambda r: left_alone(r, blocked_until=wall_clock() - timedelta(seconds=1)), Wake.POLL),
        (lambda r: left_alone(r, blocked_until=wall_clock() + timedelta(hours=1)), None),
        (named_and_paused, None),
    ],
    ids=["idle", "named", "due", "held", "away is over", "away", "paused"],
)
def test_the_sweep_wakes_whoever_has_work(
    postgres_url: str, happened: Callable[[Runtime], object], wake: Wake | None
) -> None:
    runtime, bell = runtime_of(postgres_url, QuietCrm("sales")), Bell()
    happened(runtime)
    Ticking(runtime.engine, bell, {"sales": timedelta(minutes=1)}, wall_clock).tick()
    runtime.engine.dispose()
    assert bell.rung == ([("sales", wake)] if wake else [])
