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
    """A `runtime.Progress` that logs a line per CRM and kind of work now and then."""

    def __init__(
        self, seconds: float = 10.0, elapsed: Callable[[], float] = time.monotonic
    ) -> None:
        self._seconds = seconds
        self._elapsed = elapsed
        self._shown_at: dict[tuple[str, str], float] = {}

    def step(self, crm: str, what: str, done: int, total: int | None) -> None:
        now = self._elapsed()
        if now < self._shown_at.get((crm, what), float("-inf")) + self._seconds:
            return
        self._shown_at[crm, what] = now
        log.info("%s: %s of %s", what, done, "?" if total is None else total)
