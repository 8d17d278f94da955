"""Searches at most so many a second per account, by all processes together, as the CRM counts.

A search reaches the CRM somewhen between its sending and its answer; how late, a busy machine or
network decides. So a search keeps one of as many places as are allowed a second, and the place is
free again a second after the answer: within a process no second has more, however slow it goes.

Between processes the store gives out turns: one process at a time, and a gap of a second between
two. A turn is longer in the store than its process starts searches in, for those under way at its
end; one that is handed back has none under way. A process alone takes its next turn at once.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable

from sqlalchemy import Connection, Engine

from integration.search_places import SearchPlaces
from integration.store import quota
from integration.store.engine import begin

TURN_IN_SECONDS = 1.5
"""Longer turns cost fewer writes, and more waiting where two processes search in one account."""

LATE_IN_SECONDS = 1.0
"""So late a search of one turn may come and yet be a second away from those of the next."""


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
        self._sleep = sleep
        self._clock = clock
        self._owner = uuid.uuid4().hex
        self._ends = clock()  # our turn, by our own clock
        self._waiting = threading.Lock()
        self._places = SearchPlaces(searches_a_second, clock)

    def wait(self) -> None:
        """Until one more search is allowed, which is sent at once then, and `answered` follows
        however it ends."""
        with self._waiting:
            free_at = self._places.take()
            try:
                self._wait_for(free_at)
            except BaseException:
                self._places.give_back(free_at)
                raise

    def answered(self, *, too_many: bool = False) -> None:
        """A search that was waited for is over; the CRM may have said that it was one too many."""
        self._places.answered(too_many=too_many)

    def end(self, connection: Connection) -> None:
        """No more searches for now; others need not wait for the end of our turn."""
        if not self._waiting.acquire(blocking=False):
            return  # another thread searches on
        try:
            if self._places.none_taken and self._clock() < self._ends:
                self._ends = self._clock()
                quota.end_turn(connection, self._crm, self._owner)
        finally:
            self._waiting.release()

    def _wait_for(self, free_at: float) -> None:
        while True:
            now = self._clock()
            if max(now, free_at) >= self._ends:
                self._take_turn()
            elif free_at > now:
                self._sleep(free_at - now)
            else:
                return

    def _take_turn(self) -> None:
        # our clock is read so that the turn is a little shorter here than in the store
        asked = self._clock()
        lasts = TURN_IN_SECONDS + LATE_IN_SECONDS
        with begin(self._engine) as connection:
            starts_in = quota.take_turn(connection, self._crm, self._owner, lasts)
        if starts_in > 0:
            self._sleep(starts_in)
        self._ends = asked + starts_in + TURN_IN_SECONDS
