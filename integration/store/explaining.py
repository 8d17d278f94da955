"""What is known of one customer, for `explain`: found by any id, told as it was decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from connectors.base import PushKind
from integration.store import caseload, mirror, outbox
from integration.store.identity import Types
from integration.store.tables import (
    aliases,
    crms,
    customers,
    field_values,
    loss_reasons,
    losses,
    pushes,
    records,
    recoveries,
    tasks,
)
from rules.case import Case
from rules.model import Kind, Ref

SHORT_ID = 15
"""Salesforce shows ids without their three last letters in many places; they mean the same."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What an id names: a customer, and the record or the task by which it was named."""

    customer_id: int
    ref: Ref | None = None
    task_key: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """Everything written down about one customer, rows as mappings, oldest first."""

    case: Case
    losses: Sequence[Mapping[str, Any]]
    recoveries: Sequence[Mapping[str, Any]]
    tasks: Sequence[Mapping[str, Any]]  # with `push_state`, `held_by`, `sentence` of the creation
    fields: Sequence[Mapping[str, Any]]
    parked: Sequence[Mapping[str, Any]]
    not_made: Sequence[Mapping[str, str]]
    decided: bool
    look_again_on: date | None
    first_contact_on: date | None
    reasons: Sequence[Mapping[str, Any]] = ()  # the history of the losses' reasons


def find(connection: Connection, crm: str, given: str) -> list[Subject]:
    """What an id names, the likeliest first: one of our keys, an account, a lost record, a task
    in the CRM, any other record. In HubSpot a company and a deal may have the same id; `TYPE:ID`
    says which."""
    by_key = _by_key(connection, crm, given)
    if by_key:
        return by_key
    type_, _, bare = given.rpartition(":")
    found = _by_record(connection, crm, bare, type_)
    if not type_:
        found = [*found[:1], *_by_task(connection, crm, bare), *found[1:]]
    if found or len(bare) != SHORT_ID or not bare.isalnum() or bare.isdigit():
        return found
    return _by_record(connection, crm, bare, type_, short=True)


def _by_key(connection: Connection, crm: str, given: str) -> list[Subject]:
    key = given.removeprefix("[winback:").removesuffix("]")
    task = connection.execute(
        sa.select(tasks.c.customer_id).where(tasks.c.crm == crm, tasks.c.key == key)
    ).scalar()
    if task is not None:
        return [Subject(task, task_key=key)]
    for table in (recoveries, losses):
        customer = connection.execute(
            sa.select(table.c.customer_id).where(table.c.crm == crm, table.c.id == key)
        ).scalar()
        if customer is not None:
            return [Subject(customer)]
    return []


def _by_task(connection: Connection, crm: str, given: str) -> list[Subject]:
    rows = connection.execute(
        sa.select(tasks.c.customer_id, tasks.c.key)
        .where(tasks.c.crm == crm, _is(tasks.c.crm_id, given))
        .order_by(tasks.c.key)
    )
    return [Subject(row.customer_id, task_key=row.key) for row in rows]


def _by_record(
    connection: Connection, crm: str, given: str, type_: str, *, short: bool = False
) -> list[Subject]:
    """Accounts first, then lost records, then others; then names of customers without a record
    (an account that was merged away)."""
    lost = sa.exists().where(
        losses.c.crm == records.c.crm,
        losses.c.type == records.c.type,
        losses.c.record_id == records.c.record_id,
    )
    rank = sa.case((records.c.kind == Kind.ACCOUNT.value, 0), (lost, 1), else_=2)
    rows = connection.execute(
        sa.select(records.c.customer_id, records.c.type, records.c.record_id)
        .where(
            records.c.crm == crm,
            records.c.customer_id.is_not(None),
            _is(records.c.record_id, given, short=short),
            *([records.c.type == type_] if type_ else []),
        )
        .order_by(rank, records.c.type)
    ).all()
    found = {Ref(row.type, row.record_id): row.customer_id for row in rows}
    rows = connection.execute(
        sa.select(aliases.c.customer_id, aliases.c.type, aliases.c.record_id)
        .where(
            aliases.c.crm == crm,
            _is(aliases.c.record_id, given, short=short),
            *([aliases.c.type == type_] if type_ else []),
        )
        .order_by(aliases.c.type)
    ).all()
    for row in rows:
        found.setdefault(Ref(row.type, row.record_id), row.customer_id)
    return [Subject(customer, ref) for ref, customer in found.items()]


def _is(
    column: sa.ColumnElement[Any], given: str, *, short: bool = False
) -> sa.ColumnElement[bool]:
    return (sa.func.substr(column, 1, SHORT_ID) if short else column) == given


# ---- what is told of the customer


def tell(connection: Connection, crm: str, customer: int, link: Callable[[Ref], str] = str) -> Told:
    row = connection.execute(sa.select(customers).where(customers.c.id == customer)).one()
    crm = row.crm  # the home CRM's, where they are in several
    first_contact_on = connection.execute(
        sa.select(crms.c.first_contact_on).where(crms.c.name == crm)
    ).scalar()
    return Told(
        case=_case(connection, crm, customer, link),
        losses=_rows(connection, losses, customer, losses.c.lost_on, losses.c.id),
        recoveries=_rows(connection, recoveries, customer, recoveries.c.opened_on, recoveries.c.id),
        tasks=_tasks(connection, customer),
        fields=_fields(connection, crm, customer),
        parked=_parked(connection, crm, customer),
        not_made=row.not_made or (),
        decided=row.decided_at is not None,
        look_again_on=row.look_again_on,
        first_contact_on=first_contact_on,
        reasons=_reasons(connection, customer),
    )


def _case(connection: Connection, crm: str, customer: int, link: Callable[[Ref], str]) -> Case:
    account_type = connection.execute(
        sa.select(records.c.type)
        .where(records.c.crm == crm, records.c.kind == Kind.ACCOUNT.value)
        .limit(1)
    ).scalar()
    (stored,) = caseload.load(
        connection,
        crm,
        [(customer, None)],
        types=Types(account=account_type or "", contact=""),
        owners=mirror.owners(connection, crm),
        link=link,
    )
    return stored.case


def _rows(
    connection: Connection, table: sa.Table, customer: int, *order: sa.ColumnElement[Any]
) -> list[Mapping[str, Any]]:
    query = sa.select(table).where(table.c.customer_id == customer).order_by(*order)
    return [dict(row) for row in connection.execute(query).mappings()]


def _reasons(connection: Connection, customer: int) -> list[Mapping[str, Any]]:
    of_customer = sa.select(losses.c.id).where(losses.c.customer_id == customer)
    rows = connection.execute(
        sa.select(loss_reasons)
        .where(loss_reasons.c.loss_id.in_(of_customer))
        .order_by(loss_reasons.c.id)
    )
    return [dict(row) for row in rows.mappings()]


def _tasks(connection: Connection, customer: int) -> list[Mapping[str, Any]]:
    creates = sa.and_(pushes.c.task_key == tasks.c.key, pushes.c.kind == PushKind.TASK_CREATE.value)
    rows = connection.execute(
        sa.select(tasks, pushes.c.state.label("push_state"), pushes.c.held_by, pushes.c.sentence)
        .outerjoin(pushes, creates)
        .where(tasks.c.customer_id == customer)
        .order_by(tasks.c.made_on, tasks.c.due_on, tasks.c.key)
    )
    return [dict(row) for row in rows.mappings()]


def _fields(connection: Connection, crm: str, customer: int) -> list[Mapping[str, Any]]:
    same = sa.and_(
        records.c.crm == field_values.c.crm,
        records.c.type == field_values.c.type,
        records.c.record_id == field_values.c.record_id,
    )
    rows = connection.execute(
        sa.select(field_values)
        .join(records, same)
        .where(field_values.c.crm == crm, records.c.customer_id == customer)
        .order_by(field_values.c.type, field_values.c.record_id, field_values.c.field)
    )
    return [dict(row) for row in rows.mappings()]


def _parked(connection: Connection, crm: str, customer: int) -> list[Mapping[str, Any]]:
    ids = set(
        connection.execute(
            sa.select(pushes.c.id).where(
                pushes.c.customer_id == customer, pushes.c.state == "parked"
            )
        ).scalars()
    )
    return [row for row in outbox.parked(connection, crm) if row["id"] in ids] if ids else []
