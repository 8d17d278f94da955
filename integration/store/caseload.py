"""Cases loaded from the store: everything that deciding a customer needs, many at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from integration.store import together
from integration.store.codec import (
    benchmark_from_json,
    left_from_json,
    reason_from_json,
    snapshot_from_json,
)
from integration.store.elsewhere import is_elsewhere, qualified
from integration.store.identity import Types
from integration.store.merged_people import by_surviving_ids
from integration.store.merged_values import with_merged_values
from integration.store.tables import (
    aliases,
    field_values,
    losses,
    records,
    recoveries,
    tasks,
)
from integration.store.together import at_home
from rules.case import NO_WORK, Case, KnownLoss, KnownRecovery, KnownTask, Workload
from rules.model import (
    Account,
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


@dataclass(frozen=True, slots=True)
class Stored:
    """A customer and its case; `changed_at` is what the mark to decide stood at when loaded."""

    customer_id: int
    changed_at: datetime | None
    case: Case


def load(
    connection: Connection,
    crm: str,
    batch: Sequence[tuple[int, datetime | None]],
    *,
    types: Types,
    owners: Mapping[str, Owner],
    owners_elsewhere: Mapping[str, Owner] = MappingProxyType({}),
    link: Callable[[Ref], str],
    workload: Workload = NO_WORK,
    with_plans: bool = True,
) -> list[Stored]:
    """The cases of a batch of customers; without plans their records and losses alone."""
    ids = [customer for customer, _ in batch]
    by_customer = _records(connection, crm, ids)
    known_losses = _losses(connection, crm, ids)
    known_recoveries = _recoveries(connection, ids) if with_plans else {}
    written = _written(connection, crm, ids) if with_plans else {}
    stands_for = _accounts(connection, crm, types, ids)
    elsewhere = _ordinals_elsewhere(connection, crm, ids) if with_plans else {}
    return [
        Stored(
            customer,
            changed_at,
            _followed(
                replace(
                    _case(
                        crm,
                        at_home(by_customer[customer], owners, owners_elsewhere),
                        stands_for.get(customer),
                    ),
                    losses=tuple(known_losses[customer]),
                    recoveries=tuple(known_recoveries.get(customer, ())),
                    written=written.get(customer, {}),
                    ordinals_elsewhere=elsewhere.get(customer, {}),
                    owners=owners,
                    link=link,
                    workload=workload,
                ),
                by_customer[customer],
            ),
        )
        for customer, changed_at in batch
    ]


def _followed(case: Case, snapshots: Sequence[Snapshot]) -> Case:
    """The case with its merged records behind the ones that live on."""
    return with_merged_values(by_surviving_ids(case, snapshots), snapshots)


def _case(crm: str, snapshots: Sequence[Snapshot], account_ref: Ref | None) -> Case:
    live = [s for s in snapshots if not s.deleted and s.merged_into is None]
    main = next((s for s in live if s.ref == account_ref), None)
    accounts = (s for s in live if s.kind is Kind.ACCOUNT and not is_elsewhere(s.ref))
    main = main or next(accounts, None)
    account = main.entity if main and isinstance(main.entity, Account) else None
    contacts = together.contacts(live)
    if account is None and contacts:  # a customer who is a person, without a company
        person = contacts[0]
        account = Account(id="", name=person.name, owner_id=person.owner_id)
    return Case(
        crm=crm,
        account=account,
        account_ref=main.ref if main else None,
        contacts=contacts,
        opportunities=together.bought(live, Opportunity),
        contracts=together.bought(live, Contract),
        records=tuple(s for s in snapshots if s.merged_into is None),
        account_fields=main.fields if main else {},
    )


def _records(connection: Connection, crm: str, ids: Sequence[int]) -> dict[int, list[Snapshot]]:
    rows = connection.execute(
        sa.select(
            records.c.crm,
            records.c.customer_id,
            records.c.type,
            records.c.record_id,
            records.c.snapshot,
        )
        .where(records.c.customer_id.in_(ids))
        .order_by(records.c.type, records.c.record_id, records.c.crm)
    )
    found: dict[int, list[Snapshot]] = defaultdict(list)
    for row in rows:
        found[row.customer_id].append(snapshot_from_json(_ref(row, crm), row.snapshot))
    return found


def _ref(row: Any, crm: str) -> Ref:
    return qualified(Ref(row.type, row.record_id), row.crm, crm)


def _accounts(connection: Connection, crm: str, types: Types, ids: Sequence[int]) -> dict[int, Ref]:
    # sorted here: asked for an order, SQLite goes through all accounts that there are
    rows = connection.execute(
        sa.select(aliases.c.customer_id, aliases.c.record_id).where(
            aliases.c.crm == crm,
            aliases.c.type == types.account,
            aliases.c.customer_id.in_(ids),
        )
    )
    found = sorted((row.record_id, row.customer_id) for row in rows)
    return {customer: Ref(types.account, id) for id, customer in found}


def _losses(connection: Connection, crm: str, ids: Sequence[int]) -> dict[int, list[KnownLoss]]:
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
                record=_ref(row, crm),
                ordinal=row.ordinal,
                watch=row.watch,
                verdict=Verdict(row.verdict),
                known_on=row.known_on,
                lost_on=row.lost_on,
                merged_into=row.merged_into,
                recovery_id=row.recovery_id,
                undone_on=row.undone_on,
                reason=reason_from_json(row.reason),
                revision=row.revision,
            )
        )
    return found


def _ordinals_elsewhere(
    connection: Connection, crm: str, ids: Sequence[int]
) -> dict[int, dict[Ref, int]]:
    """How often records of these customers were lost while they were somebody else's."""
    rows = connection.execute(
        sa.select(
            records.c.crm,
            records.c.customer_id,
            records.c.type,
            records.c.record_id,
            sa.func.max(losses.c.ordinal).label("ordinal"),
        )
        .join(
            losses,
            sa.and_(
                losses.c.crm == records.c.crm,
                losses.c.type == records.c.type,
                losses.c.record_id == records.c.record_id,
                losses.c.customer_id != records.c.customer_id,
            ),
        )
        .where(records.c.customer_id.in_(ids))
        .group_by(records.c.crm, records.c.customer_id, records.c.type, records.c.record_id)
    )
    found: dict[int, dict[Ref, int]] = defaultdict(dict)
    for row in rows:
        found[row.customer_id][_ref(row, crm)] = row.ordinal
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
                revision=row.revision,
                tasks=tuple(by_recovery[row.id]),
                interview_before={Field(k): v for k, v in (row.interview_before or {}).items()},
                benchmarks=tuple(map(benchmark_from_json, row.benchmarks or ())),
                left=tuple(map(left_from_json, row.playbooks_left or ())),
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
        done_on=row.done_on if row.close_because is None or row.outcome else None,
        outcome=Outcome(row.outcome) if row.outcome else None,
        owner_id=row.owner_id,
        contact_id=row.contact_id,
        due_on=row.due_on,
        touched=row.touched is not None,
        handed_on=row.handed_on,
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
        .where(records.c.customer_id.in_(ids))
    )
    found: dict[int, dict[Ref, dict[Field, str | None]]] = defaultdict(dict)
    for row in rows:
        ref = _ref(row, crm)
        found[row.customer_id].setdefault(ref, {})[Field(row.field)] = row.written
    return found
