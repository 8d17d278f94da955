"""However late searches reach the CRM, no second of it has more than are allowed."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from integration.search_places import ALONE_FOR_SECONDS
from integration.search_turns import LATE_IN_SECONDS, TURN_IN_SECONDS, SearchTurns
from integration.store import quota
from integration.store.engine import begin, connect, upgrade

RATE = 5


Process = Callable[..., SearchTurns]


@pytest.fixture
def process(sqlite_url: str) -> Iterator[Process]:
    """Makes what a process has: turns in the one account, and connections of its own."""
    engines: list[Engine] = []

    def made(url: str = sqlite_url, **choices: Any) -> SearchTurns:
        engines.append(connect(url))
        return SearchTurns(engines[-1], "hub", RATE, **choices)

    yield made
    for engine in engines:
        engine.dispose()


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def closest(arrived: Sequence[float]) -> float:
    """The seconds between two searches with as many between them as are allowed a second."""
    at = sorted(arrived)
    return min(later - earlier for earlier, later in zip(at, at[RATE:], strict=False))


@pytest.mark.parametrize("slowest", [0.01, 0.3, 3.0])
def test_calls_that_arrive_late_are_never_too_close(process: Process, slowest: float) -> None:
    clock, late = Clock(), random.Random(slowest)
    turns = process(sleep=clock.sleep, clock=clock)
    arrived: list[float] = []
    for _ in range(100):
        turns.wait()
        for_its_way, for_the_answer = (late.uniform(0, slowest) for _ in range(2))
        clock.sleep(for_its_way)
        arrived.append(clock.now)
        clock.sleep(for_the_answer)
        turns.answered()
    assert closest(arrived) > 1


def test_who_needs_no_pause_gets_none(process: Process) -> None:
    clock = Clock()
    turns = process(sleep=clock.sleep, clock=clock)
    for _ in range(20):
        turns.wait()
        clock.now += 0.3  # as long as an answer takes
        turns.answered()
    assert clock.now == pytest.approx(20 * 0.3)


def test_two_threads_share_the_places(process: Process) -> None:
    turns = process()
    arrived: list[float] = []

    def search(number: int) -> None:
        turns.wait()
        time.sleep(0.05 * (number % 3))
        arrived.append(time.monotonic())
        turns.answered()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(search, range(12)))
    assert closest(arrived) > 1


def test_while_none_is_answered_no_more_are_sent(process: Process) -> None:
    turns = process()
    for _ in range(RATE):
        turns.wait()
    allowed = threading.Event()

    def one_more() -> None:
        turns.wait()
        allowed.set()

    waiter = threading.Thread(target=one_more)
    waiter.start()
    assert not allowed.wait(0.2)
    turns.answered()
    assert allowed.wait(5)
    waiter.join()


def test_a_store_that_fails_costs_no_place(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    clock = Clock()
    engine = connect(url)
    turns = SearchTurns(engine, "hub", RATE, sleep=clock.sleep, clock=clock)
    with pytest.raises(OperationalError):
        turns.wait()
    upgrade(url)
    for _ in range(RATE):
        turns.wait()
    engine.dispose()
    assert clock.now == 0


def starts_in(url: str) -> float:
    """When another process could search."""
    engine = connect(url)
    with begin(engine) as connection:
        found = quota.take_turn(connection, "hub", "another", 1.5)
    engine.dispose()
    return found


def ends(url: str, turns: SearchTurns) -> None:
    engine = connect(url)
    with begin(engine) as connection:
        turns.end(connection)
    engine.dispose()


def test_a_turn_that_is_handed_back_keeps_others_waiting_for_a_gap_alone(
    process: Process, database_url: str
) -> None:
    slept: list[float] = []
    one = process(database_url, sleep=slept.append)
    for _ in range(RATE):
        one.wait()
        one.answered()
    ends(database_url, one)
    assert slept == []
    assert 1.0 < starts_in(database_url) <= 1.1  # not the rest of the turn


def test_a_turn_with_a_search_under_way_is_not_handed_back(
    process: Process, database_url: str
) -> None:
    one = process(database_url)
    one.wait()
    ends(database_url, one)
    assert starts_in(database_url) > TURN_IN_SECONDS + LATE_IN_SECONDS


def test_beside_others_who_search_one_is_sent_at_a_time(process: Process) -> None:
    clock = Clock()
    turns = process(sleep=clock.sleep, clock=clock)
    sent: list[float] = []
    for number in range(12):
        turns.wait()
        sent.append(clock.now)
        turns.answered(too_many=number == 2)
    assert sent[:3] == [0, 0, 0]
    assert min(later - earlier for earlier, later in pairwise(sent[2:])) > 1
    clock.now += ALONE_FOR_SECONDS
    for _ in range(RATE):
        turns.wait()
    assert clock.now == pytest.approx(sent[-1] + ALONE_FOR_SECONDS), "as many as before"
