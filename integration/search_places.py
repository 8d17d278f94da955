"""One process's searches of a second: as many as the CRM allows, or one alone for a while after it
said that they were too many.

HubSpot's five a second are for all apps of an account together, and nothing tells how many the
others take. A poll that began with a few at once, was refused, waited and began again would never
come to an end beside an app that searches all day.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue

WINDOW_IN_SECONDS = 1.02
"""A second, by a clock that may go a little faster than theirs."""

ALONE_FOR_SECONDS = 300.0
"""Who searches beside us so much goes on with it for a while."""


class SearchPlaces:
    """A search has a place from before it is sent until a second after its answer. Any thread may
    ask."""

    def __init__(self, number: int, clock: Callable[[], float]) -> None:
        self._number = number
        self._clock = clock
        self._alone_until = clock()
        self._taking = threading.Lock()
        self._free = SimpleQueue[float]()  # from when on each may be taken, the earliest first
        for _ in range(number):
            self._free.put(clock())

    def take(self) -> float:
        """From when on, by `clock`, one more search may be sent. Blocks while no place is left,
        until a search is answered."""
        with self._taking:
            if self._clock() >= self._alone_until:
                return self._free.get()
            *others, last = sorted(self._free.get() for _ in range(self._number))
            for free_at in others:
                self._free.put(free_at)
            return last

    def give_back(self, free_at: float) -> None:
        """A place that was taken for nothing."""
        self._free.put(free_at)

    def answered(self, *, too_many: bool) -> None:
        """A search is over; the CRM may have said that it was one too many."""
        if too_many:
            self._alone_until = self._clock() + ALONE_FOR_SECONDS
        self._free.put(self._clock() + WINDOW_IN_SECONDS)

    @property
    def none_taken(self) -> bool:
        """Whether no search is under way."""
        return self._free.qsize() == self._number
