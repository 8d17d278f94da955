"""Decisions written down: losses, recoveries, tasks, and only the difference as pushes.

Everything of one batch of customers is written in the caller's transaction, together with
taking off their marks, so that a kill leaves either all of it or nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from integration.store import cases, closing, crms, waiting_fields
from integration.store.elsewhere import is_elsewhere, origin, qualified
from integration.store.handing_over import hand_over
from integration.store.scribe import Decided, Scribe
from integration.store.sheets import Sheets
from integration.store.tables import customers, field_values, pushes
from rules.case import Decision
from rules.model import Field, Kind, Ref


def save(
    connection: Connection,
    crm: str,
    batch: Sequence[Decided],
    *,
    task_types: Mapping[str, str],
    revision: int,
    today: date,
    now: datetime,
) -> None:
    """Write a batch of decisions and what follows from them. `task_types` are by CRM."""
    sheets = Sheets()
    here = _still_here(connection, crm, [item.stored.customer_id for item in batch])
    batch = [
        replace(item, decision=_told_elsewhere(item))
        for item in batch
        if item.stored.customer_id in here
    ]
    look_first = crms.looks_first(connection, crm, now)
    scribe = Scribe(connection, sheets, crm, task_types, revision, today, now, look_first)
    ids = [item.stored.customer_id for item in batch]
    theirs = _theirs(connection, crm, [r for item in batch for r in item.decision.fields])
    undelivered = waiting_fields.undelivered(connection, ids)
    stormy = _held_by_storm(connection, ids)
    for item in batch:
        customer = item.stored.customer_id
        scribe.losses(customer, item.stored.case, item.decision)
        scribe.recoveries(customer, item.stored.case, item.decision.recoveries)
        state, held_by = _first_state(item.decision, held=customer in stormy)
        for task in item.decision.tasks:
            scribe.task(customer, task, state, held_by)
        for key, because in item.decision.close.items():
            closing.close(connection, task_types, customer, key, because, now)
        for key, handed in item.decision.reassign.items():
            hand_over(connection, crm, task_types[crm], customer, key, handed, now)
        scribe.fields(item, theirs, undelivered, state, held_by)
    sheets.write(connection)
    staged = sum(_entering(item.decision) for item in batch)
    crms.stage_losses(connection, crm, staged)
    cases.decided(connection, [_remembered(item) for item in batch], now)


def _still_here(connection: Connection, crm: str, ids: Sequence[int]) -> set[int]:
    """Those who were not joined to another CRM's customers since they were loaded."""
    mine = sa.select(customers.c.id).where(customers.c.id.in_(ids), customers.c.crm == crm)
    return set(connection.execute(mine.with_for_update(read=True)).scalars())


def _told_elsewhere(item: Decided) -> Decision:
    """A departure that two CRMs told is told in both: on the record that was lost in each, and
    on the account in each."""
    decision, case = item.decision, item.stored.case
    records = {loss.id: loss.record for loss in decision.losses}
    fields = dict(decision.fields)
    for loss in decision.losses:
        first = records.get(loss.merged_into or "")
        if first is None or first not in decision.fields or loss.undone_on is not None:
            continue
        if origin(first, case.crm)[0] != origin(loss.record, case.crm)[0]:
            fields[loss.record] = decision.fields[first]
    told = {origin(ref, case.crm)[0] for ref in fields if is_elsewhere(ref)}
    wanted = decision.fields.get(case.account_ref) if case.account_ref else None
    for snapshot in case.records:
        ref = snapshot.ref
        there = is_elsewhere(ref) and origin(ref, case.crm)[0] in told
        if there and wanted is not None and snapshot.kind is Kind.ACCOUNT:
            fields[ref] = wanted
    return replace(decision, fields=fields)


def _remembered(item: Decided) -> cases.Remembered:
    decision = item.decision
    return cases.Remembered(
        item.stored,
        decision.look_again_on,
        [{"rule": n.rule, "because": n.because} for n in decision.not_made],
        [{"key": n.rule, "because": n.because} for n in decision.parked],
    )


def _entering(decision: Decision) -> int:
    """New losses that open or join a recovery."""
    return sum(bool(x.new and x.recovery_id and x.merged_into is None) for x in decision.losses)


def _first_state(decision: Decision, *, held: bool) -> tuple[str, str | None]:
    if _entering(decision):
        return "staged", None
    return ("held", "storm") if held else ("pending", None)


def _theirs(connection: Connection, crm: str, refs: Sequence[Ref]) -> dict[Ref, frozenset[Field]]:
    rows = connection.execute(
        sa.select(field_values).where(
            sa.or_(field_values.c.theirs, field_values.c.locked),
            field_values.c.record_id.in_(sorted({ref.id for ref in refs})),
        )
    )
    found: dict[Ref, set[Field]] = defaultdict(set)
    for row in rows:
        found[qualified(Ref(row.type, row.record_id), row.crm, crm)].add(Field(row.field))
    return {ref: frozenset(names) for ref, names in found.items()}


def _held_by_storm(connection: Connection, ids: Sequence[int]) -> set[int]:
    rows = connection.execute(
        sa.select(pushes.c.customer_id)
        .distinct()
        .where(pushes.c.customer_id.in_(ids), pushes.c.held_by == "storm")
    )
    return {row.customer_id for row in rows}
