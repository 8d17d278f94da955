"""Calls of the day and turns at searching, shared by processes through the store."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, event

from connectors.errors import Throttled, Unavailable
from connectors.limits import Told
from integration.call_gate import CallGate
from integration.quota import Spending, Terms
from integration.store import quota
from integration.store.engine import begin, connect, reading

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
TERMS = Terms(0.2, default_of=1_000)  # 200 of them are ours


class Wall:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def wall() -> Wall:
    return Wall()


Gate = Callable[..., CallGate]


@pytest.fixture
def gate(database_url: str, wall: Wall) -> Iterator[Gate]:
    """Makes gates to one CRM, each with connections of its own, as a process has them."""
    engines: list[Engine] = []

    def made(terms: Terms = TERMS, *, holds_back: bool = True) -> CallGate:
        engines.append(connect(database_url))
        return CallGate(engines[-1], "sales", terms, wall=wall, holds_back=holds_back)

    yield made
    for engine in engines:
        engine.dispose()


def spending(url: str, now: datetime) -> Spending:
    engine = connect(url)
    with reading(engine) as connection:
        found = quota.spending(connection, "sales", now)
    engine.dispose()
    assert found is not None
    return found


def enter_until_closed(gate: CallGate) -> int:
    made = 0
    try:
        while True:
            gate.enter("read")
            made += 1
    except Throttled:
        return made


def test_processes_together_make_no_more_calls_than_their_share(gate: Gate) -> None:
    with ThreadPoolExecutor(2) as pool:
        made = sum(pool.map(enter_until_closed, [gate(), gate()]))
    assert made == 200


def test_calls_asked_for_by_hand_are_counted_beyond_the_share(
    gate: Gate, database_url: str, wall: Wall
) -> None:
    assert enter_until_closed(gate()) == 200
    by_hand = gate(holds_back=False)
    for _ in range(7):
        by_hand.enter("read")
    by_hand.settle()
    assert spending(database_url, wall.now).spent(wall.now) == 207


def test_what_was_reserved_in_vain_is_handed_back(
    gate: Gate, database_url: str, wall: Wall
) -> None:
    one = gate()
    for _ in range(3):
        one.enter("read")
    one.settle()
    assert spending(database_url, wall.now).spent(wall.now) == 3


def test_a_killed_process_leaves_few_calls_counted_in_vain(
    gate: Gate, database_url: str, wall: Wall
) -> None:
    gate().enter("read")
    assert spending(database_url, wall.now).spent(wall.now) == 10  # of 200: never more than 1/20


def test_a_smaller_limit_counts_from_the_answer_on_that_tells_it(gate: Gate) -> None:
    one = gate()
    one.enter("read")
    one.heard(Told(used=1, of=20))
    assert enter_until_closed(one) == 3


def test_what_one_process_hears_holds_for_all(gate: Gate) -> None:
    one, other = gate(), gate()
    one.enter("read")
    one.heard(Told(used=990, of=1_000))
    one.settle()
    with pytest.raises(Throttled, match="the company has used 990 of its 1,000") as closed:
        other.enter("read")
    assert closed.value.until == NOON + timedelta(minutes=15)


def test_a_log_in_counts_against_no_quota(gate: Gate) -> None:
    one = gate()
    enter_until_closed(one)
    one.enter("auth")


def test_the_next_day_has_calls_again(gate: Gate, wall: Wall) -> None:
    berlin = Terms(0.2, default_of=1_000, zone=UTC)
    one = gate(berlin)
    one.enter("read")
    one.heard(Told(used=1, of=1_000, zone=ZoneInfo("Europe/Berlin")))
    assert enter_until_closed(one) == 199
    with pytest.raises(Throttled) as closed:
        gate(berlin).enter("read")
    assert closed.value.until == datetime(2026, 11, 22, 23, tzinfo=UTC)
    wall.now = closed.value.until
    assert enter_until_closed(gate(berlin)) == 200


def test_the_store_is_written_seldom(database_url: str, wall: Wall) -> None:
    engine = connect(database_url)
    written: list[object] = []
    event.listen(engine, "commit", written.append)
    one = CallGate(engine, "sales", Terms(0.2, 100_000), wall=wall)
    for number in range(1_000):
        one.enter("read")
        one.heard(Told(used=number, of=100_000))
    one.settle()
    engine.dispose()
    assert len(written) <= 23  # two for 100 calls, and a few at the beginning and the end


def test_a_write_that_comes_late_is_refused_and_a_read_is_not(gate: Gate, wall: Wall) -> None:
    one = gate()
    with one.writes_begin_by(wall.now):
        one.enter("write")
        wall.now += timedelta(seconds=1)
        one.enter("read")
        with pytest.raises(Unavailable, match="nothing was done"):
            one.enter("write")
    one.enter("write")


def test_two_processes_take_turns_at_searching(database_url: str) -> None:
    engines = [connect(database_url), connect(database_url)]
    starting = threading.Barrier(2)

    def turn(engine: Engine) -> float:
        owner = str(id(engine))
        starting.wait()
        with begin(engine) as connection:
            return quota.take_turn(connection, "hub", owner, 1.5)

    with ThreadPoolExecutor(2) as pool:
        first, second = sorted(pool.map(turn, engines))
    with begin(engines[0]) as connection:
        third = quota.take_turn(connection, "hub", "third", 1.5)
    for engine in engines:
        engine.dispose()
    assert first == 0
    assert 2.0 < second <= 2.6  # the first turn, and a gap
    assert 4.0 < third <= 5.2


def test_a_turn_that_a_wrong_clock_wrote_is_not_waited_for(database_url: str) -> None:
    engine = connect(database_url)
    with begin(engine) as connection:
        quota.take_turn(connection, "hub", "mad", 86_400)
        starts_in = quota.take_turn(connection, "hub", "sane", 1.5)
    engine.dispose()
    assert starts_in == pytest.approx(1.1)
