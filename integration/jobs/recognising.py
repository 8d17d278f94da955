"""After a restore: our own earlier work in the CRM is taken for ours, not made or judged anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from connectors.base import PushKind, PushResult, Settled
from integration import reconcile
from integration.jobs import settling
from integration.runtime import Runtime
from integration.store import restored
from integration.store.caseload import Stored
from integration.store.elsewhere import origin
from integration.store.engine import begin
from integration.store.written import Wrote, wrote_fields
from rules.case import Case, Decision
from rules.model import REASON_FIELDS, Field, Ref

OwnFields = Mapping[Ref, Mapping[Field, str]]


def recognise_tasks(runtime: Runtime, crm: str, lease: timedelta) -> None:
    """Look for every new task that may stand in the CRM already; what is found counts as
    delivered, whatever held it. Raises the connector's errors, with the rest looked for later."""
    connector = runtime.crms[crm].connector
    limit = connector.batch_limit(PushKind.TASK_CREATE)
    while True:
        with begin(runtime.engine) as connection:
            rows = restored.claim(connection, crm, limit, runtime.wall() + lease)
            if not rows:
                restored.over(connection, crm, runtime.wall())
        if not rows:
            return
        found = connector.find([row.push for row in rows])
        ids = {row.id: found.get(row.push.id) for row in rows}
        stand = [row for row in rows if ids[row.id]]
        results = [PushResult(row.push.id, Settled.DELIVERED, crm_id=ids[row.id]) for row in stand]
        with begin(runtime.engine) as connection:
            restored.found(connection, crm, stand)
            settling.settle(runtime, connection, crm, stand, results)
            restored.not_found(connection, [row for row in rows if not ids[row.id]])


def recognise_fields(
    runtime: Runtime, crm: str, batch: Sequence[Stored], decide: Callable[[Stored], Decision]
) -> list[Stored]:
    """The same customers, knowing which of our fields we wrote ourselves since the backup was
    taken: those that have the value which we would write. Any other is a person's."""
    own = {item.customer_id: _own_fields(item, decide) for item in batch}
    by_crm: dict[str, list[Wrote]] = {}
    for fields in own.values():
        for ref, values in fields.items():
            name, there = origin(ref, crm)
            by_crm.setdefault(name, []).append(Wrote(there, values))
    with begin(runtime.engine) as connection:
        for name, wrote in by_crm.items():
            wrote_fields(connection, name, wrote)
    return [replace(item, case=_knowing(item.case, own[item.customer_id])) for item in batch]


def _own_fields(item: Stored, decide: Callable[[Stored], Decision]) -> OwnFields:
    case = item.case
    unexplained = {s.ref: _unexplained(case, s.ref, s.ours) for s in case.records}
    if not any(unexplained.values()):
        return {}
    before = replace(
        case,
        records=tuple(
            replace(
                s,
                ours={
                    name: case.written.get(s.ref, {}).get(name)
                    if name in unexplained[s.ref]
                    else value
                    for name, value in s.ours.items()
                },
            )
            for s in case.records
        ),
    )
    wanted = decide(replace(item, case=before)).fields
    return {
        ref: own
        for ref, values in unexplained.items()
        if (own := {n: v for n, v in values.items() if _is_wanted(wanted, ref, n, v)})
    }


def _unexplained(case: Case, ref: Ref, ours: Mapping[Field, str | None]) -> dict[Field, str]:
    """What stands in the fields of a record that we fill, and not as we last wrote it."""
    written = case.written.get(ref, {})
    return {
        name: value
        for name in REASON_FIELDS
        if (value := ours.get(name)) and not reconcile.alike(value, written.get(name))
    }


def _is_wanted(
    wanted: Mapping[Ref, Mapping[Field, str | None]], ref: Ref, name: Field, value: str
) -> bool:
    fields = wanted.get(ref, {})
    return name in fields and reconcile.alike(value, fields[name])


def _knowing(case: Case, own: OwnFields) -> Case:
    written = {ref: dict(values) for ref, values in case.written.items()}
    for ref, values in own.items():
        written.setdefault(ref, {}).update(values)
    return replace(case, written=written)
