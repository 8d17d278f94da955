"""Find out what became of rows that were sent and never answered, before anything is sent again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import Connection

from connectors.base import PushKind, PushResult, Settled
from connectors.errors import CrmError
from integration.jobs import deferring, looking_up, settling
from integration.runtime import Runtime
from integration.store import claiming, outbox
from integration.store.engine import begin
from integration.store.outbox import Row


def read_back(runtime: Runtime, crm: str, lease: timedelta) -> Iterator[int]:
    """All whose grace has passed, batch by batch, and new tasks and fields before: what is found
    stands, what is not may land yet. Answers how many of each batch are settled. Raises the
    connector's errors, with the rows unknown as before."""
    for kind in outbox.ORDER:
        while rows := _claim(runtime, crm, kind, lease):
            yield _read_back(runtime, crm, kind, rows)
    for kind in (PushKind.TASK_CREATE, PushKind.FIELD):
        last = 0
        while rows := _claim(runtime, crm, kind, lease, early_after=last):
            last = rows[-1].id
            yield _look_early(runtime, crm, kind, rows)


def _claim(
    runtime: Runtime,
    crm: str,
    kind: PushKind,
    lease: timedelta,
    early_after: int | None = None,
) -> list[Row]:
    limit = runtime.crms[crm].connector.batch_limit(kind)
    with begin(runtime.engine) as connection:
        return claiming.claim_unknown(
            connection, crm, kind, limit, runtime.wall(), lease, early_after=early_after
        )


def _read_back(runtime: Runtime, crm: str, kind: PushKind, rows: Sequence[Row]) -> int:
    """Find out what became of writes that were never answered. What does not stand is sent again,
    or parked where it was tried often enough."""
    found: Mapping[str, str | None] = {}
    # changing an owner or closing twice does no harm; fields are looked up when sent again
    if kind is PushKind.TASK_CREATE:
        found = _find(runtime, crm, rows, due_at=runtime.wall())
    stands = [row for row in rows if found.get(row.push.id)]
    with begin(runtime.engine) as connection:
        _settle(runtime, connection, crm, stands, found)
        for row in rows:
            if row in stands:
                continue
            said = row.sentence or "it did not reach the CRM"
            deferring.again(runtime, connection, crm, row, said, counted=False)
    return len(stands)


def _look_early(runtime: Runtime, crm: str, kind: PushKind, rows: Sequence[Row]) -> int:
    """Those that are not found stay as they are, and are looked for again when they are due."""
    ask = _find if kind is PushKind.TASK_CREATE else _standing
    found = ask(runtime, crm, rows)
    stands = [row for row in rows if found.get(row.push.id)]
    with begin(runtime.engine) as connection:
        _settle(runtime, connection, crm, stands, found)
        for row in rows:
            if row not in stands:
                outbox.settle(connection, row, state="unknown")
    return len(stands)


def _standing(runtime: Runtime, crm: str, rows: Sequence[Row]) -> Mapping[str, str | None]:
    """The records whose fields stand as they were sent, by push."""
    with _unknown_again(runtime, rows):
        stand = looking_up.standing(runtime, crm, rows)
    return {row.push.id: row.push.ref.id for row in stand if row.push.ref is not None}


def _find(
    runtime: Runtime, crm: str, rows: Sequence[Row], **if_not: datetime
) -> Mapping[str, str | None]:
    """Which of them stand in the CRM. Where it cannot be asked they are unknown as before, with
    `if_not` as columns."""
    with _unknown_again(runtime, rows, **if_not):
        return runtime.crms[crm].connector.find([row.push for row in rows])


@contextmanager
def _unknown_again(runtime: Runtime, rows: Sequence[Row], **if_not: datetime) -> Iterator[None]:
    try:
        yield
    except CrmError:
        with begin(runtime.engine) as connection:
            for row in rows:
                outbox.settle(connection, row, state="unknown", **if_not)
        raise


def _settle(
    runtime: Runtime,
    connection: Connection,
    crm: str,
    rows: Sequence[Row],
    found: Mapping[str, str | None],
) -> None:
    results = [
        PushResult(row.push.id, Settled.DELIVERED, crm_id=found[row.push.id]) for row in rows
    ]
    settling.settle(runtime, connection, crm, rows, results)


def give_back(runtime: Runtime, rows: Sequence[Row]) -> None:
    """Let claimed rows go: they are due again at once."""
    if not rows:
        return
    with begin(runtime.engine) as connection:
        for row in rows:
            outbox.settle(connection, row, state="pending", due_at=runtime.wall())
