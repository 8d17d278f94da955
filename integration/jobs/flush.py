"""Send the outbox to a CRM in full batches and settle each row by its own answer.

Rows of unknown outcome come first: they are read back before anything is sent again. Raises
the connector's errors after the rows of the failed call are back in a state that loses nothing.

Most of the time goes by waiting for the CRM. So a thread of its own does the calls, one at a
time, and meanwhile the batch before is settled and the next one claimed. Each batch by itself is
still claimed, then sent, then settled.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.base import Push, PushKind, PushResult, Settled
from connectors.errors import CredentialsRefused, CrmError, OutcomeUnknown, Throttled, Unavailable
from integration.backoff import pause
from integration.crashpoints import passing
from integration.jobs import deferring, looking_up, settling
from integration.runtime import Runtime
from integration.store import outbox
from integration.store.engine import begin
from integration.store.outbox import Row

LEASE = timedelta(seconds=120)
"""Longer than any call may take (connect 5 s, read 30 s, one token refresh)."""


def flush(runtime: Runtime, crm: str, *, fresh_since: datetime) -> int:
    """Send everything that is due; answers how many rows were settled. Field rows that were
    decided before `fresh_since` are looked up before they are sent."""
    settled = 0
    for kind in outbox.ORDER:
        while rows := _claim_unknown(runtime, crm, kind):
            settled += _read_back(runtime, crm, kind, rows)
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"calls-{crm}") as calls:
        return settled + _send_all(runtime, crm, fresh_since, calls)


def _send_all(runtime: Runtime, crm: str, fresh_since: datetime, calls: Executor) -> int:
    """Every row that is due. Whatever breaks off here (a failed call, a stop that was asked
    for), batches that were answered are settled and those not sent are given back."""
    settled = 0
    answered = _NOTHING
    claimed = _claim(runtime, crm)
    try:
        while claimed:
            kind = claimed[0].push.kind
            call = calls.submit(_send, runtime, crm, claimed, fresh_since)
            claimed = []
            try:
                settled += _settle(runtime, crm, answered)
                claimed = _claim(runtime, crm)
            finally:
                answered = _NOTHING
                answered = call.result()
            runtime.progress.step(crm, f"{kind.value} sent", settled, None)
            if not claimed:  # what waited for these very rows may go after them
                settled += _settle(runtime, crm, answered)
                answered = _NOTHING
                claimed = _claim(runtime, crm)
    finally:
        _settle(runtime, crm, answered)
        _give_back(runtime, claimed)
    return settled


def _claim(runtime: Runtime, crm: str) -> list[Row]:
    """The next batch, of one kind."""
    connector = runtime.crms[crm].connector
    with begin(runtime.engine) as connection:
        for kind in outbox.ORDER:
            limit = connector.batch_limit(kind)
            rows = outbox.claim(connection, crm, kind, limit, runtime.wall(), LEASE)
            if rows:
                return rows
    return []


def _claim_unknown(runtime: Runtime, crm: str, kind: PushKind) -> list[Row]:
    limit = runtime.crms[crm].connector.batch_limit(kind)
    with begin(runtime.engine) as connection:
        return outbox.claim_unknown(connection, crm, kind, limit, runtime.wall(), LEASE)


@dataclass(frozen=True, slots=True)
class _Answered:
    """A batch and the CRM's answers; `rows` are those that were sent, of `taken` that were
    claimed. The others have been seen to."""

    rows: Sequence[Row]
    results: Sequence[PushResult]
    taken: int


_NOTHING = _Answered((), (), 0)


def _send(runtime: Runtime, crm: str, rows: Sequence[Row], fresh_since: datetime) -> _Answered:
    """One call. Field rows that were tried before, or had to wait, are looked up first, so that
    what a person changed meanwhile is not overwritten."""
    passing("claimed")
    taken = len(rows)
    unsure = [
        row
        for row in rows
        if row.push.kind is PushKind.FIELD and (row.attempts or row.made_at < fresh_since)
    ]
    if unsure:
        rows = _looked_up(runtime, crm, rows, unsure)
        if not rows:
            return _Answered((), (), taken)
    connector = runtime.crms[crm].connector
    passing("sent")
    try:
        results = connector.push([row.push for row in rows])
    except OutcomeUnknown as error:
        _unknown(runtime, crm, rows, error)
        raise
    except (Unavailable, Throttled, CredentialsRefused):
        _give_back(runtime, rows)
        raise
    except CrmError as error:
        _park_all(runtime, rows, error)
        return _Answered((), (), taken)
    passing("answered")
    return _Answered(rows, results, taken)


def _settle(runtime: Runtime, crm: str, answered: _Answered) -> int:
    if answered.rows:
        passing("before settling")
        with begin(runtime.engine) as connection:
            settling.settle(runtime, connection, crm, answered.rows, answered.results)
        passing("after settling")
    return answered.taken


def _looked_up(runtime: Runtime, crm: str, rows: Sequence[Row], unsure: Sequence[Row]) -> list[Row]:
    """The rows that may still be sent. Raises what the reading raises, with all given back."""
    try:
        sure = looking_up.still_ours(runtime, crm, unsure)
    except CrmError:
        _give_back(runtime, rows)
        raise
    return [*sure, *(row for row in rows if row not in unsure)]


def _read_back(runtime: Runtime, crm: str, kind: PushKind, rows: Sequence[Row]) -> int:
    """Find out what became of writes that were never answered."""
    connector = runtime.crms[crm].connector
    if kind is not PushKind.TASK_CREATE:
        # changing an owner or closing twice does no harm; fields are looked up when sent again
        _give_back(runtime, rows)
        return 0
    try:
        found = connector.find([row.push for row in rows])
    except CrmError:
        with begin(runtime.engine) as connection:
            for row in rows:
                outbox.settle(connection, row, state="unknown", due_at=runtime.wall())
        raise
    stands = [row for row in rows if found.get(row.push.id)]
    with begin(runtime.engine) as connection:
        settling.settle(
            runtime, connection, crm, stands, [_found(row.push, found) for row in stands]
        )
        for row in rows:
            if row in stands:
                continue
            deferring.again(
                runtime, connection, crm, row, "it did not reach the CRM", counted=False
            )
    return len(stands)


def _found(push: Push, found: dict[str, str | None]) -> PushResult:
    return PushResult(push.id, Settled.DELIVERED, crm_id=found[push.id])


def _unknown(runtime: Runtime, crm: str, rows: Sequence[Row], error: OutcomeUnknown) -> None:
    grace = runtime.crms[crm].connector.grace
    with begin(runtime.engine) as connection:
        for row in rows:
            limits = runtime.crms[crm].rules.limits
            outbox.settle(
                connection,
                row,
                state="unknown",
                due_at=runtime.wall() + max(grace, pause(row.attempts + 1)),
                attempts=min(row.attempts + 1, limits.max_attempts),
                sentence=str(error),
            )


def _give_back(runtime: Runtime, rows: Sequence[Row]) -> None:
    if not rows:
        return
    with begin(runtime.engine) as connection:
        for row in rows:
            outbox.settle(connection, row, state="pending", due_at=runtime.wall())


def _park_all(runtime: Runtime, rows: Sequence[Row], error: CrmError) -> None:
    """An answer that fits no pattern: one row alone is parked, several are tried one by one."""
    with begin(runtime.engine) as connection:
        for row in rows:
            if len(rows) == 1:
                deferring.park(runtime, connection, row, "internal", str(error))
            else:
                outbox.settle(
                    connection,
                    row,
                    state="pending",
                    attempts=max(row.attempts, outbox.ALONE_AFTER),
                    due_at=runtime.wall(),
                )
