"""One CRM's thread in the one process: a connector is never used by two rounds at once."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from integration.backoff import pause
from integration.engine.door import Wake
from integration.engine.looking_after import look_after
from integration.engine.progress import Stopping
from integration.jobs.cycle import Round, take_over
from integration.jobs.prune import prune
from integration.logs import about
from integration.runtime import Runtime

LONGEST_NAP = timedelta(seconds=60)
"""The clock on the wall may be set while we wait for an instant."""

log = logging.getLogger(__name__)


class Lane:
    """Does what a CRM is woken for, one thing after the other.

    A wake-up during a round means one more round after it, however many there were.
    """

    def __init__(self, runtime: Runtime, crm: str, stopping: threading.Event) -> None:
        self.crm = crm
        self.faults = 0  # turns in a row that failed inside winback
        self._runtime = runtime
        self._stopping = stopping
        self._wanted: dict[Wake, datetime] = {}
        self._news = threading.Condition()
        self._taken_over = False
        self._stuck = 0
        self._thread = threading.Thread(target=self._live, name=f"crm-{crm}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self, kind: Wake, at: datetime | None = None) -> None:
        at = at or self._runtime.wall()
        with self._news:
            self._wanted[kind] = min(self._wanted.get(kind, at), at)
            self._news.notify()

    def notice_stop(self) -> None:
        with self._news:
            self._news.notify()

    def join(self, seconds: float) -> bool:
        """True once the thread has ended."""
        if self._thread.ident is not None:
            self._thread.join(seconds)
        return not self._thread.is_alive()

    def _live(self) -> None:
        with about(self.crm):
            while kinds := self._next():
                self._turn(kinds)

    def _next(self) -> set[Wake]:
        """What is due, waited for; nothing once a stop is asked for."""
        with self._news:
            while not self._stopping.is_set():
                now = self._runtime.wall()
                due = {kind for kind, at in self._wanted.items() if at <= now}
                if due:
                    for kind in due:
                        del self._wanted[kind]
                    return due
                naps = [LONGEST_NAP, *(at - now for at in self._wanted.values())]
                self._news.wait(min(naps).total_seconds())
        return set()

    def _turn(self, kinds: set[Wake]) -> None:
        failed = False
        if kinds & {Wake.POLL, Wake.DRAIN}:
            kind = Wake.POLL if Wake.POLL in kinds else Wake.DRAIN
            failed |= not self._attempt(kind, lambda: self._round(kind))
        if Wake.PRUNE in kinds:
            failed |= not self._attempt(Wake.PRUNE, lambda: prune(self._runtime, self.crm))
        self.faults = self.faults + 1 if failed else 0

    def _attempt(self, kind: Wake, work: Callable[[], object]) -> bool:
        """A failure nobody foresaw (the database is away, a fault of ours) is logged, and tried
        again after a pause that grows. Rows that it left under way are taken over then."""
        try:
            work()
        except Stopping:
            return True
        except Exception:
            log.exception("a %s failed; it will be tried again", kind.value)
            self._taken_over = False
            self.wake(kind, self._runtime.wall() + pause(self.faults + 1))
            return False
        return True

    def _round(self, kind: Wake) -> None:
        if not self._taken_over:
            orphans = take_over(self._runtime, self.crm)
            self._taken_over = True
            if orphans:
                log.info("%s rows were under way when the last round broke off", orphans)
        self._runtime.renew()
        self._follow(look_after(self._runtime, self.crm, kind))

    def _follow(self, done: Round) -> None:
        """Come again when there is something to do. Rows that are due and still do not move
        (an earlier one of their stream is held) are looked at less and less often."""
        if done.again_at is None:
            self._stuck = 0
            return
        now = self._runtime.wall()
        self._stuck = self._stuck + 1 if done.again_at <= now and not done.settled else 0
        at = now + pause(self._stuck) if self._stuck else done.again_at
        self.wake(Wake.DRAIN if done.polled else Wake.POLL, at)
