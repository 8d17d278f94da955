"""One decision turned into rows: losses, recoveries, tasks, and only the difference as pushes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from connectors.base import PushKind
from integration import reconcile
from integration.store import outbox, suppressions, waiting_fields
from integration.store.caseload import Stored
from integration.store.codec import (
    benchmark_to_json,
    draft_to_json,
    left_to_json,
    value_to_json,
)
from integration.store.elsewhere import is_elsewhere, origin
from integration.store.loss_rows import history_row, loss_row, reason_columns, told
from integration.store.sheets import Sheets
from integration.store.tables import field_values, losses
from rules.case import (
    Case,
    Decision,
    KnownRecovery,
    PlannedTask,
    Recovery,
)
from rules.model import Field, Ref


@dataclass(frozen=True, slots=True)
class Decided:
    """A customer's case, and what was decided on it."""

    stored: Stored
    decision: Decision


@dataclass(frozen=True, slots=True)
class Scribe:
    """Puts the parts of decisions on the sheets; what is rare is written at once."""

    connection: Connection
    sheets: Sheets
    crm: str
    task_types: Mapping[str, str]
    revision: int
    today: date
    now: datetime
    look_first: bool = False  # before a new task is sent: see `store.restored`
    told: dict[int, tuple[Mapping[str, Any], dict[str, Any]]] = field(default_factory=dict)

    def losses(self, customer: int, case: Case, decision: Decision) -> None:
        before = {known.id: known.reason for known in case.losses}
        for loss in decision.losses:
            if loss.new:
                self.sheets.losses.append(
                    loss_row(
                        loss,
                        customer,
                        home=self.crm,
                        revision=self.revision,
                        found_at=self.now,
                    )
                )
                self.sheets.reason_history.append(history_row(loss, self.today))
            elif loss.undone_on is None:
                was = before.get(loss.id)
                if was == replace(loss.reason, words=None):
                    continue
                self.sheets.reasons.append({"b_id": loss.id, **reason_columns(loss)})
                if was is None or told(was) != told(loss.reason):
                    self.sheets.reason_history.append(history_row(loss, self.today))
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

    def recoveries(self, customer: int, case: Case, found: Sequence[Recovery]) -> None:
        known = {recovery.id: recovery for recovery in case.recoveries}
        for recovery in found:
            state = self._state(recovery)
            was = known.get(recovery.id)
            if recovery.opened:
                row = {
                    "id": recovery.id,
                    "customer_id": customer,
                    "crm": self.crm,
                    "opened_on": recovery.opened_on,
                    "playbook": recovery.playbook,
                    "revision": self.revision,
                    "interview_before": dict(recovery.interview_before) or None,
                }
                self.sheets.recoveries.append(row | state)
            elif was is None or self._news(was, recovery):
                named = {f"b_{name}": value for name, value in state.items()}
                self.sheets.ended.append({"b_id": recovery.id, **named})
            if was is not None and was.left != recovery.left:
                self._replanned(recovery)

    def _state(self, recovery: Recovery) -> dict[str, Any]:
        """What may change of a recovery from one decision to the next."""
        benchmarks = [benchmark_to_json(state) for state in recovery.benchmarks]
        slipped = any(s.slipped(recovery.began_on, self.today) for s in recovery.benchmarks)
        return {
            "ended_on": recovery.ended_on,
            "end": recovery.end,
            "benchmarks": benchmarks or None,
            "slipped": slipped,
        }

    def _replanned(self, recovery: Recovery) -> None:
        """It goes on with a playbook of the rules in force."""
        self.sheets.replanned.append(
            {
                "b_id": recovery.id,
                "b_playbook": recovery.playbook,
                "b_revision": self.revision,
                "b_playbooks_left": [left_to_json(one) for one in recovery.left],
            }
        )

    def _news(self, was: KnownRecovery, now: Recovery) -> bool:
        """Whether it ended, another playbook took over, or a benchmark was met or missed since
        the last decision."""
        if now.ended_on is not None or was.left != now.left or was.benchmarks != now.benchmarks:
            return True
        due = {state.slips_on(now.began_on) for state in now.benchmarks if not state.met_on}
        return any(day <= self.today for day in due)

    def task(self, customer: int, task: PlannedTask, state: str, held_by: str | None) -> None:
        if task.draft.record is not None and is_elsewhere(task.draft.record):
            task = replace(task, draft=replace(task.draft, record=None))  # home has no such record
        stored = draft_to_json(task.draft)
        self.sheets.tasks.append(self._task_row(customer, task, stored))
        self.sheets.pushes.append(
            outbox.new_row(
                look_first=self.look_first,
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
            "score_parts": list(task.score_parts) or None,
            "revision": self.revision,
        }

    def _facts(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """All tasks of a recovery were decided on the same facts: told once."""
        last = self.told.get(id(facts))
        if last is None or last[0] is not facts:
            last = (facts, {name: value_to_json(value) for name, value in facts.items()})
            self.told[id(facts)] = last
        return last[1]

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
                self._field_push(item.stored, ref, write, snapshot.ours, state, held_by)

    def _field_push(
        self,
        stored: Stored,
        ref: Ref,
        write: Mapping[Field, str | None],
        present: Mapping[Field, str | None],
        state: str,
        held_by: str | None,
    ) -> None:
        account = None if is_elsewhere(ref) else stored.case.account_ref
        crm, ref = origin(ref, self.crm)
        self.sheets.pushes.append(
            outbox.new_row(
                crm=crm,
                kind=PushKind.FIELD,
                stream=str(ref),
                type=ref.type,
                customer_id=stored.customer_id,
                payload={
                    "ref": [ref.type, ref.id],
                    "account": account.id if account else None,
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
