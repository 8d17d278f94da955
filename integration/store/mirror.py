"""The records that decisions need, as last read from the CRM, each under its customer.

Absorbing a record that has not changed does nothing, so that echoes and overlaps are cheap.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from integration import matching
from integration.store import inbox, suppressions
from integration.store.codec import digest, snapshot_from_json, snapshot_to_json
from integration.store.identity import Types, customers_of, touch
from integration.store.merging import merge_accounts
from integration.store.tables import aliases, customers, records, tasks
from integration.store.task_readings import absorb_tasks
from integration.store.upsert import chunks, put
from rules.model import Account, Kind, Owner, Ref, Snapshot


@dataclass(frozen=True, slots=True)
class _Change:
    """A record that says something new, and whose it was before."""

    snapshot: Snapshot
    stored: dict[str, Any]
    customer_before: int | None

    @property
    def kind(self) -> Kind:
        return self.snapshot.kind


def absorb(
    connection: Connection,
    crm: str,
    types: Types,
    snapshots: Sequence[Snapshot],
    now: datetime,
    *,
    today: date,
) -> int:
    """Take records in; customers whose records changed will be decided again. Answers how many
    records really changed. `now` is the real time, `today` the company's day, which `--as-of`
    may set."""
    snapshots = suppressions.masked(connection, crm, snapshots)
    changed = list(_changed(connection, crm, snapshots))
    plain = [c.snapshot for c in changed if c.kind not in {Kind.TASK, Kind.OWNER}]
    owners = customers_of(connection, crm, types, plain)
    rows = [
        {
            "crm": crm,
            "type": change.snapshot.ref.type,
            "record_id": change.snapshot.ref.id,
            "kind": change.kind.value,
            "customer_id": owners.get(change.snapshot.ref),
            "snapshot": change.stored,
            "digest": digest(change.stored),
            "modified_at": change.snapshot.modified_at,
            "read_at": now,
            **_known_by(change.snapshot, types),
        }
        for change in changed
        if change.kind is not Kind.TASK
    ]
    put(connection, records, rows)
    for snapshot in plain:
        if snapshot.merged_into and snapshot.kind is Kind.ACCOUNT:
            merge_accounts(connection, crm, snapshot, owners, now)
    ours = [c.snapshot for c in changed if c.kind is Kind.TASK]
    absorb_tasks(connection, crm, ours, now, today)
    _owners_changed(connection, crm, [c.snapshot for c in changed if c.kind is Kind.OWNER], now)
    left = {
        c.customer_before
        for c in changed
        if c.customer_before is not None and owners.get(c.snapshot.ref) != c.customer_before
    }
    _look_at_accounts(connection, crm, types, left, now)
    touch(connection, left | {c for c in owners.values() if c is not None}, now)
    return len(changed)


def _known_by(snapshot: Snapshot, types: Types) -> dict[str, str | None]:
    """By what an account that stands is known in another CRM."""
    account = snapshot.entity
    if not isinstance(account, Account) or snapshot.deleted or snapshot.merged_into:
        return {"shared_id": None, "domain": None}
    shared_id = matching.shared_id_of(snapshot, types.customer_id)
    return {"shared_id": shared_id, "domain": matching.domain_of(account)}


def _look_at_accounts(
    connection: Connection, crm: str, types: Types, ids: Iterable[int], now: datetime
) -> None:
    """Records went from these customers to others: their accounts may have been merged away,
    which has to be known before anybody is decided."""
    rows = connection.execute(
        sa.select(aliases.c.record_id).where(
            aliases.c.crm == crm, aliases.c.type == types.account, aliases.c.customer_id.in_(ids)
        )
    ).scalars()
    inbox.store(connection, crm, refs=[Ref(types.account, row) for row in rows], now=now)


def _changed(connection: Connection, crm: str, snapshots: Sequence[Snapshot]) -> Iterable[_Change]:
    """Those that say something new. An older reading than the one we have says nothing."""
    known = _known(connection, crm, snapshots)
    for snapshot in {s.ref: s for s in snapshots}.values():
        before = known.get(snapshot.ref)
        if before is not None and _is_older(snapshot, before.modified_at):
            continue
        if before is not None and _says_only_that_it_is_gone(snapshot):
            old = snapshot_from_json(snapshot.ref, before.snapshot)
            snapshot = replace(  # noqa: PLW2901 - the same record, completed by what was known
                old, deleted=snapshot.deleted, merged_into=snapshot.merged_into
            )
        stored = snapshot_to_json(snapshot)
        if before is None or before.digest != digest(stored):
            yield _Change(snapshot, stored, before.customer_id if before is not None else None)


def _known(connection: Connection, crm: str, snapshots: Sequence[Snapshot]) -> dict[Ref, Any]:
    known: dict[Ref, Any] = {}
    by_type: dict[str, list[str]] = {}
    for snapshot in snapshots:
        by_type.setdefault(snapshot.ref.type, []).append(snapshot.ref.id)
    for type_, ids in by_type.items():
        for part in chunks(ids):
            rows = connection.execute(
                sa.select(
                    records.c.record_id,
                    records.c.customer_id,
                    records.c.digest,
                    records.c.modified_at,
                    records.c.snapshot,
                ).where(
                    records.c.crm == crm, records.c.type == type_, records.c.record_id.in_(part)
                )
            )
            known |= {Ref(type_, row.record_id): row for row in rows}
    return known


def whose(connection: Connection, crm: str, refs: Sequence[Ref]) -> dict[Ref, int]:
    """The customers that these records belong to, where they belong to one."""
    by_type: dict[str, list[str]] = {}
    for ref in refs:
        by_type.setdefault(ref.type, []).append(ref.id)
    found: dict[Ref, int] = {}
    for type_, ids in by_type.items():
        rows = connection.execute(
            sa.select(records.c.record_id, records.c.customer_id).where(
                records.c.crm == crm,
                records.c.type == type_,
                records.c.record_id.in_(ids),
                records.c.customer_id.is_not(None),
            )
        )
        found |= {Ref(type_, row.record_id): row.customer_id for row in rows}
    return found


def _is_older(snapshot: Snapshot, known_at: datetime | None) -> bool:
    return (
        snapshot.modified_at is not None
        and known_at is not None
        and snapshot.modified_at < known_at
        and not snapshot.deleted
    )


def _says_only_that_it_is_gone(snapshot: Snapshot) -> bool:
    return (snapshot.deleted or snapshot.merged_into is not None) and snapshot.entity is None


def _owners_changed(
    connection: Connection, crm: str, snapshots: Sequence[Snapshot], now: datetime
) -> None:
    """A user who left or came back changes who works the tasks that are open."""
    ids = [s.ref.id for s in snapshots]
    for part in chunks(ids):
        found = connection.execute(
            sa.select(tasks.c.customer_id)
            .distinct()
            .where(
                tasks.c.crm == crm,
                tasks.c.owner_id.in_(part),
                tasks.c.state.in_(("wanted", "waiting", "written")),
            )
        ).scalars()
        touch(connection, set(found), now)
    if ids:  # somebody may be there now for a task that nobody could get
        connection.execute(
            sa.update(customers)
            .where(customers.c.crm == crm, customers.c.unassigned.is_not(None))
            .values(changed_at=now)
        )


def owners(connection: Connection, crm: str) -> Mapping[str, Owner]:
    """All users of a CRM that were ever seen, by id."""
    rows = connection.execute(
        sa.select(records.c.type, records.c.record_id, records.c.snapshot).where(
            records.c.crm == crm, records.c.kind == Kind.OWNER.value
        )
    )
    found = {}
    for row in rows:
        entity = snapshot_from_json(Ref(row.type, row.record_id), row.snapshot).entity
        if isinstance(entity, Owner):
            found[entity.id] = entity
    return found


def accounts(connection: Connection, crm: str) -> int:
    """How many accounts a CRM has: what the storm brake's share is taken of."""
    count = (
        sa.select(sa.func.count())
        .select_from(records)
        .where(records.c.crm == crm, records.c.kind == Kind.ACCOUNT.value)
    )
    return connection.execute(count).scalar_one()


def counts(connection: Connection, crm: str) -> dict[str, int]:
    """How many records of each type are known, for the history that is shown."""
    rows = connection.execute(
        sa.select(records.c.type, sa.func.count())
        .where(records.c.crm == crm)
        .group_by(records.c.type)
        .order_by(records.c.type)
    )
    return {row[0]: row[1] for row in rows}
