"""What one recovery wants: fields, tasks to make, tasks to close and tasks to hand over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta

from rules.answer import Answer
from rules.answers import asked_to_stop
from rules.assigning import route
from rules.case import Case, HandedOver, KnownTask, Loss, NotMade, Recovery
from rules.consent import nobody_left, suppressed
from rules.drafting import hand_over
from rules.ending import end_of_plan, plan_ends_on
from rules.interview import Interview
from rules.making import Making
from rules.model import REASON_FIELDS, Field, Permission
from rules.offers import with_approval
from rules.own_steps import OwnSteps, cause_gone, overdue_from
from rules.people import Assign
from rules.plans import NotYet, Step, cadence_step, playbook_steps
from rules.progress import step_of
from rules.reasons import UNKNOWN
from rules.recover import DO_NOT_CONTACT, OPEN
from rules.rulebook import Rulebook
from rules.under_way import Plan, plan_under_way, steps_only_before

A_WEEK = timedelta(days=7)


def plan_recovery(
    case: Case,
    book: Rulebook,
    recovery: Recovery,
    losses: tuple[Loss, ...],
    heard: Interview,
    today: date,
    answer: Answer,
) -> Recovery:
    """Adds to the answer what the recovery wants; gives it back as it stands after that."""
    plan = plan_under_way(case, book, recovery, losses, heard, today, answer.asked)
    if plan is None:
        return recovery
    barred = _barred(plan, answer)
    plan = _ended(plan, barred, answer)
    recovery = plan.recovery
    status = recovery.end or (DO_NOT_CONTACT if barred or nobody_left(case.contacts) else OPEN)
    _want_fields(plan, status, answer)
    over = f"the recovery ended: {recovery.end}" if recovery.end else barred
    close_tasks(case, plan.tasks, over, answer)
    if over:
        if barred:
            answer.not_made.append(NotMade("suppression", barred))
        return recovery
    _close_settled(plan, answer)
    _close_left(plan, answer)
    _hand_over(plan, answer)
    _close_own(plan, answer)
    making = Making(case, book, recovery, plan.loss, plan.contact, plan.facts, plan.tasks, today)
    known = {task.key for task in plan.tasks}
    for step in _steps(plan, answer):
        if isinstance(step, NotYet):
            answer.not_made.append(NotMade(step.rule, step.because))
            answer.look_again.append(step.look_again_on)
        elif step.key not in known:
            answer.take(making.make(step))
    answer.look_again += overdue_from(plan, answer.tasks)
    return recovery


def _barred(plan: Plan, answer: Answer) -> str | None:
    for suppression in plan.book.rules.suppressions:
        if answer.asked.holds(suppression.when, plan.facts):
            return suppression.because or f"suppressed: {suppression.when.text}"
    return asked_to_stop(plan.case)


def _ended(plan: Plan, barred: str | None, answer: Answer) -> Plan:
    """The plan, its recovery ended where its time is over; else with the days to look again."""
    if plan.recovery.end or barred:
        return plan
    in_touch = bool(plan.book.rules.cadences) and plan.permission is Permission.YES
    end = end_of_plan(
        plan.recovery,
        plan.made,
        plan.loss.reason,
        plan.heard,
        in_touch=in_touch,
        today=plan.today,
    )
    if end is not None:
        ended = replace(plan.recovery, ended_on=plan.today, end=end)
        return replace(plan, recovery=ended)
    answer.look_again.append(plan_ends_on(plan.recovery, plan.made))
    if plan.heard.contract_ends_on or plan.heard.budget_month:  # conditions may wait for these
        answer.look_again.append(plan.today + A_WEEK)
    answer.look_again += [
        state.slips_on(plan.recovery.began_on)
        for state in plan.recovery.benchmarks
        if state.met_on is None
    ]
    return plan


def _want_fields(plan: Plan, status: str, answer: Answer) -> None:
    """The reason fields of each lost record and, by the latest loss that says why, of the
    account."""
    for loss in plan.own:
        answer.fields[loss.record] = _field_values(loss, status)
    telling = [loss for loss in plan.own if loss.reason.category != UNKNOWN] or list(plan.own)
    if plan.case.account_ref is not None:
        answer.fields[plan.case.account_ref] = _field_values(telling[-1], status)


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


# ---- tasks that stand


def close_tasks(
    case: Case, tasks: tuple[KnownTask, ...], because: str | None, answer: Answer
) -> None:
    """Close what is open: all of it with `because`, else what asks for somebody who said no."""
    people = {c.id: c for c in case.contacts}
    for task in tasks:
        if task.closed or task.deleted:
            continue
        contact = people.get(task.contact_id or "")
        stop = suppressed(contact) if contact else None
        if because or stop:
            answer.close[task.key] = because or stop or ""


def _close_settled(plan: Plan, answer: Answer) -> None:
    """What was answered in the outcome field alone, and the plan's once the plan is over."""
    over = _plan_over(plan)
    steps = {t.key for t in plan.made.playbook.tasks} if plan.made.playbook else set()
    for task in plan.tasks:
        if task.closed or task.deleted:
            continue
        gone = f'it was answered "{task.outcome}"' if task.outcome else None
        if gone is None and over and step_of(task) in steps:
            gone = over
        if gone:
            answer.close.setdefault(task.key, gone)


def _close_left(plan: Plan, answer: Answer) -> None:
    """Steps that only the playbook asked for that was left today: what nobody laid hands on
    closes. What somebody works on stays."""
    gone = steps_only_before(plan)
    if not gone:
        return
    because = f"{plan.recovery.left[-1].because}; {_goes_on(plan)}"
    for task in plan.tasks:
        if step_of(task) in gone and not (task.closed or task.deleted or task.touched):
            answer.close.setdefault(task.key, because)


def _close_own(plan: Plan, answer: Answer) -> None:
    """Steps of our own whose question is answered, or whose task closes or goes to somebody else
    now."""
    tasks = tuple(_handed(task, answer) for task in plan.tasks)
    for task in tasks:
        if task.closed or task.deleted:
            continue
        if gone := cause_gone(task, plan.loss, tasks, answer.close):
            answer.close.setdefault(task.key, gone)
            answer.reassign.pop(task.key, None)


def _goes_on(plan: Plan) -> str:
    name = plan.recovery.playbook
    return f'the playbook "{name}" goes on from here' if name else "no playbook goes on from here"


def _plan_over(plan: Plan) -> str | None:
    ends_on = plan_ends_on(plan.recovery, plan.made)
    if ends_on is None or ends_on > plan.today:
        return None
    return f"the plan ended on {ends_on.day} {ends_on:%B %Y}"


def _hand_over(plan: Plan, answer: Answer) -> None:
    """A task whose owner has left goes to whoever would get it now."""
    assigns = {t.key: t.assign for t in plan.made.playbook.tasks} if plan.made.playbook else {}
    for task in plan.tasks:
        owner = plan.case.owners.get(task.owner_id or "")
        if task.closed or task.deleted or owner is None or owner.active:
            continue
        if task.key in answer.close:
            continue
        assign = assigns.get(step_of(task), Assign())
        routed = route(plan.case, plan.book, assign, plan.loss, plan.today)
        if routed.owner is not None:
            told = f"{owner.name}, who had this task, has left; {routed.because}"
            note = routed.because if routed.handed_over_from == owner else told
            answer.reassign[task.key] = HandedOver(routed.owner.id, hand_over(note), plan.today)


# ---- tasks that are wanted


def _steps(plan: Plan, answer: Answer) -> Iterator[Step | NotYet]:
    steps = tuple(_playbook_steps(plan))
    yield from steps
    known = {task.key for task in plan.tasks}
    coming = tuple(s for s in steps if isinstance(s, Step) and s.key not in known)
    yield from OwnSteps(plan, _standing(plan, answer), coming).wanted()
    for cadence in plan.book.rules.cadences:
        if not answer.asked.holds(cadence.when, plan.facts):
            yield NotYet(f"cadence {cadence.name}", "its condition does not hold")
            continue
        yield cadence_step(
            plan.recovery.id,
            cadence,
            lost_on=plan.loss.lost_on,
            permission=plan.permission,
            tasks=plan.tasks,
            today=plan.today,
        )


def _standing(plan: Plan, answer: Answer) -> tuple[KnownTask, ...]:
    """The tasks that this decision leaves open, with whoever has them after it."""
    return tuple(
        _handed(task, answer)
        for task in plan.tasks
        if not (task.closed or task.deleted or task.key in answer.close)
    )


def _handed(task: KnownTask, answer: Answer) -> KnownTask:
    handed = answer.reassign.get(task.key)
    return replace(task, owner_id=handed.owner_id, handed_on=handed.on) if handed else task


def _playbook_steps(plan: Plan) -> Iterator[Step | NotYet]:
    playbook = plan.made.playbook
    if playbook is None:
        yield NotYet("playbooks", "no playbook's condition holds for this loss")
        return
    if over := _plan_over(plan):
        yield NotYet(playbook.name, over)
        return
    fault = plan.loss.reason.fault
    steps = playbook_steps(plan.recovery, playbook, plan.made, fault, plan.today)
    yield from with_approval(steps, plan.book.rules, plan.facts, plan.made, plan.loss)
