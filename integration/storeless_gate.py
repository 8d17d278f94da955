"""Stands before the calls of a command where there is no store yet: nobody counts them, and they
keep to the limits of a second all the same."""

from __future__ import annotations

import time
from collections.abc import Callable
from queue import SimpleQueue

from connectors.limits import OpenGate, Told
from integration.pacing import Burst
from integration.search_turns import WINDOW_IN_SECONDS


class StorelessGate(OpenGate):
    """One process's gate; any thread may enter. A search keeps its place, of as many as are
    allowed a second, until a second after its answer; see `SearchTurns`."""

    def __init__(
        self,
        searches_a_second: int | None,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sleep = sleep
        self._clock = clock
        self._burst = Burst(clock)
        self._places: SimpleQueue[float] | None = (
            None if searches_a_second is None else _places(searches_a_second, clock())
        )

    def enter(self, kind: str) -> None:
        """Waits until the call is allowed."""
        if kind == "auth":
            return
        if kind != "search":
            self._wait(self._burst.begin())
        elif self._places is not None:
            self._wait(self._places.get() - self._clock())

    def leave(self, kind: str) -> None:
        """A search frees its place a second from now."""
        if kind == "search":
            if self._places is not None:
                self._places.put(self._clock() + WINDOW_IN_SECONDS)
        elif kind != "auth":
            self._burst.end()

    def heard(self, told: Told) -> None:
        """What is left of the burst."""
        self._burst.heard(told)

    def _wait(self, seconds: float) -> None:
        if seconds > 0:
            self._sleep(seconds)


def _places(number: int, free_at: float) -> SimpleQueue[float]:
    places = SimpleQueue[float]()
    for _ in range(number):
        places.put(free_at)
    return places
