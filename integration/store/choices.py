"""What people chose by hand for losses, beside the words that stand on the record."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy import Connection

from integration.store.codec import snapshot_from_json
from integration.store.tables import field_values, losses, records
from rules.model import Field, Ref, Snapshot


def chosen_by_hand(connection: Connection, crm: str) -> Iterator[tuple[Snapshot, str, str | None]]:
    """Every lost record of a CRM with the watch that found it and the category that a person put
    into our field, None where nobody did."""
    same = sa.and_(
        records.c.crm == losses.c.crm,
        records.c.type == losses.c.type,
        records.c.record_id == losses.c.record_id,
    )
    ours = sa.and_(
        field_values.c.crm == losses.c.crm,
        field_values.c.type == losses.c.type,
        field_values.c.record_id == losses.c.record_id,
        field_values.c.field == Field.REASON.value,
    )
    rows = connection.execute(
        sa.select(losses.c.watch, records.c.snapshot, losses.c.type, losses.c.record_id)
        .add_columns(field_values.c.written)
        .join(records, same)
        .outerjoin(field_values, ours)
        .where(losses.c.crm == crm)
        .order_by(losses.c.found_at, losses.c.id)
    )
    seen: set[Ref] = set()
    for row in rows:
        ref = Ref(row.type, row.record_id)
        if ref in seen:
            continue
        seen.add(ref)
        record = snapshot_from_json(ref, row.snapshot)
        now = record.ours.get(Field.REASON)
        yield record, row.watch, now if now and now != row.written else None
