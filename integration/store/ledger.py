"""Decisions written down: losses, recoveries, tasks, and only the difference as pushes.

Everything of one batch of customers is written in the caller's transaction, together with
taking off their marks, so that a kill leaves either all of it or nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from connectors.base import PushKind
from integration import reconcile
from integration.store import cases, crms, forgetting, outbox, suppressions, waiting_fields
from integration.store.caseload import Stored
from integration.store.codec import draft_to_json, value_to_json
from integration.store.elsewhere import is_elsewhere, origin, qualified
from integration.store.sheets import Sheets
from integration.store.tables import customers, field_values, losses, pushes, tasks
from rules.case import Decision, Loss, PlannedTask, Recovery
from rules.model import Field, Kind, Ref

EXAMPLES = 100
"""Wanted tasks that a report shows: enough to judge by, few enough to keep."""


@dataclass(slots=True)
class Tally:
    """What a run decided, for its report."""

    losses: Counter[str] = field(default_factory=Counter)
    categories: Counter[str] = field(default_factory=Counter)
    opened: int = 0
    joined: int = 0
    closed: int = 0
    tasks_wanted: int = 0
    examples: list[PlannedTask] = field(default_factory=list)  # the first few wanted tasks
    disagreements: int = 0
    decided: int = 0
    missing: Counter[str] = field(default_factory=Counter)  # conditions asked for it in vain

    def add(self, decision: Decision) -> None:
        self.decided += 1
        self.missing.update(decision.missing)
        for loss in decision.losses:
            if loss.new and loss.merged_into is None:
                self.losses[loss.verdict.value] += 1
                self.categories[loss.reason.category] += 1
                self.disagreements += loss.reason.disagrees
        opened = {r.id for r in decision.recoveries if r.opened}
        entered = [
            x.recovery_id
            for x in decision.losses
            if x.new and x.recovery_id and x.merged_into is None
        ]
        self.opened += len(opened)
        self.joined += len(entered) - len(opened)
        self.closed += sum(r.ended_on is not None for r in decision.recoveries)
        self.tasks_wanted += len(decision.tasks)
        self.examples.extend(decision.tasks[: max(EXAMPLES - len(self.examples), 0)])


@dataclass(frozen=True, slots=True)
class Decided:
    stored: Stored
    decision: Decision


def save(
    connection: Connection,
    crm: str,
    batch: Sequence[Decided],
    *,
    task_types: Mapping[str, str],
    revision: int,
    today: date,
    now: datetime,
) -> None:
    """Write a batch of decisions and what follows from them. `task_types` are by CRM."""
    sheets = Sheets()
    here = _still_here(connection, crm, [item.stored.customer_id for item in batch])
    batch = [
        replace(item, decision=_told_elsewhere(item))
        for item in batch
        if item.stored.customer_id in here
    ]
    scribe = _Scribe(connection, sheets, crm, task_types, revision, today, now)
    ids = [item.stored.customer_id for item in batch]
    theirs = _theirs(connection, crm, [r for item in batch for r in item.decision.fields])
    undelivered = waiting_fields.undelivered(connection, ids)
    stormy = _held_by_storm(connection, ids)
    for item in batch:
        customer = item.stored.customer_id
        scribe.losses(customer, item.decision)
        scribe.recoveries(customer, item.decision.recoveries)
        state, held_by = _first_state(item.decision, held=customer in stormy)
        for task in item.decision.tasks:
            scribe.task(customer, task, state, held_by)
        for key, because in item.decision.close.items():
            scribe.close(customer, key, because)
        for key, owner_id in item.decision.reassign.items():
            scribe.reassign(customer, key, owner_id)
        scribe.fields(item, theirs, undelivered, state, held_by)
    sheets.write(connection)
    staged = sum(_entering(item.decision) for item in batch)
    crms.stage_losses(connection, crm, staged)
    cases.decided(connection, [_remembered(item) for item in batch], now)


def _still_here(connection: Connection, crm: str, ids: Sequence[int]) -> set[int]:
    """Those who were not joined to another CRM's customers since they were loaded."""
    mine = sa.select(customers.c.id).where(customers.c.id.in_(ids), customers.c.crm == crm)
    return set(connection.execute(mine.with_for_update(read=True)).scalars())


def _told_elsewhere(item: Decided) -> Decision:
    """A departure that two CRMs told is told in both: on the record that was lost in each, and
    on the account in each."""
    decision, case = item.decision, item.stored.case
    records = {loss.id: loss.record for loss in decision.losses}
    fields = dict(decision.fields)
    for loss in decision.losses:
        first = records.get(loss.merged_into or "")
        if first is None or first not in decision.fields or loss.undone_on is not None:
            continue
        if origin(first, case.crm)[0] != origin(loss.record, case.crm)[0]:
            fields[loss.record] = decision.fields[first]
    told = {origin(ref, case.crm)[0] for ref in fields if is_elsewhere(ref)}
    wanted = decision.fields.get(case.account_ref) if case.account_ref else None
    for snapshot in case.records:
        ref = snapshot.ref
        there = is_elsewhere(ref) and origin(ref, case.crm)[0] in told
        if there and wanted is not None and snapshot.kind is Kind.ACCOUNT:
            fields[ref] = wanted
    return replace(decision, fields=fields)


def _remembered(item: Decided) -> cases.Remembered:
    decision = item.decision
    return cases.Remembered(
        item.stored,
        decision.look_again_on,
        [{"rule": n.rule, "because": n.because} for n in decision.not_made],
        [{"key": n.rule, "because": n.because} for n in decision.parked],
    )


def _entering(decision: Decision) -> int:
    """New losses that open or join a recovery."""
    return sum(bool(x.new and x.recovery_id and x.merged_into is None) for x in decision.losses)


def _first_state(decision: Decision, *, held: bool) -> tuple[str, str | None]:
    if _entering(decision):
        return "staged", None
    return ("held", "storm") if held else ("pending", None)


def _theirs(connection: Connection, crm: str, refs: Sequence[Ref]) -> dict[Ref, frozenset[Field]]:
    rows = connection.execute(
        sa.select(field_values).where(
            sa.or_(field_values.c.theirs, field_values.c.locked),
            field_values.c.record_id.in_(sorted({ref.id for ref in refs})),
        )
    )
    found: dict[Ref, set[Field]] = defaultdict(set)
    for row in rows:
        found[qualified(Ref(row.type, row.record_id), row.crm, crm)].add(Field(row.field))
    return {ref: frozenset(names) for ref, names in found.items()}


def _held_by_storm(connection: Connection, ids: Sequence[int]) -> set[int]:
    rows = connection.execute(
        sa.select(pushes.c.customer_id)
        .distinct()
        .where(pushes.c.customer_id.in_(ids), pushes.c.held_by == "storm")
    )
    return {row.customer_id for row in rows}


@dataclass(frozen=True, slots=True)
class _Scribe:
    """Puts the parts of decisions on the sheets; what is rare is written at once."""

    connection: Connection
    sheets: Sheets
    crm: str
    task_types: Mapping[str, str]
    revision: int
    today: date
    now: datetime
    told: dict[int, tuple[Mapping[str, Any], dict[str, Any]]] = field(default_factory=dict)

    def losses(self, customer: int, decision: Decision) -> None:
        for loss in decision.losses:
            if loss.new:
                self.sheets.losses.append(self._loss_row(customer, loss))
            elif loss.undone_on is None:
                self.sheets.reasons.append({"b_id": loss.id, **_reason_columns(loss)})
        for loss_id in decision.undone:
            self.connection.execute(
                sa.update(losses).where(losses.c.id == loss_id).values(undone_on=self.today)
            )
            self._unlock(loss_id)

    def _unlock(self, loss_id: str) -> None:
        """A record that is open again is no longer locked after closing."""
        lost = sa.select(losses.c.id).where(
            losses.c.id == loss_id,
            losses.c.crm == field_values.c.crm,
            losses.c.type == field_values.c.type,
            losses.c.record_id == field_values.c.record_id,
        )
        self.connection.execute(sa.update(field_values).where(sa.exists(lost)).values(locked=False))

    def _loss_row(self, customer: int, loss: Loss) -> dict[str, Any]:
        crm, record = origin(loss.record, self.crm)
        return {
            "id": loss.id,
            "customer_id": customer,
            "crm": crm,
            "type": record.type,
            "record_id": record.id,
            "ordinal": loss.ordinal,
            "watch": loss.watch,
            "verdict": loss.verdict.value,
            "because": list(loss.because),
            "known_on": loss.known_on,
            "lost_on": loss.lost_on,
            "value": loss.value,
            "merged_into": loss.merged_into,
            "repeat_of": loss.repeat_of,
            "recovery_id": loss.recovery_id,
            "revision": self.revision,
            "found_at": self.now,
            **_reason_columns(loss),
        }

    def recoveries(self, customer: int, found: Sequence[Recovery]) -> None:
        for recovery in found:
            end = {"ended_on": recovery.ended_on, "end": recovery.end}
            if recovery.opened:
                row = {
                    "id": recovery.id,
                    "customer_id": customer,
                    "crm": self.crm,
                    "opened_on": recovery.opened_on,
                    "playbook": recovery.playbook,
                    "revision": self.revision,
                }
                self.sheets.recoveries.append(row | end)
            elif recovery.ended_on is not None:
                named = {f"b_{name}": value for name, value in end.items()}
                self.sheets.ended.append({"b_id": recovery.id, **named})

    def task(self, customer: int, task: PlannedTask, state: str, held_by: str | None) -> None:
        if task.draft.record is not None and is_elsewhere(task.draft.record):
            task = replace(task, draft=replace(task.draft, record=None))  # home has no such record
        stored = draft_to_json(task.draft)
        self.sheets.tasks.append(self._task_row(customer, task, stored))
        self.sheets.pushes.append(
            outbox.new_row(
                crm=self.crm,
                kind=PushKind.TASK_CREATE,
                stream=task.draft.key,
                type=self.task_types[self.crm],
                customer_id=customer,
                payload={"task": stored},
                task_key=task.draft.key,
                state=state,
                held_by=held_by,
                score=task.score,
                now=self.now,
            )
        )

    def _task_row(self, customer: int, task: PlannedTask, stored: dict[str, Any]) -> dict[str, Any]:
        draft = task.draft
        return {
            "key": draft.key,
            "recovery_id": task.recovery_id,
            "customer_id": customer,
            "crm": self.crm,
            "rule": task.rule,
            "state": "wanted",
            "owner_id": draft.owner_id,
            "contact_id": draft.contact_id,
            "due_on": draft.due_on,
            "made_on": self.today,
            "due_unit": task.due.unit.value,
            "due_count": task.due.count,
            "draft": stored,
            "facts": self._facts(task.facts),
            "would_change": list(task.would_change),
            "because": task.because,
            "score": task.score,
            "revision": self.revision,
        }

    def _facts(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """All tasks of a recovery were decided on the same facts: told once."""
        last = self.told.get(id(facts))
        if last is None or last[0] is not facts:
            last = (facts, {name: value_to_json(value) for name, value in facts.items()})
            self.told[id(facts)] = last
        return last[1]

    def close(self, customer: int, key: str, because: str) -> None:
        """Close a task that stands in the CRM; one that was never sent is withdrawn."""
        self.connection.execute(
            sa.update(pushes)
            .where(
                pushes.c.task_key == key,
                pushes.c.kind == PushKind.TASK_CREATE.value,
                pushes.c.state.in_(("staged", "held", "pending", "parked")),
                pushes.c.attempts == 0,
            )
            .values(state="withdrawn", settled_at=self.now)
        )
        row = self.connection.execute(
            sa.update(tasks)
            .where(tasks.c.key == key)
            .values(close_because=because)
            .returning(tasks.c.crm_id, tasks.c.crm)
        ).one()
        task_type = self.task_types.get(row.crm)
        if row.crm_id is not None and task_type is not None:
            close_written(self.connection, row.crm, task_type, customer, key, self.now)
            return
        withdrawn = sa.exists().where(
            pushes.c.task_key == key,
            pushes.c.kind == PushKind.TASK_CREATE.value,
            pushes.c.state == "withdrawn",
        )
        self.connection.execute(
            sa.update(tasks).where(tasks.c.key == key, withdrawn).values(state="withdrawn")
        )

    def reassign(self, customer: int, key: str, owner_id: str) -> None:
        row = self.connection.execute(
            sa.update(tasks)
            .where(tasks.c.key == key)
            .values(owner_id=owner_id)
            .returning(tasks.c.crm_id)
        ).one()
        if row.crm_id is None:
            return
        outbox.add(
            self.connection,
            crm=self.crm,
            kind=PushKind.TASK_UPDATE,
            stream=key,
            type=self.task_types[self.crm],
            customer_id=customer,
            payload={
                "ref": [self.task_types[self.crm], row.crm_id],
                "change": {"owner_id": owner_id},
            },
            task_key=key,
            now=self.now,
        )

    def fields(
        self,
        item: Decided,
        theirs: Mapping[Ref, frozenset[Field]],
        undelivered: Mapping[str, list[Any]],
        state: str,
        held_by: str | None,
    ) -> None:
        case = item.stored.case
        snapshots = {s.ref: s for s in case.records}
        for ref, wanted in item.decision.fields.items():
            snapshot = snapshots.get(ref)
            if snapshot is None or snapshot.deleted or suppressions.is_stand_in(ref.id):
                continue
            difference = reconcile.fields(
                wanted, snapshot.ours, case.written.get(ref, {}), theirs.get(ref, frozenset())
            )
            self._mark_theirs(ref, difference.theirs, case.written.get(ref, {}))
            write = waiting_fields.not_waiting_yet(
                self.connection,
                undelivered.get(str(origin(ref, self.crm)[1]), ()),
                difference.write,
                self.now,
            )
            if write:
                self._field_push(item.stored.customer_id, ref, write, snapshot.ours, state, held_by)

    def _field_push(
        self,
        customer: int,
        ref: Ref,
        write: Mapping[Field, str | None],
        present: Mapping[Field, str | None],
        state: str,
        held_by: str | None,
    ) -> None:
        crm, ref = origin(ref, self.crm)
        self.sheets.pushes.append(
            outbox.new_row(
                crm=crm,
                kind=PushKind.FIELD,
                stream=str(ref),
                type=ref.type,
                customer_id=customer,
                payload={
                    "ref": [ref.type, ref.id],
                    "values": {k.value: v for k, v in write.items()},
                    "base": {k.value: present.get(k) for k in write},
                },
                state=state,
                held_by=held_by,
                now=self.now,
            )
        )

    def _mark_theirs(
        self, ref: Ref, names: Sequence[Field], written: Mapping[Field, str | None]
    ) -> None:
        crm, ref = origin(ref, self.crm)
        self.sheets.theirs.extend(
            {
                "crm": crm,
                "type": ref.type,
                "record_id": ref.id,
                "field": name.value,
                "written": written.get(name),
                "theirs": True,
            }
            for name in names
        )


def close_written(
    connection: Connection, crm: str, task_type: str, customer: int, key: str, now: datetime
) -> None:
    """Ask the CRM to close a task of ours whose cause is gone."""
    row = connection.execute(
        sa.select(tasks.c.crm_id, tasks.c.close_because).where(tasks.c.key == key)
    ).one()
    if row.close_because == forgetting.BECAUSE:  # it was on its way when they were forgotten
        forgetting.rewrite(connection, crm, task_type, key, now)
    outbox.add(
        connection,
        crm=crm,
        kind=PushKind.TASK_CLOSE,
        stream=key,
        type=task_type,
        customer_id=customer,
        payload={"ref": [task_type, row.crm_id], "note": f"Closed by winback: {row.close_because}"},
        task_key=key,
        now=now,
    )


def _reason_columns(loss: Loss) -> dict[str, Any]:
    return {
        "category": loss.reason.category,
        "provenance": loss.reason.provenance.value if loss.reason.provenance else None,
        "reason": _reason_json(loss),
    }


def _reason_json(loss: Loss) -> dict[str, Any]:
    reason = loss.reason
    return {
        "category": reason.category,
        "second": reason.second,
        "competitor": reason.competitor,
        "provenance": reason.provenance.value if reason.provenance else None,
        "fault": reason.fault,
        "changeable": reason.changeable,
        "stated": reason.stated,
        "confidence": reason.confidence,
        "because": reason.because,
    }
