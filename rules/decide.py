"""One customer in, the whole wanted state out. Pure: same case, same rules, same day, same answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from rules.calendar import at_nine, due_after
from rules.case import (
    TIME_ALONE,
    Case,
    Decision,
    KnownLoss,
    KnownRecovery,
    KnownTask,
    Loss,
    LossReason,
    NotMade,
    PlannedTask,
    Recovery,
)
from rules.consent import choose_contact, consent, permission_of, suppressed
from rules.context import loss_facts, score, text_facts
from rules.drafting import facts_in_words, skipped_in_words, task_body
from rules.contracts import with_running
from rules.losses import new_losses, reason_of, undone
from rules.model import (
    REASON_FIELDS,
    Changeable,
    Contact,
    Fault,
    Field,
    Permission,
    Provenance,
    Ref,
    TaskDraft,
)
from rules.plans import NotYet, Step, cadence_step, playbook_steps
from rules.recover import DO_NOT_CONTACT, OPEN, recover
from rules.routing import Routed, assignee
from rules.rulebook import Rulebook
from rules.ruleset import Ask, Assign, AssignTo, Playbook
from rules.verdict import will_be_lost_on


def decide(case: Case, book: Rulebook, today: date) -> Decision:
    """The whole wanted state of one customer as of `today`."""
    case = with_running(case, book.rules, today)
    reopened = undone(case, book.rules, today)
    known = tuple(_known(case, book, loss, reopened, today) for loss in case.losses)
    case = replace(
        case, losses=tuple(k for k in case.losses if k.undone_on is None and k.id not in reopened)
    )
    found = tuple(
        replace(x, reason=_chosen(case, book, x))
        for x in new_losses(case, book.rules, book.categoriser, today)
    )
    losses = tuple(sorted((*known, *found), key=lambda x: (x.lost_on, x.known_on, x.id)))

    def choose(loss: Loss) -> Playbook | None:
        contact = choose_contact(case.contacts, loss.contact_id)
        return _playbook(book, loss, loss_facts(case, book.rules, loss, contact, today))

    recovered = recover(case, book.rules, losses, choose, today)
    answer = _Answer(look_again=[])
    for recovery in recovered.recoveries:
        _plan(case, book, recovery, recovered.losses, today, answer)
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
        facts=answer.facts,
        look_again_on=min(later, default=None),
    )


@dataclass
class _Answer:
    """The parts of a decision while they are being gathered."""

    look_again: list[date | None]
    tasks: list[PlannedTask] = field(default_factory=list)
    close: dict[str, str] = field(default_factory=dict)
    reassign: dict[str, str] = field(default_factory=dict)
    fields: dict[Ref, Mapping[Field, str | None]] = field(default_factory=dict)
    not_made: list[NotMade] = field(default_factory=list)
    parked: list[NotMade] = field(default_factory=list)
    facts: Mapping[str, Any] = field(default_factory=dict)


# ---- losses that are known, and reasons that people chose


def _known(
    case: Case, book: Rulebook, known: KnownLoss, reopened: tuple[str, ...], today: date
) -> Loss:
    """A known loss: verdict and dates as pinned, the reason as the record tells it today."""
    record = next((r for r in case.records if r.ref == known.record), None)
    watch = next((w for w in book.rules.watches if w.name == known.watch), None)
    reason = LossReason()
    if record and watch:
        reason = reason_of(record, watch, book.rules, book.categoriser)
    loss = Loss(
        id=known.id,
        record=known.record,
        ordinal=known.ordinal,
        watch=known.watch,
        verdict=known.verdict,
        because=(),
        known_on=known.known_on,
        lost_on=known.lost_on,
        reason=reason,
        undone_on=known.undone_on or (today if known.id in reopened else None),
        merged_into=known.merged_into,
        recovery_id=known.recovery_id,
        record_owner_id=record.owner_id if record else None,
        contact_id=record.contact_id if record else None,
        new=False,
    )
    return replace(loss, reason=_chosen(case, book, loss))


def _chosen(case: Case, book: Rulebook, loss: Loss) -> LossReason:
    """The reason with what people chose in our fields put above what we derived."""
    reason = loss.reason
    ids = {r.id for r in book.rules.reasons} | {"unknown"}
    category = persons_choice(case, loss.record, Field.REASON)
    if category in ids and category is not None:
        chosen = next((r for r in book.rules.reasons if r.id == category), None)
        reason = replace(
            reason,
            category=category,
            fault=chosen.fault.value if chosen and chosen.fault else None,
            changeable=chosen.changeable.value if chosen and chosen.changeable else None,
            because="a person chose it in the CRM",
        )
    provenance = persons_choice(case, loss.record, Field.PROVENANCE)
    fault = persons_choice(case, loss.record, Field.FAULT)
    changeable = persons_choice(case, loss.record, Field.CHANGEABLE)
    guessed = Provenance.GUESSED if reason.category != "unknown" else None
    return replace(
        reason,
        provenance=Provenance(provenance) if provenance in set(Provenance) else guessed,
        fault=fault if fault in set(Fault) else reason.fault,
        changeable=changeable if changeable in set(Changeable) else reason.changeable,
        competitor=persons_choice(case, loss.record, Field.COMPETITOR) or reason.competitor,
    )


def persons_choice(case: Case, ref: Ref, field: Field) -> str | None:
    """What a person put into one of our fields, None where it is empty or our own writing."""
    record = next((r for r in case.records if r.ref == ref), None)
    now = record.ours.get(field) if record else None
    return now if now and now != case.written.get(ref, {}).get(field) else None


def _playbook(book: Rulebook, loss: Loss, facts: Mapping[str, Any]) -> Playbook | None:
    """The first playbook that is meant for the verdict and whose condition holds."""
    for playbook in book.rules.playbooks:
        if loss.verdict not in playbook.verdicts:
            continue
        if playbook.when is None or playbook.when.test(facts).holds:
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
    facts = loss_facts(case, book.rules, loss, contact, today)
    answer.facts = facts
    barred = _barred(book, facts)
    if barred and recovery.ended_on is None:
        status, reason_closed = DO_NOT_CONTACT, barred
    else:
        status = recovery.end or OPEN
        reason_closed = f"the recovery ended: {recovery.end}" if recovery.end else None
    _want_fields(case, own, status, answer)
    tasks = known.tasks if known else ()
    _close_tasks(case, tasks, reason_closed, answer)
    if reason_closed:
        if barred:
            answer.not_made.append(NotMade("suppression", barred))
        return
    _reassign(case, book, tasks, today, answer)
    for step in _steps(book, recovery, loss, contact, tasks, facts, today):
        if isinstance(step, NotYet):
            answer.not_made.append(NotMade(step.rule, step.because))
            answer.look_again.append(step.look_again_on)
        elif step.key not in {t.key for t in tasks}:
            _make(case, book, recovery, loss, contact, facts, step, today, answer)


def _barred(book: Rulebook, facts: Mapping[str, Any]) -> str | None:
    for suppression in book.rules.suppressions:
        if suppression.when.test(facts).holds:
            return suppression.because or f"suppressed: {suppression.when.text}"
    return None


def _want_fields(case: Case, own: list[Loss], status: str, answer: _Answer) -> None:
    """The reason fields of each lost record and, by the latest loss, of the account."""
    for loss in own:
        answer.fields[loss.record] = _field_values(loss, status)
    if case.account_ref is not None and own:
        answer.fields[case.account_ref] = _field_values(own[-1], status)


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
        routed = _route(case, book, Assign(), None, today)
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
) -> list[Step | NotYet]:
    steps: list[Step | NotYet] = []
    playbook = book.playbooks.get(recovery.playbook or "")
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
        if cadence.when is not None and not cadence.when.test(facts).holds:
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


def _make(
    case: Case,
    book: Rulebook,
    recovery: Recovery,
    loss: Loss,
    contact: Contact | None,
    facts: Mapping[str, Any],
    step: Step,
    today: date,
    answer: _Answer,
) -> None:
    """Draft one wanted task, unless consent forbids it or nobody can get it."""
    allowed = consent(
        step.ask,
        contact,
        anyone=bool(case.contacts),
        known_on=loss.known_on,
        today=today,
        window=book.rules.limits.contact_window,
    )
    if not allowed.allowed:
        answer.not_made.append(NotMade(step.rule, allowed.because))
        return
    routed = _route(case, book, step.assign, loss, today)
    if routed.owner is None:
        answer.parked.append(NotMade(step.rule, routed.because))
        return
    if outside := _outside_pilot(book, routed):
        answer.not_made.append(NotMade(step.rule, outside))
        return
    handed_over = (routed.because,) if routed.handed_over_from else ()
    asks = step.ask is not Ask.INTERNAL
    answer.tasks.append(
        _draft(
            case,
            book,
            recovery,
            loss,
            contact if asks else None,
            dict(facts),
            step,
            routed,
            tuple(n for n in (allowed.note, *handed_over) if n),
            today,
        )
    )


def _route(case: Case, book: Rulebook, assign: Assign, loss: Loss | None, today: date) -> Routed:
    owners = case.owners
    record_owner = owners.get(loss.record_owner_id or "") if loss else None
    named = None
    if assign.to is AssignTo.FIELD:
        record = next((r for r in case.records if loss and r.ref == loss.record), None)
        value = case.account_fields.get(assign.name)
        if value is None and record is not None:
            value = record.fields.get(assign.name)
        named = owners.get(str(value)) if value is not None else None
    return assignee(
        assign,
        account_owner=owners.get(case.account.owner_id or "") if case.account else record_owner,
        record_owner=record_owner,
        field_owner=named,
        owners=owners,
        people=book.rules.people,
        today=today,
    )


def _outside_pilot(book: Rulebook, routed: Routed) -> str | None:
    pilot, owner = book.rules.pilot, routed.owner
    if owner is None or not (pilot.only_owners or pilot.only_teams):
        return None
    mails = {mail.lower() for mail in pilot.only_owners}
    if owner.email.lower() in mails or set(owner.teams) & set(pilot.only_teams):
        return None
    return f"{owner.name} is not in the pilot"


def _draft(
    case: Case,
    book: Rulebook,
    recovery: Recovery,
    loss: Loss,
    contact: Contact | None,
    facts: dict[str, Any],
    step: Step,
    routed: Routed,
    notes: tuple[str, ...],
    today: date,
) -> PlannedTask:
    owner = routed.owner
    assert owner is not None  # noqa: S101 - the caller parks a task without an owner
    company = book.rules.company
    due = due_after(step.due_from or today, step.due, company.country, frozenset(company.holidays))
    texts = text_facts(
        case,
        book.rules,
        loss,
        facts,
        contact=contact,
        assignee=owner,
        playbook=recovery.playbook or "",
        goal=recovery.goal,
    )
    would_change = _would_change(loss, contact)
    why = (
        f"{case.account.name if case.account else 'They'} was lost on {loss.lost_on}"
        f" ({loss.watch}); {step.because}",
        f"Read: {facts_in_words(facts)}",
    )
    body = task_body(
        book.text(step.body, one_line=False).render(texts) if step.body else "",
        notes=(*notes, *skipped_in_words(due)),
        link=case.link(loss.record),
        why=why,
        would_change=would_change,
        key=step.key,
    )
    return PlannedTask(
        draft=TaskDraft(
            key=step.key,
            subject=book.text(step.subject, one_line=True).render(texts),
            body=body,
            due_on=due.on,
            due_at=at_nine(due.on, owner.timezone or company.timezone),
            owner_id=owner.id,
            account_id=case.account.id if case.account else None,
            contact_id=contact.id if contact else None,
            record=loss.record,
            priority=step.priority,
        ),
        recovery_id=recovery.id,
        rule=step.rule,
        due=step.due,
        because=f"{step.because}; {routed.because}",
        facts=facts,
        would_change=would_change,
        score=score(facts),
    )


def _would_change(loss: Loss, contact: Contact | None) -> tuple[str, ...]:
    """What would have kept this task away, in a few words each."""
    changes = ["a new purchase"]
    if loss.watch != TIME_ALONE:
        changes.append("the record reopened")
    if contact is not None:
        changes.append(f"{contact.name} opting out")
    return tuple(changes)


def latest(recoveries: tuple[KnownRecovery, ...]) -> KnownRecovery | None:
    return max(recoveries, key=lambda r: r.opened_on, default=None)
