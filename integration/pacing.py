"""Keeps calls of one kind under a rate by waiting before a call, never by being refused."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping

SEARCHES_A_SECOND = 5
"""HubSpot's limit for an account, all apps together (facts: search guide)."""

WINDOW_IN_SECONDS = 1.1
"""A second, and a little for the way between our clock and theirs."""


class Pacer:
    """At most `rates[kind]` calls of a kind in any window of a second; other kinds run free."""

    def __init__(
        self,
        rates: Mapping[str, int],
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._made = {kind: deque[float](maxlen=rate) for kind, rate in rates.items()}
        self._sleep = sleep
        self._clock = clock
        self._lock = threading.Lock()

    def __call__(self, kind: str) -> None:
        """Wait until one more call of this kind is allowed, and count it."""
        made = self._made.get(kind)
        if made is None:
            return
        with self._lock:
            if len(made) == made.maxlen:
                self._sleep(max(made[0] + WINDOW_IN_SECONDS - self._clock(), 0.0))
            made.append(self._clock())
