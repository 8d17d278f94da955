"""One customer in, the whole wanted state out: same case, same rules, same day, same answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from rules.asking import Asked
from rules.case import (
    Case,
    Decision,
    KnownTask,
    Loss,
    NotMade,
    PlannedTask,
    Recovery,
)
from rules.chosen import chosen_reason, known_loss
from rules.consent import choose_contact, nobody_left, permission_of, suppressed
from rules.context import loss_facts
from rules.contracts import with_running
from rules.facts import with_lost_deals_closed
from rules.losses import new_losses, undone
from rules.making import Making, Parked, route
from rules.model import REASON_FIELDS, Contact, Field, Permission, Ref
from rules.plans import NotYet, Step, cadence_step, playbook_steps
from rules.recover import DO_NOT_CONTACT, OPEN, recover
from rules.rulebook import Rulebook
from rules.ruleset import Assign, Playbook
from rules.verdict import will_be_lost_on


def decide(case: Case, book: Rulebook, today: date) -> Decision:
    """The whole wanted state of one customer as of `today`."""
    case = with_lost_deals_closed(with_running(case, book.rules, today), today)
    reopened = undone(case, book.rules, today)
    known = tuple(known_loss(case, book, loss, reopened, today) for loss in case.losses)
    case = replace(
        case,
        losses=tuple(replace(k, undone_on=today) if k.id in reopened else k for k in case.losses),
    )
    found = tuple(
        replace(x, reason=chosen_reason(case, book, x))
        for x in new_losses(case, book.rules, book.categoriser, today)
    )
    losses = tuple(sorted((*known, *found), key=lambda x: (x.lost_on, x.known_on, x.id)))

    answer = _Answer()
    asked = answer.asked

    def choose(loss: Loss) -> Playbook | None:
        contact = choose_contact(case.contacts, loss.contact_id)
        facts = loss_facts(case, book.rules, loss, contact, today, asked)
        return choose_playbook(book, loss, facts, asked)

    recovered = recover(case, book.rules, losses, choose, today)
    for recovery in recovered.recoveries:
        _plan(case, book, recovery, recovered.losses, today, answer)
    for known_recovery in case.recoveries:
        if known_recovery.ended_on is not None:
            ended = f"the recovery ended: {known_recovery.end}"
            _close_tasks(case, known_recovery.tasks, ended, answer)
    if not any(r.ended_on is None for r in recovered.recoveries):
        answer.look_again.append(will_be_lost_on(case, book.rules, today))
    later = [day for day in answer.look_again if day is not None and day > today]
    return Decision(
        losses=recovered.losses,
        undone=reopened,
        recoveries=recovered.recoveries,
        tasks=tuple(answer.tasks),
        close=answer.close,
        reassign=answer.reassign,
        fields=answer.fields,
        not_made=tuple(answer.not_made),
        parked=tuple(answer.parked),
        missing=asked.missing,
        look_again_on=min(later, default=None),
    )


@dataclass
class _Answer:
    """The parts of a decision while they are being gathered."""

    look_again: list[date | None] = field(default_factory=list)
    tasks: list[PlannedTask] = field(default_factory=list)
    close: dict[str, str] = field(default_factory=dict)
    reassign: dict[str, str] = field(default_factory=dict)
    fields: dict[Ref, Mapping[Field, str | None]] = field(default_factory=dict)
    not_made: list[NotMade] = field(default_factory=list)
    parked: list[NotMade] = field(default_factory=list)
    asked: Asked = field(default_factory=Asked)

    def take(self, made: PlannedTask | NotMade | Parked) -> None:
        if isinstance(made, PlannedTask):
            self.tasks.append(made)
        elif isinstance(made, Parked):
            self.parked.append(made.told)
        else:
            self.not_made.append(made)


def choose_playbook(
    book: Rulebook, loss: Loss, facts: Mapping[str, Any], asked: Asked
) -> Playbook | None:
    """The first playbook that is meant for the verdict and whose condition holds."""
    for playbook in book.rules.playbooks:
        if loss.verdict in playbook.verdicts and asked.holds(playbook.when, facts):
            return playbook
    return None


# ---- what one recovery wants


def _plan(
    case: Case,
    book: Rulebook,
    recovery: Recovery,
    losses: tuple[Loss, ...],
    today: date,
    answer: _Answer,
) -> None:
    own = [x for x in losses if x.recovery_id == recovery.id and x.merged_into is None]
    standing = [x for x in own if x.undone_on is None] or own
    if not standing:
        return
    loss = standing[-1]
    known = next((r for r in case.recoveries if r.id == recovery.id), None)
    contact = choose_contact(case.contacts, loss.contact_id)
    facts = loss_facts(case, book.rules, loss, contact, today, answer.asked)
    barred = _barred(book, facts, answer.asked)
    status = recovery.end or (DO_NOT_CONTACT if barred or nobody_left(case.contacts) else OPEN)
    reason_closed = f"the recovery ended: {recovery.end}" if recovery.end else barred
    _want_fields(case, own, status, answer)
    tasks = known.tasks if known else ()
    _close_tasks(case, tasks, reason_closed, answer)
    if reason_closed:
        if barred:
            answer.not_made.append(NotMade("suppression", barred))
        return
    _reassign(case, book, tasks, today, answer)
    making = Making(case, book, recovery, loss, contact, facts, today)
    for step in _steps(book, recovery, loss, contact, tasks, facts, today, answer.asked):
        if isinstance(step, NotYet):
            answer.not_made.append(NotMade(step.rule, step.because))
            answer.look_again.append(step.look_again_on)
        elif step.key not in {t.key for t in tasks}:
            answer.take(making.make(step))


def _barred(book: Rulebook, facts: Mapping[str, Any], asked: Asked) -> str | None:
    for suppression in book.rules.suppressions:
        if asked.holds(suppression.when, facts):
            return suppression.because or f"suppressed: {suppression.when.text}"
    return None


def _want_fields(case: Case, own: list[Loss], status: str, answer: _Answer) -> None:
    """The reason fields of each lost record and, by the latest loss that says why, of the
    account."""
    for loss in own:
        answer.fields[loss.record] = _field_values(loss, status)
    telling = [loss for loss in own if loss.reason.category != "unknown"] or own
    if case.account_ref is not None:
        answer.fields[case.account_ref] = _field_values(telling[-1], status)


def _field_values(loss: Loss, status: str) -> Mapping[Field, str | None]:
    reason = loss.reason
    values: dict[Field, str | None] = {
        Field.REASON: reason.category,
        Field.PROVENANCE: reason.provenance.value if reason.provenance else None,
        Field.FAULT: reason.fault,
        Field.CHANGEABLE: reason.changeable,
        Field.COMPETITOR: reason.competitor,
        Field.STATUS: status,
    }
    return {name: values[name] for name in REASON_FIELDS if values[name] is not None}


def _close_tasks(
    case: Case, tasks: tuple[KnownTask, ...], because: str | None, answer: _Answer
) -> None:
    people = {c.id: c for c in case.contacts}
    for task in tasks:
        if task.closed or task.deleted:
            continue
        contact = people.get(task.contact_id or "")
        stop = suppressed(contact) if contact else None
        if because or stop:
            answer.close[task.key] = because or stop or ""


def _reassign(
    case: Case, book: Rulebook, tasks: tuple[KnownTask, ...], today: date, answer: _Answer
) -> None:
    """A task whose owner has left goes to whoever would get it now."""
    for task in tasks:
        owner = case.owners.get(task.owner_id or "")
        if task.closed or task.deleted or owner is None or owner.active:
            continue
        routed = route(case, book, Assign(), None, today)
        if routed.owner is not None:
            answer.reassign[task.key] = routed.owner.id


def _steps(
    book: Rulebook,
    recovery: Recovery,
    loss: Loss,
    contact: Contact | None,
    tasks: tuple[KnownTask, ...],
    facts: Mapping[str, Any],
    today: date,
    asked: Asked,
) -> list[Step | NotYet]:
    steps: list[Step | NotYet] = []
    playbook = book.playbook(recovery.playbook, recovery.revision)
    if playbook:
        steps += playbook_steps(
            recovery.id,
            playbook,
            category=loss.reason.category,
            provenance=loss.reason.provenance,
            tasks=tasks,
        )
    else:
        steps.append(NotYet("playbooks", "no playbook's condition holds for this loss"))
    permission = permission_of(contact, today) if contact else Permission.UNKNOWN
    for cadence in book.rules.cadences:
        if not asked.holds(cadence.when, facts):
            steps.append(NotYet(f"cadence {cadence.name}", "its condition does not hold"))
            continue
        steps.append(
            cadence_step(
                recovery.id,
                cadence,
                lost_on=loss.lost_on,
                permission=permission,
                tasks=tasks,
                today=today,
            )
        )
    return steps
