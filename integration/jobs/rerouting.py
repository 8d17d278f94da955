"""Pushes that go another way: to the fallback owner, or to the account of a locked record."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy import Connection

from connectors.base import PushResult
from integration.jobs.deferring import park, payload_of
from integration.runtime import Runtime
from integration.store import mirror, outbox
from integration.store.codec import draft_to_json
from integration.store.outbox import Row
from integration.store.parking import Parked
from integration.store.tables import field_values, records, tasks
from integration.store.upsert import put
from rules.model import Owner, Ref
from rules.people import Assign
from rules.routing import assignee
from rules.staff import Staff

log = logging.getLogger(__name__)


def owner_refused(
    runtime: Runtime, connection: Connection, crm: str, row: Row, result: PushResult
) -> None:
    """Once more with the fallback owner; after that a person has to look."""
    owners = mirror.owners(connection, crm)
    refused = row.push.task.owner_id if row.push.task else None
    owner = _fallback(runtime, crm, owners, refused)
    payload = payload_of(connection, row)
    if owner is None or row.push.task is None or payload.get("fallback"):
        park(runtime, connection, crm, row, Parked.REFUSED, result.sentence)
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
        staff=Staff(owners, runtime.crms[crm].rules.people, runtime.today(crm)),
    )
    return routed.owner if routed.owner and routed.owner.id != refused else None


def locked(
    runtime: Runtime, connection: Connection, crm: str, row: Row, result: PushResult
) -> None:
    """The CRM's own rules lock a closed record: it is left alone from now on, and the account,
    which a decision fills as well, carries the fields instead."""
    account = _account_of(connection, runtime, crm, row)
    if account is None or row.push.ref is None or account == row.push.ref:
        park(runtime, connection, crm, row, Parked.REFUSED, result.sentence)
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
