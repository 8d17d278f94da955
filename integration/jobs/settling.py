"""What becomes of one push after the CRM answered: delivered, again, elsewhere, or parked."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from connectors.base import PushKind, PushResult, Settled
from integration import reconcile
from integration.backoff import pause
from integration.runtime import Runtime
from integration.store import ledger, mirror, outbox
from integration.store.codec import draft_to_json
from integration.store.engine import begin
from integration.store.outbox import Row
from integration.store.tables import field_values, pushes, records, tasks
from integration.store.upsert import put
from integration.store.written import Wrote, wrote_fields
from rules.model import Field, Owner, Ref
from rules.routing import assignee
from rules.ruleset import Assign

log = logging.getLogger(__name__)

BATCH_REFUSED = "batch refused"
"""A connector's code for a batch of which nothing was written and no row can be blamed: its
rows go one by one from now on."""

LEFT_OUT = (
    "The CRM has or shows no field {names} on {record}. Run `winback provision`, or give the"
    " integration user access to them, then `winback requeue`."
)

UNWATCHED = (
    "No [[watch]] names {type} any more, so that nobody can see what a person changed there."
    " Watch it again, then `winback requeue`."
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
        ledger.close_written(connection, crm, task_type, task.customer_id, task.key, runtime.wall())


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
    parked = {"reason": "config", "sentence": sentence, "settled_at": runtime.wall()}
    _copy(runtime, connection, crm, row, row.push.ref, values, state="parked", **parked)


def _copy(
    runtime: Runtime,
    connection: Connection,
    crm: str,
    row: Row,
    ref: Ref | None,
    values: Mapping[Field, str | None],
    **settled: Any,
) -> None:
    """A further field push with some of this one's values; `settled` are columns of a row that
    is not to be sent."""
    if ref is None:
        return
    further = outbox.new_row(
        crm=crm,
        kind=PushKind.FIELD,
        stream=str(ref),
        type=ref.type,
        customer_id=row.customer_id,
        payload={
            "ref": [ref.type, ref.id],
            "values": {k.value: v for k, v in values.items()},
            "base": {k.value: row.base.get(k) for k in values},
        },
        now=runtime.wall(),
    )
    connection.execute(sa.insert(pushes).values(further | settled))


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


def again(
    runtime: Runtime,
    connection: Connection,
    crm: str,
    row: Row,
    sentence: str,
    *,
    counted: bool = True,
) -> None:
    """Try a row again later; after too many tries it is parked."""
    attempts = row.attempts + (1 if counted else 0)
    if attempts >= runtime.crms[crm].rules.limits.max_attempts:
        tried = f"Tried {attempts} times. {sentence}"
        park(runtime, connection, row, "exhausted", tried)
        return
    wait = pause(attempts) if counted else timedelta(0)
    outbox.settle(
        connection,
        row,
        state="pending",
        attempts=attempts,
        due_at=runtime.wall() + wait,
        sentence=sentence,
    )


def _refused(
    runtime: Runtime, connection: Connection, crm: str, row: Row, result: PushResult
) -> None:
    """Park it. If single fields were the fault, the others go out without them."""
    good = {k: v for k, v in row.push.values.items() if k not in result.bad_fields}
    if result.bad_fields and good:
        _copy(runtime, connection, crm, row, row.push.ref, good)
        bad = {k.value: row.push.values[k] for k in result.bad_fields if k in row.push.values}
        payload = _payload(connection, row)
        connection.execute(
            sa.update(pushes)
            .where(pushes.c.id == row.id)
            .values(payload={**payload, "values": bad})
        )
    park(runtime, connection, row, "config" if result.left_out else "refused", result.sentence)


def _payload(connection: Connection, row: Row) -> dict[str, Any]:
    stored: dict[str, Any] = connection.execute(
        sa.select(pushes.c.payload).where(pushes.c.id == row.id)
    ).scalar_one()
    return stored


def park(runtime: Runtime, connection: Connection, row: Row, reason: str, sentence: str) -> None:
    """Set a row aside with a sentence for a person; nothing else waits for it."""
    outbox.settle(
        connection,
        row,
        state="parked",
        reason=reason,
        sentence=sentence,
        settled_at=runtime.wall(),
    )


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


def _owner_refused(
    runtime: Runtime, connection: Connection, crm: str, row: Row, result: PushResult
) -> None:
    """Once more with the fallback owner; after that a person has to look."""
    owners = mirror.owners(connection, crm)
    refused = row.push.task.owner_id if row.push.task else None
    owner = _fallback(runtime, crm, owners, refused)
    payload = _payload(connection, row)
    if owner is None or row.push.task is None or payload.get("fallback"):
        park(runtime, connection, row, "refused", result.sentence)
        return
    draft = draft_to_json(replace(row.push.task, owner_id=owner.id))
    connection.execute(
        sa.update(tasks).where(tasks.c.key == row.task_key).values(owner_id=owner.id, draft=draft)
    )
    outbox.settle(
        connection,
        row,
        state="pending",
        due_at=runtime.wall(),
        payload={**payload, "task": draft, "fallback": True},
        sentence=result.sentence,
    )


def _fallback(
    runtime: Runtime, crm: str, owners: Mapping[str, Owner], refused: str | None
) -> Owner | None:
    """Whoever would get the task if its owner had left."""
    left = owners.get(refused or "")
    if left is not None:
        left = replace(left, active=False)
        owners = {**owners, left.id: left}
    routed = assignee(
        Assign(),
        account_owner=left,
        record_owner=None,
        field_owner=None,
        owners=owners,
        people=runtime.crms[crm].rules.people,
        today=runtime.today(crm),
    )
    return routed.owner if routed.owner and routed.owner.id != refused else None


def _locked(
    runtime: Runtime, connection: Connection, crm: str, row: Row, result: PushResult
) -> None:
    """The CRM's own rules lock a closed record: it is left alone from now on, and the account,
    which a decision fills as well, carries the fields instead."""
    account = _account_of(connection, runtime, crm, row)
    if account is None or row.push.ref is None or account == row.push.ref:
        park(runtime, connection, row, "refused", result.sentence)
        return
    sentence = f"{result.sentence} The fields are on the account ({account}) instead."
    log.warning("%s: %s is locked; its fields are on %s instead", crm, row.stream, account)
    outbox.settle(connection, row, state="withdrawn", settled_at=runtime.wall(), sentence=sentence)
    key = {"crm": crm, "type": row.push.ref.type, "record_id": row.push.ref.id}
    names = [name.value for name in row.push.values]
    put(connection, field_values, [{**key, "field": name, "locked": True} for name in names])


def _account_of(connection: Connection, runtime: Runtime, crm: str, row: Row) -> Ref | None:
    account_type = runtime.crms[crm].types.account
    found = connection.execute(
        sa.select(records.c.record_id)
        .where(
            records.c.crm == crm,
            records.c.type == account_type,
            records.c.customer_id == row.customer_id,
        )
        .order_by(records.c.record_id)
    ).scalar()
    return Ref(account_type, found) if found is not None else None


_SETTLE = {
    Settled.RETRY: _retry,
    Settled.REFUSED: _refused,
    Settled.GONE: _gone,
    Settled.OWNER_REFUSED: _owner_refused,
    Settled.LOCKED: _locked,
}


def still_ours(runtime: Runtime, crm: str, rows: Sequence[Row]) -> list[Row]:
    """Of field pushes of one record type that were tried before or had to wait: those that may
    still be sent. A row whose values stand already is delivered; a field that a person changed
    meanwhile is left to them."""
    streams = {s.type: s for s in runtime.crms[crm].streams()}
    by_ref = {row.push.ref: row for row in rows if row.push.ref is not None}
    type_ = next((ref.type for ref in by_ref), "")
    if type_ not in streams:
        with begin(runtime.engine) as connection:
            for row in rows:
                park(runtime, connection, row, "config", UNWATCHED.format(type=type_))
        return []
    snapshots = runtime.crms[crm].connector.read(streams[type_], [r.id for r in by_ref])
    now = {s.ref: s.ours for s in snapshots}
    keep: list[Row] = []
    with begin(runtime.engine) as connection:
        for ref, row in by_ref.items():
            if ref not in now:
                keep.append(row)
                continue
            difference = reconcile.fields(
                row.push.values, now[ref], {k: v for k, v in row.base.items() if v is not None}
            )
            _leave_to_person(connection, crm, ref, difference.theirs)
            if difference.write:
                keep.append(replace(row, push=replace(row.push, values=difference.write)))
                continue
            stands = {k: v for k, v in row.push.values.items() if k not in difference.theirs}
            wrote_fields(connection, crm, [Wrote(ref, stands)])
            outbox.settle(connection, row, state="delivered", settled_at=runtime.wall())
    return keep


def _leave_to_person(connection: Connection, crm: str, ref: Ref, names: Sequence[Field]) -> None:
    key = {"crm": crm, "type": ref.type, "record_id": ref.id}
    rows = [{**key, "field": name.value, "written": None, "theirs": True} for name in names]
    put(connection, field_values, rows)
