"""Stands before the calls of a command where there is no store yet: nobody counts them, and they
keep to the limits of a second all the same."""

from __future__ import annotations

import time
from collections.abc import Callable

from connectors.limits import OpenGate, Told
from integration.pacing import Burst
from integration.search_places import SearchPlaces


class StorelessGate(OpenGate):
    """One process's gate; any thread may enter."""

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
        self._places = None if searches_a_second is None else SearchPlaces(searches_a_second, clock)

    def enter(self, kind: str) -> None:
        """Waits until the call is allowed."""
        if kind == "auth":
            return
        if kind != "search":
            self._wait(self._burst.begin())
        elif self._places is not None:
            self._wait(self._places.take() - self._clock())

    def leave(self, kind: str, *, too_many: bool = False) -> None:
        """A search frees its place a second from now."""
        if kind == "search":
            if self._places is not None:
                self._places.answered(too_many=too_many)
        elif kind != "auth":
            self._burst.end()

    def heard(self, told: Told) -> None:
        """What is left of the burst."""
        self._burst.heard(told)

    def _wait(self, seconds: float) -> None:
        if seconds > 0:
            self._sleep(seconds)
