"""Send the outbox to a CRM in full batches and settle each row by its own answer.

Rows of unknown outcome come first: they are read back before anything is sent again. Raises
the connector's errors after the rows of the failed call are back in a state that loses nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from connectors.base import Push, PushKind, PushResult, Settled
from connectors.errors import CredentialsRefused, CrmError, OutcomeUnknown, Throttled, Unavailable
from integration.backoff import pause
from integration.crashpoints import passing
from integration.jobs import settling
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
    for kind in outbox.ORDER:
        while rows := _claim(runtime, crm, kind):
            settled += _send(runtime, crm, rows, fresh_since)
            runtime.progress.step(crm, f"{kind.value} sent", settled, None)
    return settled


def _claim(runtime: Runtime, crm: str, kind: PushKind) -> list[Row]:
    limit = runtime.crms[crm].connector.batch_limit(kind)
    with begin(runtime.engine) as connection:
        return outbox.claim(connection, crm, kind, limit, runtime.wall(), LEASE)


def _claim_unknown(runtime: Runtime, crm: str, kind: PushKind) -> list[Row]:
    limit = runtime.crms[crm].connector.batch_limit(kind)
    with begin(runtime.engine) as connection:
        return outbox.claim_unknown(connection, crm, kind, limit, runtime.wall(), LEASE)


def _send(runtime: Runtime, crm: str, rows: Sequence[Row], fresh_since: datetime) -> int:
    """One call. Field rows that were tried before, or had to wait, are looked up first, so that
    what a person changed meanwhile is not overwritten."""
    passing("claimed")
    unsure = [
        row
        for row in rows
        if row.push.kind is PushKind.FIELD and (row.attempts or row.made_at < fresh_since)
    ]
    if unsure:
        rows = _looked_up(runtime, crm, rows, unsure)
        if not rows:
            return len(unsure)
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
        return len(rows)
    passing("answered")
    passing("before settling")
    with begin(runtime.engine) as connection:
        settling.settle(runtime, connection, crm, rows, results)
    passing("after settling")
    return len(rows)


def _looked_up(
    runtime: Runtime, crm: str, rows: Sequence[Row], unsure: Sequence[Row]
) -> list[Row]:
    """The rows that may still be sent. Raises what the reading raises, with all given back."""
    try:
        sure = settling.still_ours(runtime, crm, unsure)
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
            settling.again(runtime, connection, crm, row, "it did not reach the CRM", counted=False)
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
    with begin(runtime.engine) as connection:
        for row in rows:
            outbox.settle(connection, row, state="pending", due_at=runtime.wall())


def _park_all(runtime: Runtime, rows: Sequence[Row], error: CrmError) -> None:
    """An answer that fits no pattern: one row alone is parked, several are tried one by one."""
    with begin(runtime.engine) as connection:
        for row in rows:
            if len(rows) == 1:
                settling.park(runtime, connection, row, "internal", str(error))
            else:
                outbox.settle(
                    connection,
                    row,
                    state="pending",
                    attempts=max(row.attempts, outbox.ALONE_AFTER),
                    due_at=runtime.wall(),
                )
