"""Send the outbox to a CRM in full batches and settle each row by its own answer.

Rows of unknown outcome come first: they are read back before anything is sent again. Raises
the connector's errors after the rows of the failed call are back in a state that loses nothing.

Most of the time goes by waiting for the CRM. So threads of their own do the calls, as many at once
as the CRM likes, and meanwhile the batches before are settled and the next ones claimed. Each
batch by itself is still claimed, then sent, then settled.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from datetime import datetime
from itertools import product

from connectors.errors import CrmError
from integration.jobs.customers_in_use import CustomersInUse
from integration.jobs.reading_back import give_back, read_back
from integration.jobs.sending import LEASE, Answered, send_batch, settle_batch
from integration.jobs.unanswered import Silence
from integration.runtime import Runtime
from integration.store import claiming, outbox, turns
from integration.store.claiming import Tried
from integration.store.engine import begin, reading
from integration.store.outbox import Row

READY = 2
"""Batches behind the calls under way while customers are decided: the CRM need not wait for us."""


class Sender:
    """Sends a CRM's rows for as long as a round makes new ones, and then the rest.

    Whatever breaks off here (a failed call, a stop that was asked for), batches that were
    answered are settled and those not sent are given back.
    """

    def __init__(self, runtime: Runtime, crm: str, *, fresh_since: datetime) -> None:
        self.settled = 0  # rows so far
        self.silence = Silence(runtime, crm)
        self._runtime = runtime
        self._crm = crm
        self._fresh_since = fresh_since
        connector = runtime.crms[crm].connector
        self._at_once = connector.at_once
        self._threads = ThreadPoolExecutor(self._at_once, thread_name_prefix=f"calls-{crm}")
        self._customers = CustomersInUse() if connector.locks_accounts else None
        self._calls: list[Future[Answered | None]] = []  # the first are under way
        self._answered: list[Answered] = []  # not settled yet
        self._broken_off = False  # no other call begins

    def __enter__(self) -> Sender:
        return self

    def __exit__(self, _type: object, reason: BaseException | None, _trace: object) -> None:
        """Await the calls that are under way, and leave nothing half done."""
        self._broken_off = True
        failed: CrmError | None = None
        try:
            while self._calls:
                try:
                    self._await()
                except CrmError as error:
                    failed = failed or error
        finally:
            self._threads.shutdown()
            self._settle()
        if failed is not None and reason is None:
            raise failed

    def offer(self) -> None:
        """More rows are still being made: send full batches of them one after the other, without
        waiting, and settle what was answered. A call that failed shows itself at `finish`."""
        while (
            not self._broken_off
            and len(self._calls) < self._at_once + READY
            and (rows := self._claim_full())
        ):
            self._send(rows)
        while self._calls and self._calls[0].done() and not self._calls[0].exception():
            self._await()
            self._tell()
        self._settle()

    def finish(self) -> None:
        """Send all that is due, and settle it. Raises the connector's errors, and the stop that
        was asked for meanwhile."""
        if not self._calls:
            if not self._waiting():
                return
            self._read_back()
        # one batch more than may be under way is claimed, so that no call waits for the store;
        # what waited for rows under way may go once they are settled
        while (claimed := self._claim()) or self._calls:
            if claimed:
                self._send(claimed)
            if not claimed or len(self._calls) > self._at_once:
                self._await()
                self._tell()
                self._settle()
        self.silence.end()

    def _send(self, rows: list[Row]) -> None:
        self._calls.append(self._threads.submit(self._in_turn, rows))

    def _in_turn(self, rows: list[Row]) -> Answered | None:
        """In a thread: one call, or none where one before failed. None where nothing was answered
        that is to be settled."""
        with self._customers.of(rows) if self._customers else nullcontext():
            if self._broken_off:
                give_back(self._runtime, rows)
                return None
            try:
                answered = send_batch(
                    self._runtime, self._crm, rows, self._fresh_since, self.silence
                )
            except BaseException:
                self._broken_off = True
                raise
            if self.silence.is_enough:
                self._broken_off = True
            return answered

    def _await(self) -> None:
        """The answer of the call under way, if any. Raises what it raised."""
        if self._calls and (answered := self._calls.pop(0).result()) is not None:
            self._answered.append(answered)

    def _tell(self) -> None:
        """Also of a row that was not answered: a stop need not wait for all of them."""
        said = "rows tried"
        if self._answered:
            said = f"{self._answered[-1].claimed[0].push.kind.value} sent"  # a batch is of one kind
        done = self.settled + sum(len(one.claimed) for one in self._answered)
        self._runtime.progress.step(self._crm, said, done, None)

    def _settle(self) -> None:
        while self._answered:
            answered = self._answered.pop(0)
            settle_batch(self._runtime, self._crm, answered)
            self.settled += len(answered.claimed)

    def _waiting(self) -> bool:
        with reading(self._runtime.engine) as connection:
            return claiming.next_due(connection, self._crm) is not None

    def _read_back(self) -> None:
        """Rows of unknown outcome, before anything else."""
        for settled in read_back(self._runtime, self._crm, LEASE):
            self.settled += settled

    def _claim(self) -> list[Row]:
        """The next batch, of one kind. None once the round is to end."""
        return [] if self._broken_off else self._claim_next(Tried)

    def _claim_full(self) -> list[Row]:
        """Only one that holds all it can, of rows that nobody tried yet."""
        return self._claim_next([Tried.NEVER], full=True)

    def _claim_next(self, order: Iterable[Tried], *, full: bool = False) -> list[Row]:
        connector = self._runtime.crms[self._crm].connector
        now, tells = self._runtime.wall(), turns.others_may_work(self._runtime.engine)
        with begin(self._runtime.engine) as connection:
            for tried, kind in product(order, outbox.ORDER):
                limit = connector.batch_limit(kind)
                rows = claiming.claim(
                    connection,
                    self._crm,
                    kind,
                    limit,
                    now,
                    LEASE,
                    tried=tried,
                    least=limit if full else 1,
                    tells=tells,
                )
                if rows:
                    return rows
        return []
