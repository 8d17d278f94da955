"""Send the outbox to a CRM in full batches and settle each row by its own answer.

Rows of unknown outcome come first: they are read back before anything is sent again. Raises
the connector's errors after the rows of the failed call are back in a state that loses nothing.

Most of the time goes by waiting for the CRM. So threads of their own do the calls, as many at once
as the CRM likes, and meanwhile the batches before are settled and the next ones claimed. Each
batch by itself is still claimed, then sent, then settled.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product

from connectors.base import PushKind, PushResult
from connectors.errors import CredentialsRefused, CrmError, OutcomeUnknown, Throttled, Unavailable
from integration.crashpoints import passing
from integration.jobs import deferring, looking_up, settling
from integration.jobs.customers_in_use import CustomersInUse
from integration.jobs.reading_back import give_back, read_back
from integration.jobs.unanswered import Silence
from integration.runtime import Runtime
from integration.store import claiming, outbox, turns
from integration.store.claiming import Tried
from integration.store.engine import begin, reading
from integration.store.outbox import Row
from integration.store.parking import Parked

LEASE = timedelta(seconds=120)
"""Longer than any call may take (connect 5 s, read 30 s, one token refresh)."""
READY = 2
"""Batches behind the calls under way while customers are decided: the CRM need not wait for us."""
FRESH = timedelta(seconds=5)
"""A claim that is older than that is looked after before its rows are sent; any, where several
workers share the store."""
LEAST = timedelta(seconds=1)
"""For a call to begin in, however short a grace the rule file gives."""


def flush(runtime: Runtime, crm: str, *, fresh_since: datetime) -> int:
    """Send everything that is due; answers how many rows were settled. Field rows that were
    decided before `fresh_since` are looked up before they are sent."""
    with Sender(runtime, crm, fresh_since=fresh_since) as sender:
        sender.finish()
        return sender.settled


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
        self._calls: list[Future[_Answered | None]] = []  # the first are under way
        self._answered: list[_Answered] = []  # not settled yet
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

    def _in_turn(self, rows: list[Row]) -> _Answered | None:
        """In a thread: one call, or none where one before failed. None where nothing was answered
        that is to be settled."""
        with self._customers.of(rows) if self._customers else nullcontext():
            if self._broken_off:
                give_back(self._runtime, rows)
                return None
            try:
                answered = _send(self._runtime, self._crm, rows, self._fresh_since, self.silence)
            except BaseException:
                self._broken_off = True
                raise
            self._broken_off |= self.silence.is_enough
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
            _settle(self._runtime, self._crm, answered)
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


@dataclass(frozen=True, slots=True)
class _Answered:
    """A batch and the CRM's answers; `rows` are those that were sent, of those `claimed`. The
    others have been seen to."""

    claimed: Sequence[Row]
    rows: Sequence[Row] = ()
    results: Sequence[PushResult] = ()


def _send(
    runtime: Runtime, crm: str, rows: Sequence[Row], fresh_since: datetime, silence: Silence
) -> _Answered | None:
    """One call; None where it was not answered and the round goes on. Field rows that were tried
    before, or had to wait, are looked up first, so that what a person changed meanwhile is not
    overwritten."""
    passing("batch claimed")
    claimed = rows
    unsure = [
        row
        for row in rows
        if row.push.kind is PushKind.FIELD and (row.attempts or row.made_at < fresh_since)
    ]
    if unsure:
        rows = _looked_up(runtime, crm, rows, unsure)
        if not rows:
            return _Answered(claimed)
    rows = _ours_yet(runtime, rows)
    if not rows:
        return _Answered(claimed)
    connector = runtime.crms[crm].connector
    passing("sent")
    began_at = runtime.wall()
    try:
        with _in_time(runtime, crm, rows):
            results = connector.push([row.push for row in rows])
    except OutcomeUnknown as error:
        silence.met(rows, error, runtime.wall() - began_at)
        return None
    except (Unavailable, Throttled, CredentialsRefused):
        give_back(runtime, rows)
        raise
    except CrmError as error:
        silence.broken()
        _park_all(runtime, crm, rows, error)
        return _Answered(claimed)
    silence.broken()
    passing("answered")
    return _Answered(claimed, rows, results)


def _ours_yet(runtime: Runtime, rows: Sequence[Row]) -> Sequence[Row]:
    """The rows without those that somebody took over. A batch may have waited long: for the call
    before it, or with the whole process, which was stopped. Several workers tell each other when
    a call begins."""
    now = runtime.wall()
    fresh = all(now < row.lease_until - LEASE + FRESH for row in rows)
    if fresh and not turns.others_may_work(runtime.engine):
        return rows
    with begin(runtime.engine) as connection:
        return claiming.renew(connection, rows, now, LEASE)


def _in_time(runtime: Runtime, crm: str, rows: Sequence[Row]) -> AbstractContextManager[None]:
    """Where others would take these rows over if we stood still, the call begins while its answer
    would still come before they look for it."""
    part = runtime.crms[crm]
    if part.gate is None or not part.connector.grace or not turns.others_may_work(runtime.engine):
        return nullcontext()
    within = max(part.connector.grace, LEAST)
    return part.gate.writes_begin_by(rows[0].lease_until - LEASE + within)


def _settle(runtime: Runtime, crm: str, answered: _Answered) -> None:
    if answered.rows:
        passing("before settling")
        with begin(runtime.engine) as connection:
            settling.settle(runtime, connection, crm, answered.rows, answered.results)
        passing("after settling")


def _looked_up(runtime: Runtime, crm: str, rows: Sequence[Row], unsure: Sequence[Row]) -> list[Row]:
    """The rows that may still be sent. Raises what the reading raises, with all given back."""
    try:
        sure = looking_up.still_ours(runtime, crm, unsure)
    except CrmError:
        give_back(runtime, rows)
        raise
    return [*sure, *(row for row in rows if row not in unsure)]


def _park_all(runtime: Runtime, crm: str, rows: Sequence[Row], error: CrmError) -> None:
    """An answer that fits no pattern: one row alone is parked, several are tried one by one."""
    with begin(runtime.engine) as connection:
        for row in rows:
            if len(rows) == 1:
                deferring.park(runtime, connection, crm, row, Parked.INTERNAL, str(error))
            else:
                outbox.settle(
                    connection,
                    row,
                    state="pending",
                    attempts=max(row.attempts, outbox.ALONE_AFTER),
                    due_at=runtime.wall(),
                )
