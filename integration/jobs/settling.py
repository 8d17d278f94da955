"""What becomes of one push after the CRM answered: delivered, again, elsewhere, or parked."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy import Connection

from connectors.base import PushKind, PushResult, Settled
from integration import trail
from integration.jobs.deferring import again, further, park, payload_of
from integration.jobs.rerouting import locked, owner_refused
from integration.runtime import Runtime
from integration.store import closing, outbox
from integration.store.outbox import Row
from integration.store.parking import Parked
from integration.store.tables import pushes, tasks
from integration.store.written import Wrote, wrote_fields

BATCH_REFUSED = "batch refused"
"""A connector's code for a batch of which nothing was written and no row can be blamed: its
rows go one by one from now on."""

LEFT_OUT = (
    "The CRM has or shows no field {names} on {record}. Run `winback provision`, or give the"
    " integration user access to them, then `winback requeue`."
)


def settle(
    runtime: Runtime,
    connection: Connection,
    crm: str,
    rows: Sequence[Row],
    results: Sequence[PushResult],
) -> None:
    """Settle a batch by the rows' own answers; those that the CRM took, which are most, in a
    few statements for all of them."""
    answered = list(zip(rows, results, strict=True))
    delivered = [one for one in answered if one[1].settled is Settled.DELIVERED]
    _delivered(runtime, connection, crm, delivered)
    for row, result in answered:
        if result.settled is not Settled.DELIVERED:
            _SETTLE[result.settled](runtime, connection, crm, row, result)
    trail.answered(crm, rows, results)


Answered = tuple[Row, PushResult]


def _delivered(
    runtime: Runtime, connection: Connection, crm: str, answered: Sequence[Answered]
) -> None:
    told = [(row, result.sentence) for row, result in answered]
    settled = {row.id for row in outbox.deliver(connection, told, runtime.wall())}
    done = [(row, result) for row, result in answered if row.id in settled]
    by_kind: dict[PushKind, list[Answered]] = {}
    for one in done:
        by_kind.setdefault(one[0].push.kind, []).append(one)
    _tasks_written(runtime, connection, crm, by_kind.get(PushKind.TASK_CREATE, []))
    _tasks_closed(connection, by_kind.get(PushKind.TASK_CLOSE, []))
    _fields_written(runtime, connection, crm, by_kind.get(PushKind.FIELD, []))


def _tasks_written(
    runtime: Runtime, connection: Connection, crm: str, answered: Sequence[Answered]
) -> None:
    if not answered:
        return
    connection.execute(
        sa.update(tasks)
        .where(tasks.c.key == sa.bindparam("b_key"))
        .values(crm_id=sa.bindparam("b_crm_id"), state="written"),
        [{"b_key": row.task_key, "b_crm_id": result.crm_id} for row, result in answered],
    )
    keys = [row.task_key for row, _ in answered]
    overtaken = connection.execute(  # their cause went away while they were on their way
        sa.select(tasks.c.key, tasks.c.customer_id).where(
            tasks.c.key.in_(keys), tasks.c.close_because.is_not(None)
        )
    ).all()
    task_type = runtime.crms[crm].connector.task_type
    for task in overtaken:
        closing.close_written(
            connection, crm, task_type, task.customer_id, task.key, runtime.wall()
        )


def _tasks_closed(connection: Connection, answered: Sequence[Answered]) -> None:
    if not answered:
        return
    keys = [row.task_key for row, _ in answered]
    connection.execute(sa.update(tasks).where(tasks.c.key.in_(keys)).values(state="closed"))


def _fields_written(
    runtime: Runtime, connection: Connection, crm: str, answered: Sequence[Answered]
) -> None:
    wrote = []
    for row, result in answered:
        if row.push.ref is not None:
            sent = {k: v for k, v in row.push.values.items() if k not in result.left_out}
            wrote.append(Wrote(row.push.ref, sent, result.modified_at))
    wrote_fields(connection, crm, wrote)
    for row, result in answered:
        if result.left_out:
            _park_left_out(runtime, connection, crm, row, result)


def _park_left_out(
    runtime: Runtime, connection: Connection, crm: str, row: Row, result: PushResult
) -> None:
    """Fields that do not exist are told once, apart from those that were written."""
    names = ", ".join(sorted(f.value for f in result.left_out))
    sentence = result.sentence or LEFT_OUT.format(names=names, record=row.stream)
    values = {k: row.push.values[k] for k in result.left_out}
    parked = {"reason": Parked.CONFIG, "sentence": sentence, "settled_at": runtime.wall()}
    further(runtime, connection, crm, row, row.push.ref, values, state="parked", **parked)


def _retry(
    runtime: Runtime, connection: Connection, crm: str, row: Row, result: PushResult
) -> None:
    if result.code == BATCH_REFUSED:
        outbox.settle(
            connection,
            row,
            state="pending",
            attempts=max(row.attempts, outbox.ALONE_AFTER),
            due_at=runtime.wall(),
            sentence=result.sentence,
        )
        return
    again(runtime, connection, crm, row, result.sentence)


def _refused(
    runtime: Runtime, connection: Connection, crm: str, row: Row, result: PushResult
) -> None:
    """Park it. If single fields were the fault, the others go out without them."""
    good = {k: v for k, v in row.push.values.items() if k not in result.bad_fields}
    if result.bad_fields and good:
        further(runtime, connection, crm, row, row.push.ref, good)
        bad = {k.value: row.push.values[k] for k in result.bad_fields if k in row.push.values}
        payload = payload_of(connection, row)
        connection.execute(
            sa.update(pushes)
            .where(pushes.c.id == row.id)
            .values(payload={**payload, "values": bad})
        )
    reason = Parked.CONFIG if result.left_out else Parked.REFUSED
    park(runtime, connection, crm, row, reason, result.sentence)


def _gone(
    runtime: Runtime, connection: Connection, _crm: str, row: Row, result: PushResult
) -> None:
    """The record is deleted: nothing left to do, and a task of ours counts as deleted."""
    sentence = result.sentence or "the record is gone"
    if not outbox.settle(
        connection, row, state="withdrawn", settled_at=runtime.wall(), sentence=sentence
    ):
        return
    if row.push.kind is not PushKind.FIELD:
        connection.execute(
            sa.update(tasks).where(tasks.c.key == row.task_key).values(state="deleted")
        )


_SETTLE = {
    Settled.RETRY: _retry,
    Settled.REFUSED: _refused,
    Settled.GONE: _gone,
    Settled.OWNER_REFUSED: owner_refused,
    Settled.LOCKED: locked,
}
