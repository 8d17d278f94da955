"""What long work passes between two batches: a place to stop at, and a line in the log."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from integration.runtime import Progress

log = logging.getLogger(__name__)


class Stopping(Exception):
    """The process ends: the batch is finished, the next one is not begun."""


class StopsBetweenBatches:
    """A `runtime.Progress` that ends the round once a stop is asked for.

    Jobs report progress after a batch was stored or settled and outside of any transaction, so
    that this is where a round can end and lose nothing.
    """

    def __init__(self, shown: Progress, stopping: threading.Event) -> None:
        self._shown = shown
        self._stopping = stopping

    def step(self, crm: str, what: str, done: int, total: int | None) -> None:
        self._shown.step(crm, what, done, total)
        if self._stopping.is_set():
            raise Stopping


class LoggedProgress:
    """A `runtime.Progress` that logs how far long work has got, now and then; short work leaves
    no line."""

    def __init__(
        self, seconds: float = 10.0, elapsed: Callable[[], float] = time.monotonic
    ) -> None:
        self._seconds = seconds
        self._elapsed = elapsed
        self._seen: dict[tuple[str, str], tuple[int, float]] = {}

    def step(self, crm: str, what: str, done: int, total: int | None) -> None:
        now = self._elapsed()
        before, since = self._seen.get((crm, what), (done, now))
        if done <= before:  # the work has only begun
            since = now
        elif now >= since + self._seconds:
            log.info("%s: %s of %s", what, done, "?" if total is None else total)
            since = now
        self._seen[crm, what] = (done, since)
