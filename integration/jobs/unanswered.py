"""Calls to which no answer came, or the CRM's own fault (5xx): whether that says something of
their rows or of the CRM, and what becomes of the rows."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from connectors.errors import OutcomeUnknown
from integration import trail
from integration.backoff import pause
from integration.runtime import Runtime
from integration.store import outbox
from integration.store.engine import begin
from integration.store.outbox import Row

ROWS_AT_MOST = 10
"""One after the other that went alone and were not answered: then it is the CRM."""


class Silence:
    """Of one round. A row that goes alone and is not answered is one that the CRM cannot take, and
    the others go on without it; unless several follow each other, or nothing at all is taken.

    Told by several threads, without a lock: a count that is one short lets one row more go."""

    def __init__(self) -> None:
        self._rows = 0  # since the last answer
        self._last: OutcomeUnknown | None = None
        self._answered = False

    def of_a_row(self, error: OutcomeUnknown) -> bool:
        """Whether the round goes on after a row that went alone was not answered."""
        self._rows += 1
        self._last = error
        return self._rows < ROWS_AT_MOST

    def broken(self) -> None:
        """A call was answered."""
        self._rows = 0
        self._answered = True

    def end(self) -> None:
        """Of the round. Raises the error of its rows if none was answered: the CRM may be away."""
        if self._last is not None and not self._answered:
            raise self._last


def unanswered(runtime: Runtime, crm: str, rows: Sequence[Row], error: OutcomeUnknown) -> None:
    """A CRM that takes no write at all exhausts no row, however long it is so: the last try
    counts where another row of its kind was delivered since the one before. Then it is this row
    that the CRM cannot take."""
    trail.unanswered(crm, rows)
    grace, now = runtime.crms[crm].connector.grace, runtime.wall()
    most = runtime.crms[crm].rules.limits.max_attempts
    with begin(runtime.engine) as connection:
        for row in rows:
            attempts = row.attempts + 1
            if attempts >= most and not _others_went(connection, crm, row):
                attempts = row.attempts
            outbox.settle(
                connection,
                row,
                state="unknown",
                due_at=now + max(grace, pause(row.attempts + 1)),
                attempts=min(attempts, most),
                sentence=str(error),
                settled_at=now,
            )


def _others_went(connection: Connection, crm: str, row: Row) -> bool:
    """Since it was last tried; a row that is tried for the first time proves nothing."""
    return row.tried_at is not None and outbox.delivered_since(
        connection, crm, row.push.kind, row.tried_at
    )
