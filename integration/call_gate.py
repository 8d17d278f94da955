"""Stands before every call to a CRM: counts it for all processes, keeps to the limits, paces.

What all processes share stands in the store and is asked for seldom: calls are reserved in lumps,
and a turn at searching lasts for several searches. What was reserved in vain is handed back at the
end of each round. A process that is killed leaves at most one lump counted and one turn unused.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Connection, Engine

from connectors.errors import Throttled, Unavailable
from connectors.limits import Told
from integration.pacing import Burst
from integration.quota import Spending, Terms
from integration.search_turns import SearchTurns
from integration.store import quota
from integration.store.engine import begin


class CallGate:
    """One CRM's gate in one process; satisfies `connectors.limits.Gate`. Any thread may enter.

    `wall` is the real clock. Without `searches` they are not paced. Without `holds_back` calls
    are counted and made even where none is left: somebody asks for them by hand.
    """

    def __init__(
        self,
        engine: Engine,
        crm: str,
        terms: Terms,
        *,
        searches: SearchTurns | None = None,
        holds_back: bool = True,
        wall: Callable[[], datetime],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._engine = engine
        self._crm = crm
        self._terms = terms
        self._searches = searches
        self._holds_back = holds_back
        self._wall = wall
        self._sleep = sleep
        self._burst = Burst()
        self._lock = threading.Lock()
        self._thread = threading.local()  # .begin_by, inside `writes_begin_by`
        self._left = 0  # reserved calls that may be made yet
        self._spare = 0  # reserved ones that will not be made
        self._known = Spending(terms.share(None))  # as the store had it when we last looked
        self._heard: Spending | None = None  # that, with what answers told since
        self._unsettled = False
        self.fullness = 0.0
        """How much of our share, or of the company's calls, was used when we last looked."""

    def enter(self, kind: str) -> None:
        """See `Gate`. A log-in counts against no quota."""
        if kind == "auth":
            return
        with self._lock:
            if self._left < 1:
                self._reserve()
            self._left -= 1
        if kind == "search":
            if self._searches is not None:
                self._searches.wait()
            return
        if (pause := self._burst.begin()) > 0:
            self._sleep(pause)
        if kind == "write":
            try:
                self._refuse_late()
            except Unavailable:
                self._burst.end()
                raise

    def until_sent(self) -> Callable[[], None] | None:
        """See `Gate`."""
        return None if self._begin_by() is None else self._refuse_late

    @contextmanager
    def writes_begin_by(self, instant: datetime) -> Iterator[None]:
        """Inside, this thread writes before that instant or not at all: `enter` and whatever sends
        raise Unavailable.

        A process that was stopped may go on at any time, also between whatever it has checked and
        its call; by then others have looked for what it was to write, and have written it."""
        self._thread.begin_by = instant
        try:
            yield
        finally:
            self._thread.begin_by = None

    def leave(self, kind: str, *, too_many: bool = False) -> None:
        """See `Gate`."""
        if kind == "search":
            if self._searches is not None:
                self._searches.answered(too_many=too_many)
        elif kind != "auth":
            self._burst.end()

    def heard(self, told: Told) -> None:
        """See `Gate`. Where the day turns out to be another one than was reserved by, the next
        call reserves anew."""
        now = self._wall()
        with self._lock:
            self._burst.heard(told)
            before = self._heard or self._known
            self._heard = after = before.hear(told, now)
            another_day = (after.of, str(after.zone)) != (before.of, str(before.zone))
            if another_day or after.closing(now) is not None:
                self._spare += self._left
                self._left = 0

    def settle(self) -> None:
        """At the end of a round: hand back what is left over, and store what was heard."""
        with self._lock:
            if not self._unsettled:
                return
            with begin(self._engine) as connection:
                self._take_stock(connection, self._wall())
                if self._searches is not None:
                    self._searches.end(connection)
            self._unsettled = False

    def _begin_by(self) -> datetime | None:
        found: datetime | None = getattr(self._thread, "begin_by", None)
        return found

    def _refuse_late(self) -> None:
        begin_by = self._begin_by()
        if begin_by is not None and self._wall() > begin_by:
            raise Unavailable("this process stood still before a call: nothing was done")

    def _reserve(self) -> None:
        """Raises Throttled where it is closed."""
        now = self._wall()
        lump = 0
        with begin(self._engine) as connection:
            closing = self._take_stock(connection, now).closing(now)
            if not self._holds_back:
                closing = None
            if closing is None:
                lump = self._known.lump(now)
                quota.count(connection, self._crm, now, lump)
        self._left = lump
        self._unsettled = closing is None
        if closing is not None:
            raise Throttled(closing.sentence, closing.until)

    def _take_stock(self, connection: Connection, now: datetime) -> Spending:
        """Hand back, store what was heard; the CRM's day as it stands then."""
        spare, heard = self._left + self._spare, self._heard
        self._left, self._spare, self._heard = 0, 0, None
        self._known = quota.stock(connection, self._crm, now, self._terms, heard=heard, spare=spare)
        self.fullness = self._known.fullness(now)
        return self._known
