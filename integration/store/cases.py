"""Which customers have to be decided, and the case of each, loaded many at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from integration.store.codec import snapshot_from_json
from integration.store.mirror import Types
from integration.store.tables import (
    aliases,
    customers,
    field_values,
    losses,
    records,
    recoveries,
    tasks,
)
from rules.case import Case, KnownLoss, KnownRecovery, KnownTask
from rules.model import (
    Account,
    Contact,
    Contract,
    Field,
    Kind,
    Opportunity,
    Outcome,
    Owner,
    Ref,
    Snapshot,
    Verdict,
)

RECORDS_AT_ONCE = 2_000
"""Customers are loaded together until their records reach this number: memory stays flat."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A customer and its case; `changed_at` is what the mark to decide stood at when loaded."""

    customer_id: int
    changed_at: datetime | None
    case: Case


@dataclass(frozen=True, slots=True)
class Remembered:
    """What stays of a decision on its customer."""

    stored: Stored
    look_again_on: date | None
    not_made: Sequence[Mapping[str, str]]
    unassigned: Sequence[Mapping[str, str]]


def mark_due(connection: Connection, crm: str, today: date, now: datetime) -> int:
    """Mark customers whom time alone may have changed: their day to be looked at has come."""
    marked = connection.execute(
        sa.update(customers)
        .where(
            customers.c.crm == crm,
            customers.c.look_again_on <= today,
            customers.c.changed_at.is_(None),
        )
        .values(changed_at=now)
    )
    return marked.rowcount


def to_decide(connection: Connection, crm: str) -> int:
    count = (
        sa.select(sa.func.count())
        .select_from(customers)
        .where(customers.c.crm == crm, customers.c.changed_at.is_not(None))
    )
    return connection.execute(count).scalar_one()


def next_batch(connection: Connection, crm: str, most: int = 200) -> list[tuple[int, datetime]]:
    """The next customers to decide, as many as may be held in memory together."""
    size = (
        sa.select(sa.func.count())
        .select_from(records)
        .where(records.c.customer_id == customers.c.id)
        .scalar_subquery()
    )
    rows = connection.execute(
        sa.select(customers.c.id, customers.c.changed_at, size.label("size"))
        .where(customers.c.crm == crm, customers.c.changed_at.is_not(None))
        .order_by(customers.c.changed_at, customers.c.id)
        .limit(most)
    )
    batch: list[tuple[int, datetime]] = []
    held = 0
    for row in rows:
        held += row.size
        if batch and held > RECORDS_AT_ONCE:
            break
        batch.append((row.id, row.changed_at))
    return batch


def load(
    connection: Connection,
    crm: str,
    batch: Sequence[tuple[int, datetime | None]],
    *,
    types: Types,
    owners: Mapping[str, Owner],
    link: Callable[[Ref], str],
) -> list[Stored]:
    """The cases of a batch of customers."""
    ids = [customer for customer, _ in batch]
    by_customer = _records(connection, ids)
    known_losses = _losses(connection, ids)
    known_recoveries = _recoveries(connection, ids)
    written = _written(connection, crm, ids)
    stands_for = _accounts(connection, crm, types, ids)
    return [
        Stored(
            customer,
            changed_at,
            _case(
                crm,
                customer,
                by_customer[customer],
                stands_for.get(customer),
                known_losses[customer],
                known_recoveries[customer],
                written[customer],
                owners,
                link,
            ),
        )
        for customer, changed_at in batch
    ]


def _case(
    crm: str,
    customer: int,
    snapshots: Sequence[Snapshot],
    account_ref: Ref | None,
    known_losses: Sequence[KnownLoss],
    known_recoveries: Sequence[KnownRecovery],
    written: Mapping[Ref, Mapping[Field, str | None]],
    owners: Mapping[str, Owner],
    link: Callable[[Ref], str],
) -> Case:
    live = [s for s in snapshots if not s.deleted and s.merged_into is None]
    main = next((s for s in live if s.ref == account_ref), None)
    main = main or next((s for s in live if s.kind is Kind.ACCOUNT), None)
    account = main.entity if main and isinstance(main.entity, Account) else None
    contacts = [s.entity for s in live if isinstance(s.entity, Contact)]
    if account is None and contacts:  # a customer who is a person, without a company
        person = contacts[0]
        account = Account(id="", name=person.name, owner_id=person.owner_id)
    return Case(
        crm=crm,
        customer=str(customer),
        account=account,
        account_ref=main.ref if main else None,
        contacts=tuple(contacts),
        opportunities=tuple(s.entity for s in live if isinstance(s.entity, Opportunity)),
        contracts=tuple(s.entity for s in live if isinstance(s.entity, Contract)),
        records=tuple(s for s in snapshots if s.merged_into is None),
        account_fields=main.fields if main else {},
        owners=owners,
        written=written,
        losses=tuple(known_losses),
        recoveries=tuple(known_recoveries),
        link=link,
    )


def _records(connection: Connection, ids: Sequence[int]) -> dict[int, list[Snapshot]]:
    rows = connection.execute(
        sa.select(records.c.customer_id, records.c.type, records.c.record_id, records.c.snapshot)
        .where(records.c.customer_id.in_(ids))
        .order_by(records.c.type, records.c.record_id)
    )
    found: dict[int, list[Snapshot]] = defaultdict(list)
    for row in rows:
        found[row.customer_id].append(
            snapshot_from_json(Ref(row.type, row.record_id), row.snapshot)
        )
    return found


def _accounts(connection: Connection, crm: str, types: Types, ids: Sequence[int]) -> dict[int, Ref]:
    rows = connection.execute(
        sa.select(aliases.c.customer_id, aliases.c.record_id)
        .where(
            aliases.c.crm == crm,
            aliases.c.type == types.account,
            aliases.c.customer_id.in_(ids),
        )
        .order_by(aliases.c.record_id)
    )
    return {row.customer_id: Ref(types.account, row.record_id) for row in rows}


def _losses(connection: Connection, ids: Sequence[int]) -> dict[int, list[KnownLoss]]:
    rows = connection.execute(
        sa.select(losses)
        .where(losses.c.customer_id.in_(ids))
        .order_by(losses.c.lost_on, losses.c.known_on, losses.c.id)
    )
    found: dict[int, list[KnownLoss]] = defaultdict(list)
    for row in rows:
        found[row.customer_id].append(
            KnownLoss(
                id=row.id,
                record=Ref(row.type, row.record_id),
                ordinal=row.ordinal,
                watch=row.watch,
                verdict=Verdict(row.verdict),
                known_on=row.known_on,
                lost_on=row.lost_on,
                merged_into=row.merged_into,
                recovery_id=row.recovery_id,
                undone_on=row.undone_on,
            )
        )
    return found


def _recoveries(connection: Connection, ids: Sequence[int]) -> dict[int, list[KnownRecovery]]:
    by_recovery: dict[str, list[KnownTask]] = defaultdict(list)
    for row in connection.execute(sa.select(tasks).where(tasks.c.customer_id.in_(ids))):
        by_recovery[row.recovery_id].append(_task(row))
    rows = connection.execute(
        sa.select(recoveries)
        .where(recoveries.c.customer_id.in_(ids))
        .order_by(recoveries.c.opened_on, recoveries.c.id)
    )
    found: dict[int, list[KnownRecovery]] = defaultdict(list)
    for row in rows:
        found[row.customer_id].append(
            KnownRecovery(
                id=row.id,
                opened_on=row.opened_on,
                playbook=row.playbook,
                ended_on=row.ended_on,
                end=row.end,
                tasks=tuple(by_recovery[row.id]),
            )
        )
    return found


def _task(row: Any) -> KnownTask:
    return KnownTask(
        key=row.key,
        made_on=row.made_on,
        written=row.crm_id is not None,
        closed=row.state in {"closed", "withdrawn"} or row.close_because is not None,
        deleted=row.state == "deleted",
        done_on=row.done_on if row.state == "closed" and row.close_because is None else None,
        outcome=Outcome(row.outcome) if row.outcome else None,
        owner_id=row.owner_id,
        contact_id=row.contact_id,
    )


def _written(
    connection: Connection, crm: str, ids: Sequence[int]
) -> dict[int, dict[Ref, dict[Field, str | None]]]:
    rows = connection.execute(
        sa.select(field_values, records.c.customer_id)
        .join(
            records,
            sa.and_(
                records.c.crm == field_values.c.crm,
                records.c.type == field_values.c.type,
                records.c.record_id == field_values.c.record_id,
            ),
        )
        .where(field_values.c.crm == crm, records.c.customer_id.in_(ids))
    )
    found: dict[int, dict[Ref, dict[Field, str | None]]] = defaultdict(dict)
    for row in rows:
        ref = Ref(row.type, row.record_id)
        found[row.customer_id].setdefault(ref, {})[Field(row.field)] = row.written
    return found


def decided(connection: Connection, done: Iterable[Remembered], now: datetime) -> None:
    """Take the mark off customers that were decided, unless it was set anew meanwhile."""
    for item in done:
        connection.execute(
            sa.update(customers)
            .where(customers.c.id == item.stored.customer_id)
            .values(
                decided_at=now,
                look_again_on=item.look_again_on,
                not_made=list(item.not_made) or None,
                unassigned=list(item.unassigned) or None,
                changed_at=sa.case(
                    (customers.c.changed_at == item.stored.changed_at, None),
                    else_=customers.c.changed_at,
                ),
            )
        )


def unassigned(connection: Connection, crm: str | None = None) -> list[dict[str, Any]]:
    """Tasks that nobody can get, in the shape of `outbox.parked`."""
    query = sa.select(customers).where(customers.c.unassigned.is_not(None))
    if crm:
        query = query.where(customers.c.crm == crm)
    return [
        {
            "id": None,
            "crm": row.crm,
            "kind": "task_create",
            "key": told["key"],
            "reason": "config",
            "sentence": told["because"],
            "since": row.decided_at,
        }
        for row in connection.execute(query.order_by(customers.c.id))
        for told in row.unassigned
    ]


def try_unassigned(connection: Connection, now: datetime, crm: str | None = None) -> int:
    """Decide customers with such tasks again: somebody may be there by now."""
    where: list[sa.ColumnElement[bool]] = [customers.c.unassigned.is_not(None)]
    if crm:
        where.append(customers.c.crm == crm)
    moved = connection.execute(sa.update(customers).where(*where).values(changed_at=now))
    return moved.rowcount
