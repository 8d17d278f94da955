"""The embedded engine: when a CRM is worked on, and how the work ends."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest
import sqlalchemy as sa

from connectors.errors import Unavailable
from integration.engine.door import Wake
from integration.engine.embedded import Embedded
from integration.runtime import Runtime, wall_clock
from integration.store import crms, inbox
from integration.store.engine import begin, reading
from tests.integration.engine.at_work import add_row, eventually, working
from tests.integration.engine.quiet_crm import QuietCrm, runtime_of


def test_wakes_during_a_round_mean_one_more_round_after_it(sqlite_url: str) -> None:
    begun, go_on = threading.Semaphore(0), threading.Semaphore(0)

    def polled() -> None:
        begun.release()
        assert go_on.acquire(timeout=10)

    crm = QuietCrm("sales", polled)
    with working(runtime_of(sqlite_url, crm)) as rounds:
        rounds.wake("sales", Wake.POLL)
        assert begun.acquire(timeout=10)
        for _ in range(5):
            rounds.wake("sales", Wake.POLL)
        go_on.release(10)
        assert begun.acquire(timeout=10)
        assert not begun.acquire(timeout=0.2)
        assert (crm.polls, crm.most_at_once) == (2, 1)


def test_a_slow_crm_does_not_hold_up_the_other(sqlite_url: str) -> None:
    go_on = threading.Event()
    slow, quick = QuietCrm("slow", lambda: go_on.wait(10)), QuietCrm("quick")
    with working(runtime_of(sqlite_url, slow, quick)) as rounds:
        rounds.wake("slow", Wake.POLL)
        eventually(lambda: slow.polls)
        rounds.wake("quick", Wake.POLL)
        eventually(lambda: quick.polls)
        go_on.set()


def test_a_wake_for_later_waits(sqlite_url: str) -> None:
    crm = QuietCrm("sales")
    with working(runtime_of(sqlite_url, crm)) as rounds:
        rounds.wake("sales", Wake.POLL, at=wall_clock() + timedelta(seconds=0.3))
        time.sleep(0.15)
        assert crm.polls == 0
        eventually(lambda: crm.polls)


def test_a_drain_asks_the_crm_for_nothing(sqlite_url: str) -> None:
    crm = QuietCrm("sales")
    runtime = runtime_of(sqlite_url, crm)
    with working(runtime) as rounds:
        with begin(runtime.engine) as connection:
            crms.state(connection, "sales")
            crms.change(connection, "sales", history_read_at=wall_clock())
            rounds.wake("sales", Wake.DRAIN, connection=connection)
        eventually(lambda: health(runtime) == "green")
    assert crm.polls == 0


def test_a_fault_of_ours_is_logged_and_tried_again(
    sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    faults = iter([ValueError("nobody foresaw this")])

    def polled() -> None:
        for fault in faults:
            raise fault

    crm = QuietCrm("sales", polled)
    runtime = runtime_of(sqlite_url, crm)
    with working(runtime) as rounds:
        rounds.wake("sales", Wake.POLL)
        eventually(lambda: faults_of(runtime) == 1)
        eventually(lambda: crm.polls == 2 and faults_of(runtime) == 0)
    assert "a poll failed; it will be tried again" in caplog.text


def test_a_crm_that_was_away_is_polled_again_by_itself(sqlite_url: str) -> None:
    faults = iter([Unavailable("not reachable")])

    def polled() -> None:
        for fault in faults:
            raise fault

    crm = QuietCrm("sales", polled)
    runtime = runtime_of(sqlite_url, crm)
    with working(runtime) as rounds:
        rounds.wake("sales", Wake.POLL)
        eventually(lambda: health(runtime) == "yellow")
        eventually(lambda: health(runtime) == "green")


def faults_of(runtime: Runtime) -> int:
    """What those who watch are told."""
    with begin(runtime.engine) as connection:
        return crms.state(connection, "sales").faults


def health(runtime: Runtime) -> str:
    with begin(runtime.engine) as connection:
        return crms.state(connection, "sales").health


def test_a_stop_ends_long_work_after_the_batch(sqlite_url: str) -> None:
    crm = QuietCrm("sales", lambda: time.sleep(0.01))
    crm.pages = 100_000
    runtime = runtime_of(sqlite_url, crm)
    rounds = Embedded(runtime)
    rounds.start()
    rounds.wake("sales", Wake.POLL)
    eventually(lambda: crm.polls)
    assert rounds.stop(10.0)
    with reading(runtime.engine) as connection:
        assert inbox.reached(connection, "sales", "Account")
    runtime.engine.dispose()


def test_a_stop_does_not_wait_for_ever(sqlite_url: str) -> None:
    go_on = threading.Event()
    crm = QuietCrm("sales", lambda: go_on.wait(10))
    runtime = runtime_of(sqlite_url, crm)
    rounds = Embedded(runtime)
    rounds.start()
    rounds.wake("sales", Wake.POLL)
    eventually(lambda: crm.polls)
    assert not rounds.stop(0.1)
    go_on.set()
    assert rounds.stop(10.0)
    runtime.engine.dispose()


def test_rows_that_cannot_move_are_looked_at_less_and_less(sqlite_url: str) -> None:
    crm = QuietCrm("sales")
    runtime = runtime_of(sqlite_url, crm)
    add_row(runtime, state="held", held_by="storm")
    add_row(runtime)  # waits for the first, of the same record
    statements = Counted(runtime)
    with working(runtime) as rounds:
        rounds.wake("sales", Wake.DRAIN)
        time.sleep(1.6)  # looked at now, after 1 s, and next after 2 s more
    assert 1 <= statements.rounds <= 3


class Counted:
    """How many rounds went as far as writing down that the CRM is well."""

    def __init__(self, runtime: Runtime) -> None:
        self.rounds = 0
        sa.event.listen(runtime.engine, "before_cursor_execute", self._note)

    def _note(self, _c: object, _k: object, statement: str, *_rest: object) -> None:
        self.rounds += statement.startswith("UPDATE crms SET health")
