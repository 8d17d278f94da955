"""One batch: a call to the CRM, with what may keep its rows from being sent, and what becomes of
the answer."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.base import PushKind, PushResult
from connectors.errors import CredentialsRefused, CrmError, OutcomeUnknown, Throttled, Unavailable
from integration.crashpoints import passing
from integration.jobs import deferring, looking_up, settling
from integration.jobs.reading_back import give_back
from integration.jobs.unanswered import Silence
from integration.runtime import Runtime
from integration.store import claiming, outbox, turns
from integration.store.engine import begin
from integration.store.outbox import Row
from integration.store.parking import Parked

LEASE = timedelta(seconds=120)
"""Longer than any call may take (connect 5 s, read 30 s, one token refresh)."""
FRESH = timedelta(seconds=5)
"""A claim that is older than that is looked after before its rows are sent; any, where several
workers share the store."""
LEAST = timedelta(seconds=1)
"""For a call to begin in, however short a grace the rule file gives."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A batch and the CRM's answers; `rows` are those that were sent, of those `claimed`. The
    others have been seen to."""

    claimed: Sequence[Row]
    rows: Sequence[Row] = ()
    results: Sequence[PushResult] = ()


def send_batch(
    runtime: Runtime, crm: str, rows: Sequence[Row], fresh_since: datetime, silence: Silence
) -> Answered | None:
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
            return Answered(claimed)
    rows = _ours_yet(runtime, rows)
    if not rows:
        return Answered(claimed)
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
        return Answered(claimed)
    silence.broken()
    passing("answered")
    return Answered(claimed, rows, results)


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


def settle_batch(runtime: Runtime, crm: str, answered: Answered) -> None:
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
