"""Signals: "look at record X", stored before anybody acknowledges or moves a cursor.

One row per record: a second signal for a record that waits already only bumps its generation,
so that duplicates and disorder cost nothing and one that arrives while the record is being
read is not lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import sqlite

from integration.store.codec import snapshot_from_json, snapshot_to_json
from integration.store.tables import cursors, signals
from integration.store.upsert import insert, put
from rules.model import Ref, Snapshot


@dataclass(frozen=True, slots=True)
class Signal:
    """A record to look at. `snapshot` is there when the listing gave the whole record, `delivery`
    when one named it, as the log calls it."""

    ref: Ref
    generation: int
    snapshot: Snapshot | None
    gone: bool
    delivery: str | None = None


def store(
    connection: Connection,
    crm: str,
    *,
    snapshots: Sequence[Snapshot] = (),
    refs: Sequence[Ref] = (),
    gone: Sequence[Ref] = (),
    now: datetime,
) -> int:
    """Store signals; answers how many records they name."""
    rows: dict[Ref, dict[str, Any]] = {}
    for ref in refs:
        rows[ref] = _row(crm, ref, now)
    for snapshot in snapshots:
        rows[snapshot.ref] = _row(crm, snapshot.ref, now, snapshot=snapshot_to_json(snapshot))
    for ref in gone:
        rows[ref] = _row(crm, ref, now, gone=True)
    _put(connection, rows)
    return len(rows)


def store_hints(
    connection: Connection,
    crm: str,
    *,
    refs: Iterable[Ref],
    erased: Iterable[Ref] = (),
    now: datetime,
    told_by: Mapping[Ref, str] | None = None,
) -> int:
    """Store what a CRM pushed; answers how many records it names. `told_by` are deliveries.

    Nobody promises the order of deliveries, so a bare ref takes nothing back: a record that is
    waiting as gone stays so until a poll has seen it.
    """
    named = dict.fromkeys(refs, False) | dict.fromkeys(erased, True)
    told_by = told_by or {}
    if connection.dialect.name == "sqlite":
        _put_at_once(connection, crm, named, told_by, now)
    else:
        rows = {
            ref: _row(crm, ref, now, gone=gone, delivery=told_by.get(ref))
            for ref, gone in named.items()
        }
        _put(connection, rows, gone_stays=True)
    return len(named)


def _put_at_once(
    connection: Connection,
    crm: str,
    named: Mapping[Ref, bool],
    told_by: Mapping[Ref, str],
    now: datetime,
) -> None:
    """All in one step of SQLite. A step for each row lets other threads of this process in
    between, and where many take in webhooks the writer waits for them hundreds of times."""
    if not named:
        return
    told = [[ref.type, ref.id, gone, told_by.get(ref)] for ref, gone in named.items()]
    connection.execute(_AT_ONCE, {"crm": crm, "now": now, "told": told})


def _at_once() -> Any:
    told = sa.func.json_each(sa.bindparam("told", type_=sa.JSON)).table_valued("value")
    part = [sa.func.json_extract(told.c.value, f"$[{place}]") for place in range(4)]
    crm = sa.bindparam("crm", type_=sa.Text)
    now = sa.bindparam("now", type_=signals.c.received_at.type)
    rows = sa.select(crm, *part, now).where(sa.true())
    statement = sqlite.insert(signals).from_select(
        ["crm", "type", "record_id", "gone", "delivery", "received_at"], rows
    )
    return _renewed(statement, gone_stays=True)


def _put(
    connection: Connection, rows: Mapping[Ref, dict[str, Any]], *, gone_stays: bool = False
) -> None:
    """In one order for all, so that two transactions never wait for each other's rows."""
    if not rows:
        return
    statement = _renewed(insert(connection, signals), gone_stays=gone_stays)
    connection.execute(statement, [rows[ref] for ref in sorted(rows, key=_type_and_id)])


def _renewed(statement: Any, *, gone_stays: bool) -> Any:
    """The same insert; a record that waits already gets a new generation."""
    gone = statement.excluded.gone
    return statement.on_conflict_do_update(
        index_elements=["crm", "type", "record_id"],
        set_={
            "snapshot": statement.excluded.snapshot,
            "gone": sa.or_(signals.c.gone, gone) if gone_stays else gone,
            "generation": signals.c.generation + 1,
            "delivery": sa.func.coalesce(statement.excluded.delivery, signals.c.delivery),
        },
    )


_AT_ONCE = _at_once()


def _type_and_id(ref: Ref) -> tuple[str, str]:
    return ref.type, ref.id


def _row(
    crm: str,
    ref: Ref,
    now: datetime,
    *,
    snapshot: dict[str, Any] | None = None,
    gone: bool = False,
    delivery: str | None = None,
) -> dict[str, Any]:
    return {
        "crm": crm,
        "type": ref.type,
        "record_id": ref.id,
        "snapshot": snapshot,
        "gone": gone,
        "delivery": delivery,
        "received_at": now,
    }


def take(connection: Connection, crm: str, limit: int) -> list[Signal]:
    """Up to `limit` signals of one record type: of that whose signal has waited longest. They
    stay stored until `settle`."""
    first = connection.execute(
        sa.select(signals.c.type)
        .where(signals.c.crm == crm)
        .order_by(signals.c.received_at, signals.c.type)
        .limit(1)
    ).scalar()
    if first is None:
        return []
    rows = connection.execute(
        sa.select(signals)
        .where(signals.c.crm == crm, signals.c.type == first)
        .order_by(signals.c.record_id)
        .limit(limit)
    )
    return [_signal(row) for row in rows]


def _signal(row: Any) -> Signal:
    ref = Ref(row.type, row.record_id)
    snapshot = snapshot_from_json(ref, row.snapshot) if row.snapshot is not None else None
    return Signal(ref, row.generation, snapshot, row.gone, row.delivery)


def settle(connection: Connection, crm: str, done: Sequence[Signal]) -> None:
    """Forget signals that were acted on, unless a newer one for the same record came in."""
    if not done:
        return
    connection.execute(
        sa.delete(signals).where(
            signals.c.crm == crm,
            signals.c.type == sa.bindparam("b_type"),
            signals.c.record_id == sa.bindparam("b_id"),
            signals.c.generation == sa.bindparam("b_generation"),
        ),
        [{"b_type": s.ref.type, "b_id": s.ref.id, "b_generation": s.generation} for s in done],
    )


def waiting(connection: Connection, crm: str) -> int:
    count = sa.select(sa.func.count()).select_from(signals).where(signals.c.crm == crm)
    return connection.execute(count).scalar_one()


@dataclass(frozen=True, slots=True)
class Reached:
    """How far polling of a stream got. `history` while it is read for the first time: how many
    records were read, of how many, where the CRM said that."""

    position: dict[str, Any]
    history: tuple[int, int | None] | None = None


def reached(connection: Connection, crm: str, stream: str) -> Reached | None:
    """None before first contact."""
    row = connection.execute(
        sa.select(cursors).where(cursors.c.crm == crm, cursors.c.stream == stream)
    ).first()
    return None if row is None else Reached(row.position, _history(row))


def histories(connection: Connection, crm: str) -> dict[str, tuple[int, int | None]]:
    """By stream, as far as their histories were read; streams that are polled have none."""
    rows = connection.execute(
        sa.select(cursors).where(cursors.c.crm == crm).order_by(cursors.c.stream)
    )
    return {row.stream: found for row in rows if (found := _history(row)) is not None}


def _history(row: Any) -> tuple[int, int | None] | None:
    return None if row.history_read is None else (row.history_read, row.history_total)


def move_cursor(
    connection: Connection, crm: str, stream: str, reached: Reached, now: datetime
) -> None:
    """Move a cursor, in the transaction that stored the signals up to it."""
    read, total = reached.history or (None, None)
    row = {
        "crm": crm,
        "stream": stream,
        "position": reached.position,
        "moved_at": now,
        "history_read": read,
        "history_total": total,
    }
    put(connection, cursors, [row])


def forget_cursor(connection: Connection, crm: str, stream: str) -> None:
    """Go the way of first contact at the next poll."""
    connection.execute(sa.delete(cursors).where(cursors.c.crm == crm, cursors.c.stream == stream))
