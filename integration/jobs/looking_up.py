"""Field pushes that had to wait, looked up before they are sent: what a person changed stays."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from integration import reconcile
from integration.jobs.deferring import park
from integration.runtime import Runtime
from integration.store import outbox
from integration.store.engine import begin
from integration.store.outbox import Row
from integration.store.parking import Parked
from integration.store.tables import field_values
from integration.store.upsert import put
from integration.store.written import Wrote, wrote_fields
from rules.model import Field, Ref

UNWATCHED = (
    "No [[watch]] names {type} any more, so that nobody can see what a person changed there."
    " Watch it again, then `winback requeue`."
)


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
                park(runtime, connection, crm, row, Parked.CONFIG, UNWATCHED.format(type=type_))
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
            # what stands as we sent it landed then, though nobody told us
            theirs = [n for n in difference.theirs if now[ref].get(n) != row.push.values[n]]
            _leave_to_person(connection, crm, ref, theirs)
            if difference.write:
                keep.append(replace(row, push=replace(row.push, values=difference.write)))
                continue
            stands = {k: v for k, v in row.push.values.items() if k not in theirs}
            wrote_fields(connection, crm, [Wrote(ref, stands)])
            outbox.settle(connection, row, state="delivered", settled_at=runtime.wall())
    return keep


def standing(runtime: Runtime, crm: str, rows: Sequence[Row]) -> list[Row]:
    """Of field pushes whose outcome is unknown: those whose values stand as they were sent."""
    streams = {s.type: s for s in runtime.crms[crm].streams()}
    by_type: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row.push.ref is not None and row.push.ref.type in streams:
            by_type[row.push.ref.type].append(row.push.ref.id)
    now = {
        snapshot.ref: snapshot.ours
        for type_, ids in by_type.items()
        for snapshot in runtime.crms[crm].connector.read(streams[type_], ids)
    }
    return [row for row in rows if row.push.ref in now and _stands(row, now[row.push.ref])]


def _stands(row: Row, present: Mapping[Field, str | None]) -> bool:
    return all(reconcile.alike(present.get(name), value) for name, value in row.push.values.items())


def _leave_to_person(connection: Connection, crm: str, ref: Ref, names: Sequence[Field]) -> None:
    key = {"crm": crm, "type": ref.type, "record_id": ref.id}
    rows = [{**key, "field": name.value, "written": None, "theirs": True} for name in names]
    put(connection, field_values, rows)
