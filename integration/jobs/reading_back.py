"""Find out what became of rows that were sent and never answered, before anything is sent again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from connectors.base import Push, PushKind, PushResult, Settled
from connectors.errors import CrmError
from integration.jobs import deferring, settling
from integration.runtime import Runtime
from integration.store import claiming, outbox
from integration.store.engine import begin
from integration.store.outbox import Row


def read_back(runtime: Runtime, crm: str, lease: timedelta) -> Iterator[int]:
    """All whose grace has passed, batch by batch; how many of each are settled. Raises the
    connector's errors, with the rows unknown as before."""
    for kind in outbox.ORDER:
        while rows := _claim(runtime, crm, kind, lease):
            yield _read_back(runtime, crm, kind, rows)


def _claim(runtime: Runtime, crm: str, kind: PushKind, lease: timedelta) -> list[Row]:
    limit = runtime.crms[crm].connector.batch_limit(kind)
    with begin(runtime.engine) as connection:
        return claiming.claim_unknown(connection, crm, kind, limit, runtime.wall(), lease)


def _read_back(runtime: Runtime, crm: str, kind: PushKind, rows: Sequence[Row]) -> int:
    """Find out what became of writes that were never answered."""
    connector = runtime.crms[crm].connector
    if kind is not PushKind.TASK_CREATE:
        # changing an owner or closing twice does no harm; fields are looked up when sent again
        give_back(runtime, rows)
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


def give_back(runtime: Runtime, rows: Sequence[Row]) -> None:
    """Let claimed rows go: they are due again at once."""
    if not rows:
        return
    with begin(runtime.engine) as connection:
        for row in rows:
            outbox.settle(connection, row, state="pending", due_at=runtime.wall())
