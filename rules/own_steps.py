"""Steps that no playbook has to name: a question where code and words disagree (row R4), a nudge
for a reason that is not confirmed (row R3), and a word to the manager about an untouched task
(row P7). Each is asked once.

Their keys have a dot, which no key of a rule file can have.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from rules.calendar import add_span, due_after
from rules.case import KnownTask, Loss, PlannedTask
from rules.model import Priority, Provenance
from rules.people import Assign, AssignTo
from rules.plans import NotYet, Step
from rules.playbook import Ask
from rules.progress import step_named, step_of, try_of
from rules.spans import Span, Unit
from rules.standard_texts import write_down
from rules.under_way import Plan, steps_asked_for, steps_asking_why

QUESTION = "why"
NUDGE = "reason.nudge"
OVERDUE = ".overdue"

_SOON = Span(3, Unit.BUSINESS_DAY)
_WHO = "{{ contact.name or account.name }}"

_QUESTION_BODY = """
{% if loss.stated_reason %}Picked on the record: {{ loss.stated_reason }}
{% endif %}{% if loss.words %}Written there: {{ loss.words }}
{% endif %}
What was picked and what was said seem to be two different reasons. Which one is right?

If it is "{{ reason.label }}", just close this task: that is what counts now. If not, choose the \
right one in the win-back reason on the record; this task then closes by itself. Nothing was \
changed so far."""

_NUDGE_BODY = """
{% if reason.id == "unknown" %}Nobody knows yet why they left.{% else %}The reason stands as: \
{{ reason.label }}. They have not confirmed it yet.{% endif %}

Call, listen, and say it back in your own words until they agree. """

_OVERDUE_BODY = """
Ask whether it still makes sense, whether somebody else should do it, or do it yourself. When \
somebody begins that task, or it is closed, this one closes by itself."""


@dataclass(frozen=True, slots=True)
class OwnSteps:
    """What they are made from."""

    plan: Plan
    standing: tuple[KnownTask, ...]  # what this decision leaves open
    coming: tuple[Step, ...]  # what it makes of the playbook

    def wanted(self) -> Iterator[Step | NotYet]:
        yield from self._question()
        yield from self._nudge()
        asked_for = steps_asked_for(self.plan)
        for task in self.standing:
            if step_of(task) in asked_for:
                yield from self._overdue(task)

    def _question(self) -> Iterator[Step]:
        loss = self.plan.loss
        if loss.reason.disagrees and self.plan.book.rules.interview.ask_on_disagreement:
            yield Step(
                key=f"{self.plan.recovery.id}:{QUESTION}.{loss.id}:1",
                rule="code against words",
                subject="Which reason is right for {{ account.name or contact.name }}?",
                body=_QUESTION_BODY,
                due=_SOON,
                assign=Assign(),
                priority=Priority.NORMAL,
                ask=Ask.INTERNAL,
                because=loss.reason.because,
            )

    def _nudge(self) -> Iterator[Step | NotYet]:
        plan, rules = self.plan, self.plan.book.rules.interview
        rung = plan.loss.reason.provenance
        if rules.nudge_after is None or rung is Provenance.CONFIRMED:
            return
        if any(step_of(task) == NUDGE for task in plan.tasks):
            return
        from_then = add_span(plan.recovery.opened_on, rules.nudge_after)
        if from_then > plan.today:
            yield NotYet("nudge", f"the reason may still be confirmed until {from_then}", from_then)
            return
        asking = steps_asking_why(plan)
        if under_way := self._under_way(asking):
            yield NotYet("nudge", f'the task "{under_way}" asks the same and is still open')
            return
        known = f"the reason is only {rung}" if rung else "nobody knows the reason"
        yield Step(
            key=f"{plan.recovery.id}:{NUDGE}:1",
            rule="nudge",
            subject=f"Find out why {_WHO} really left",
            body=_NUDGE_BODY + write_down(on_account=plan.case.account_ref is not None),
            due=_SOON,
            assign=rules.assign or Assign(),
            priority=Priority.NORMAL,
            ask=Ask.INTERVIEW,
            keeper=self._who_asked_last(asking),
            because=f"{known}, {rules.nudge_after} after the recovery began",
        )

    def _under_way(self, steps: Container[str]) -> str | None:
        """The first of these steps that is open or made now."""
        names = (*map(step_of, self.standing), *(step.name for step in self.coming))
        return next((name for name in names if name in steps), None)

    def _who_asked_last(self, steps: Container[str]) -> str | None:
        asked = [task for task in self.plan.tasks if step_of(task) in steps]
        last = max(asked, key=lambda t: (t.done_on or t.made_on, try_of(t)), default=None)
        return last.owner_id if last else None

    def _overdue(self, task: KnownTask) -> Iterator[Step | NotYet]:
        plan, span = self.plan, self.plan.book.rules.limits.escalate_after
        if span is None or task.due_on is None or not _open(task):
            return
        step = step_of(task)
        late_from = max(task.due_on, task.handed_on or task.due_on)
        from_then = _overdue_from(late_from, span, plan)
        if task.handed_on:  # not on the day itself, whatever the span
            from_then = max(from_then, task.handed_on + timedelta(days=1))
        if not task.written:  # it may get a later day when its turn comes
            from_then = max(from_then, plan.today + timedelta(days=1))
        if from_then > plan.today:
            yield NotYet(f"escalate {step}", f"it is not overdue before {from_then}", from_then)
            return
        owner = plan.case.owners.get(task.owner_id or "")
        whose = owner.name if owner else "somebody unknown"
        due, since = _day(task.due_on), "due"
        note = f'{whose} has the task "{step}", which was due on {due}.'
        if task.handed_on == late_from:
            since = f"handed to {whose}"
            had = f'{whose} has had the task "{step}" since {_day(late_from)}'
            note = f"{had}; it was due on {due}."
        yield Step(
            key=f"{plan.recovery.id}:{step}{OVERDUE}:1",
            rule=f"escalate {step}",
            subject="{{ account.name or contact.name }}",
            prefix=f"Overdue with {whose}: ",
            not_to=task.owner_id,
            body=_OVERDUE_BODY,
            due=_SOON,
            assign=Assign(AssignTo.MANAGER),
            priority=Priority.HIGH,
            ask=Ask.INTERNAL,
            because=f'the task "{step}" is untouched, {span} after it was {since}',
            notes=(note,),
        )


def _day(on: date) -> str:
    return f"{on.day} {on:%B %Y}"


def overdue_from(plan: Plan, made: Iterable[PlannedTask]) -> Iterator[date]:
    """From when each task made now is overdue if nobody begins it. Until then nothing has to
    happen to the customer, so that day alone brings them back to be decided."""
    span = plan.book.rules.limits.escalate_after
    if span is None:
        return
    asked_for = steps_asked_for(plan)
    for task in made:
        if task.recovery_id == plan.recovery.id and step_named(task.draft.key) in asked_for:
            yield _overdue_from(task.draft.due_on, span, plan)


def _overdue_from(late_from: date, span: Span, plan: Plan) -> date:
    return due_after(late_from, span, plan.book.rules.company.country).on


def _open(task: KnownTask) -> bool:
    """Whether nobody has laid hands on it."""
    return not (task.closed or task.deleted or task.touched or task.outcome is not None)


def _untouched(task: KnownTask) -> bool:
    """Whether it waits in the CRM for somebody to begin it."""
    return task.written and _open(task)


def cause_gone(
    task: KnownTask, loss: Loss, tasks: tuple[KnownTask, ...], closing: Mapping[str, str]
) -> str | None:
    """Why a step of our own has nothing left to ask. `closing` are the tasks that this decision
    closes, with why."""
    step = step_of(task)
    if step == f"{QUESTION}.{loss.id}" and not loss.reason.disagrees:
        return "the reason is settled"
    if step == NUDGE and loss.reason.provenance is Provenance.CONFIRMED:
        return "the reason is confirmed"
    if step.endswith(OVERDUE):
        late = [t for t in tasks if step_of(t) == step.removesuffix(OVERDUE)]
        return _late_no_more(task, late, closing)
    return None


def _late_no_more(word: KnownTask, late: list[KnownTask], closing: Mapping[str, str]) -> str | None:
    """Why there is nothing left to tell of the tries of a step. The word to the manager names
    whoever had the task when it was made."""
    untouched = [task for task in late if _untouched(task)]
    left = [task for task in untouched if task.key not in closing]
    if any(task.handed_on and task.handed_on >= word.made_on for task in left):
        return "the task was given to somebody else"
    if not late or left:
        return None
    return closing[untouched[-1].key] if untouched else "the task was taken up"
