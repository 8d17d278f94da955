"""Contacts whose record was merged into another: a case names them by the id that lives on.

Tasks and lost records keep the id that they were made with; a no that the surviving record has,
or that was given under the old id, is that person's all the same. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from rules.case import Case, KnownRecovery
from rules.model import Kind, Snapshot


def by_surviving_ids(case: Case, snapshots: Sequence[Snapshot]) -> Case:
    """The case, whose customer has these records, the merged ones among them."""
    merged = {
        s.ref.id: s.merged_into for s in snapshots if s.kind is Kind.CONTACT and s.merged_into
    }
    if not merged:
        return case
    survivors = {old: _survivor(old, merged) for old in merged}
    return replace(
        case,
        records=tuple(_record(one, survivors) for one in case.records),
        recoveries=tuple(_recovery(one, survivors) for one in case.recoveries),
    )


def _survivor(old: str, merged: Mapping[str, str]) -> str:
    """One that was merged into may have been merged away later."""
    seen = {old}
    while (into := merged.get(old)) is not None and into not in seen:
        seen.add(old := into)
    return old


def _record(record: Snapshot, survivors: Mapping[str, str]) -> Snapshot:
    into = survivors.get(record.contact_id or "")
    return replace(record, contact_id=into) if into else record


def _recovery(recovery: KnownRecovery, survivors: Mapping[str, str]) -> KnownRecovery:
    tasks = tuple(
        replace(task, contact_id=survivors.get(task.contact_id or "", task.contact_id))
        for task in recovery.tasks
    )
    return replace(recovery, tasks=tasks)
