"""Keeps calls under a CRM's limit of some seconds by waiting before them, not by being refused."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from connectors.limits import Told

LAST_PART = 0.1
"""Of a burst: what is left of it then is spread over the whole interval."""


class Burst:
    """Goes by what the CRM says is left of its limit on calls in a few seconds.

    Most of a burst may be used at once. The last tenth is spread over an interval: each call
    waits for the longer the fewer are left, and as all processes hear the same number, they
    slow down together before the limit is met. Calls that are under way beside it are taken off
    what is left: two that set out at once would both take the last one.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._told: Told | None = None
        self._heard = 0.0
        self._under_way = 0
        self._lock = threading.Lock()

    def heard(self, told: Told) -> None:
        if told.burst and told.burst_left is not None and told.burst_seconds:
            with self._lock:
                self._told, self._heard = told, self._clock()

    def begin(self) -> float:
        """Seconds to wait before the next call, which counts as under way from now on."""
        with self._lock:
            pause = self._pause()
            self._under_way += 1
        return pause

    def end(self) -> None:
        """The call is over, or is not made."""
        with self._lock:
            self._under_way -= 1

    def _pause(self) -> float:
        told = self._told
        if told is None or told.burst is None or told.burst_left is None:
            return 0.0
        left = max(told.burst_left - self._under_way, 0)
        if left > told.burst * LAST_PART:
            return 0.0
        pause = (told.burst_seconds or 0.0) / (left + 1)
        return max(self._heard + pause - self._clock(), 0.0)
