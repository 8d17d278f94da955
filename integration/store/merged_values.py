"""What we wrote on a record that was merged into another: where it stands there, it is ours still.

HubSpot moves the values of both into the record that lives on, which may have an id of its own.
Taken for a person's, they would never be written again. What we wrote on that record itself goes
before: who sets back there what stood on the other one means it. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from integration.reconcile import alike
from rules.case import Case
from rules.model import Field, Ref, Snapshot


def with_merged_values(case: Case, snapshots: Sequence[Snapshot]) -> Case:
    """The case, whose customer has these records, the merged ones among them."""
    into = {s.ref: Ref(s.ref.type, s.merged_into) for s in snapshots if s.merged_into}
    live = {s.ref: s for s in case.records}
    written = {ref: dict(values) for ref, values in case.written.items()}
    for old in into:
        survivor = live.get(_survivor(old, into))
        if survivor is not None:
            moved = _moved(case, old, survivor)
            written[survivor.ref] = {**moved, **written.get(survivor.ref, {})}
    return replace(case, written=written) if into else case


def _survivor(old: Ref, into: dict[Ref, Ref]) -> Ref:
    """One that was merged into may have been merged away later."""
    seen = {old}
    while (found := into.get(old)) is not None and found not in seen:
        seen.add(old := found)
    return old


def _moved(case: Case, old: Ref, survivor: Snapshot) -> dict[Field, str | None]:
    """What we wrote on the old record, as far as it stands on the other one now."""
    return {
        name: value
        for name, value in case.written.get(old, {}).items()
        if value and alike(survivor.ours.get(name), value)
    }
