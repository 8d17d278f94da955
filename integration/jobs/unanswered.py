"""Calls to which no answer came, or the CRM's own fault (5xx): whether that says something of
their rows or of the CRM, and what becomes of the rows.

The rows of a batch that is not answered are tried again in parts, and then alone. One that is not
answered alone, while the CRM takes others of its kind, is one that the CRM does not take: it waits
behind all others from then on, and what it is tried with is a small part of each round.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from connectors.errors import OutcomeUnknown
from integration import trail
from integration.backoff import pause, pause_in_vain
from integration.runtime import Runtime
from integration.store import outbox
from integration.store.engine import begin
from integration.store.outbox import ALONE_AFTER, Row

CALLS_AT_MOST = 10
"""One after the other that were not answered: then the round ends, so that what is new meanwhile
gets its turn. If nothing proves that the CRM takes others, then it is the CRM."""

BATCHES_AT_MOST = 3
"""The same for batches, where nothing proves that the CRM takes others: an outage is not to make
all that waits go alone."""

SILENCE_AT_MOST = timedelta(seconds=10)
"""Or so long waited for in vain: no other such call begins in this round."""

REST, LONG_REST = timedelta(seconds=1), timedelta(seconds=5)
"""After a round that ends so, before the next one. The longer one where nothing proves that the
CRM takes such rows at all."""


class Silence:
    """Of one round: its calls to write that were not answered.

    Told by several threads, without a lock: a count that is one short lets one call more go."""

    def __init__(self, runtime: Runtime, crm: str) -> None:
        self.takes_some = False  # the CRM, of what it is sent: that is proven
        self._rest: timedelta | None = None  # set once the round is to end
        self._hopes = False  # some of it may stand in the CRM, and is looked for soon
        self._runtime = runtime
        self._crm = crm
        self._calls = 0  # since the last answer
        self._unproven = 0  # those of them that may be the CRM's fault
        self._batches = 0  # those of these that were of several rows
        self._waited = timedelta()
        self._error: OutcomeUnknown | None = None  # the last that may be the CRM's fault

    def met(self, rows: Sequence[Row], error: OutcomeUnknown, waited: timedelta) -> None:
        """A call was not answered. Raises the error where that may be the CRM's fault."""
        others = unanswered(self._runtime, self._crm, rows, error)
        self._calls += 1
        self._waited += waited
        self._hopes |= rows[0].attempts <= ALONE_AFTER
        if others.went or rows[0].attempts > ALONE_AFTER:
            self.takes_some |= others.went
        else:
            self._unproven += 1
            self._batches += rows[0].attempts < ALONE_AFTER
            self._error = error
        if self._unproven >= CALLS_AT_MOST or self._batches >= BATCHES_AT_MOST:
            raise error
        if self._calls >= CALLS_AT_MOST or self._waited >= SILENCE_AT_MOST:
            known = others.of_the_kind or rows[0].attempts > ALONE_AFTER
            self._rest = REST if known else LONG_REST

    @property
    def is_enough(self) -> bool:
        """The round is to end, though not all that is due was tried."""
        return self._rest is not None

    def again_at(self, due_at: datetime, now: datetime) -> datetime:
        """When the next round is to come, where rows are due then."""
        if self._rest is not None:
            return max(due_at, now + self._rest)
        return min(due_at, now + REST) if self._hopes else due_at

    def broken(self) -> None:
        """A call to write was answered."""
        self._batches = self._calls = self._unproven = 0
        self.takes_some = True

    def end(self) -> None:
        """Of the round. Raises the error of its calls if nothing proves that the CRM takes any."""
        if self._error is not None and not self.takes_some:
            raise self._error


@dataclass(frozen=True, slots=True)
class Others:
    """Whether the CRM took any other rows since some were last tried."""

    went: bool
    of_the_kind: bool


def unanswered(runtime: Runtime, crm: str, rows: Sequence[Row], error: OutcomeUnknown) -> Others:
    """Only where others of their kind went meanwhile, the first try of a row alone counts, and the
    last one: a CRM that takes no such write at all makes no row one that it does not take, and
    exhausts none, however long it is so."""
    trail.unanswered(crm, rows)
    now = runtime.wall()
    most = runtime.crms[crm].rules.limits.max_attempts
    with begin(runtime.engine) as connection:
        others = _others(connection, crm, rows)
        for row in rows:
            attempts = row.attempts + 1
            in_vain = row.attempts == ALONE_AFTER or attempts >= most
            if in_vain and not others.of_the_kind:
                attempts = row.attempts
            outbox.settle(
                connection,
                row,
                state="unknown",
                due_at=now + _pause(row, attempts, runtime.crms[crm].connector.grace, now),
                attempts=min(attempts, most),
                sentence=str(error),
                settled_at=now,
            )
    return others


def _others(connection: Connection, crm: str, rows: Sequence[Row]) -> Others:
    """A row that is tried for the first time proves nothing."""
    tried_at = [row.tried_at for row in rows if row.tried_at is not None]
    if len(tried_at) < len(rows):
        return Others(went=False, of_the_kind=False)
    kind, since = rows[0].push.kind, max(tried_at)
    return Others(
        outbox.delivered_since(connection, crm, outbox.ORDER, since),
        outbox.delivered_since(connection, crm, [kind], since),
    )


def _pause(row: Row, attempts: int, grace: timedelta, now: datetime) -> timedelta:
    at_least = max(grace, pause(row.attempts + 1))
    if attempts > row.attempts or row.tried_at is None:
        return at_least
    known = row.attempts > ALONE_AFTER
    return max(at_least, pause_in_vain(now - row.tried_at, known=known))
