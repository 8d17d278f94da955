"""Searches at most so many a second per account, by all processes together.

A process searches only during its turn, which the store gives out: one process at a time, and a
gap of a second between the turns of two. During a turn it paces itself and asks nobody. So in any
second there are searches of one process only, and no more of them than it allows itself.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable

from sqlalchemy import Connection, Engine

from integration.pacing import Pacer
from integration.store import quota
from integration.store.engine import begin

TURN_IN_SECONDS = 1.5
"""Longer turns cost fewer writes, and more waiting where two processes search in one account."""


class SearchTurns:
    """One process's turns in one account; any thread may wait."""

    def __init__(
        self,
        engine: Engine,
        crm: str,
        searches_a_second: int,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine = engine
        self._crm = crm
        self._pacer = Pacer(searches_a_second, clock)
        self._sleep = sleep
        self._clock = clock
        self._owner = uuid.uuid4().hex
        self._ends = clock()  # our turn, by our own clock
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Until one more search is allowed, which is made at once then."""
        with self._lock:
            while True:
                if self._clock() + self._pacer.wait() >= self._ends:
                    self._take_turn()
                    continue
                pause = self._pacer.wait()
                if pause <= 0:
                    break
                self._sleep(pause)
            self._pacer.note()

    def end(self, connection: Connection) -> None:
        """No more searches for now; others need not wait for the end of our turn."""
        if not self._lock.acquire(blocking=False):
            return  # another thread searches on
        try:
            if self._clock() < self._ends:
                self._ends = self._clock()
                quota.end_turn(connection, self._crm, self._owner)
        finally:
            self._lock.release()

    def _take_turn(self) -> None:
        # our clock is read so that the turn is a little shorter here than in the store
        asked = self._clock()
        with begin(self._engine) as connection:
            starts_in = quota.take_turn(connection, self._crm, self._owner, TURN_IN_SECONDS)
        if starts_in > 0:
            self._sleep(starts_in)
        self._ends = asked + starts_in + TURN_IN_SECONDS
