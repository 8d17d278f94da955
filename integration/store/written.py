"""What the CRM took from us, noted on the records that we keep, so that its echo is no news."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from integration.store.codec import digest
from integration.store.tables import field_values, records
from integration.store.upsert import chunks, put
from rules.model import Field, Ref


@dataclass(frozen=True, slots=True)
class Wrote:
    """Our fields on one record as the CRM took them; `modified_at` is its stamp, if it told it."""

    ref: Ref
    values: Mapping[Field, str | None]
    modified_at: datetime | None = None


def wrote_fields(connection: Connection, crm: str, written: Sequence[Wrote]) -> None:
    """Note what was written, on many records at once."""
    rows = {
        (one.ref, name): {
            "crm": crm,
            "type": one.ref.type,
            "record_id": one.ref.id,
            "field": name.value,
            "written": value,
            "theirs": False,
        }
        for one in written
        for name, value in one.values.items()
    }
    put(connection, field_values, list(rows.values()))
    known = _known(connection, crm, {one.ref for one in written})
    changed: dict[Ref, dict[str, Any]] = {}
    for one in written:
        if one.ref not in known:
            continue
        stored = changed.get(one.ref, known[one.ref])
        ours = {name.value: value for name, value in one.values.items()}
        snapshot = {**stored["snapshot"]}
        snapshot["ours"] = {**snapshot.get("ours", {}), **ours}
        modified_at = one.modified_at or stored["modified_at"]
        changed[one.ref] = {"snapshot": snapshot, "modified_at": modified_at}
    _keep(connection, crm, changed)


def _known(connection: Connection, crm: str, refs: set[Ref]) -> dict[Ref, dict[str, Any]]:
    found: dict[Ref, dict[str, Any]] = {}
    by_type: dict[str, list[str]] = {}
    for ref in sorted(refs):
        by_type.setdefault(ref.type, []).append(ref.id)
    for type_, ids in by_type.items():
        for part in chunks(ids):
            rows = connection.execute(
                sa.select(records.c.record_id, records.c.modified_at, records.c.snapshot).where(
                    records.c.crm == crm, records.c.type == type_, records.c.record_id.in_(part)
                )
            )
            found |= {Ref(type_, row["record_id"]): dict(row) for row in rows.mappings()}
    return found


def _keep(connection: Connection, crm: str, changed: Mapping[Ref, Mapping[str, Any]]) -> None:
    if not changed:
        return
    connection.execute(
        sa.update(records)
        .where(
            records.c.crm == crm,
            records.c.type == sa.bindparam("b_type"),
            records.c.record_id == sa.bindparam("b_id"),
        )
        .values(
            snapshot=sa.bindparam("b_snapshot"),
            digest=sa.bindparam("b_digest"),
            modified_at=sa.bindparam("b_modified_at"),
        ),
        [
            {
                "b_type": ref.type,
                "b_id": ref.id,
                "b_snapshot": now["snapshot"],
                "b_digest": digest(now["snapshot"]),
                "b_modified_at": now["modified_at"],
            }
            for ref, now in changed.items()
        ],
    )
