"""Steps that no playbook has to name: a question where code and words disagree (row R4), a nudge
for a reason that is not confirmed (row R3), and a word to the manager about an untouched task
(row P7). Each is asked once.

Their keys have a dot, which no key of a rule file can have.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from rules.calendar import add_span, due_after
from rules.case import KnownTask, Loss, Recovery
from rules.model import Owner, Priority, Provenance
from rules.people import Assign, AssignTo
from rules.plans import NotYet, Step
from rules.playbook import Ask
from rules.progress import step_of
from rules.ruleset import RuleSet
from rules.spans import Span, Unit
from rules.standard_texts import write_down

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

    rules: RuleSet
    recovery: Recovery
    loss: Loss
    standing: tuple[KnownTask, ...]  # those that this decision leaves open
    asked_for: Container[str]  # the steps of the present plan
    owners: Mapping[str, Owner]
    today: date
    on_account: bool = True  # not for a customer who is only a contact

    def wanted(self) -> Iterator[Step | NotYet]:
        yield from self._question()
        yield from self._nudge()
        for task in self.standing:
            if step_of(task) in self.asked_for:
                yield from self._overdue(task)

    def _question(self) -> Iterator[Step]:
        if self.loss.reason.disagrees and self.rules.interview.ask_on_disagreement:
            yield Step(
                key=f"{self.recovery.id}:{QUESTION}.{self.loss.id}:1",
                rule="code against words",
                subject="Which reason is right for {{ account.name or contact.name }}?",
                body=_QUESTION_BODY,
                due=_SOON,
                assign=Assign(),
                priority=Priority.NORMAL,
                ask=Ask.INTERNAL,
                because=self.loss.reason.because,
            )

    def _nudge(self) -> Iterator[Step | NotYet]:
        span = self.rules.interview.nudge_after
        if span is None or self.loss.reason.provenance is Provenance.CONFIRMED:
            return
        from_then = add_span(self.recovery.opened_on, span)
        if from_then > self.today:
            yield NotYet("nudge", f"the reason may still be confirmed until {from_then}", from_then)
            return
        rung = self.loss.reason.provenance
        known = f"the reason is only {rung}" if rung else "nobody knows the reason"
        yield Step(
            key=f"{self.recovery.id}:{NUDGE}:1",
            rule="nudge",
            subject=f"Find out why {_WHO} really left",
            body=_NUDGE_BODY + write_down(on_account=self.on_account),
            due=_SOON,
            assign=self.rules.interview.assign or Assign(),
            priority=Priority.NORMAL,
            ask=Ask.INTERVIEW,
            because=f"{known}, {span} after the recovery began",
        )

    def _overdue(self, task: KnownTask) -> Iterator[Step | NotYet]:
        span = self.rules.limits.escalate_after
        if span is None or task.due_on is None or not _untouched(task):
            return
        from_then = due_after(task.due_on, span, self.rules.company.country).on
        if from_then > self.today:
            yield NotYet(
                f"escalate {step_of(task)}", f"it is not overdue before {from_then}", from_then
            )
            return
        owner = self.owners.get(task.owner_id or "")
        whose = owner.name if owner else "somebody unknown"
        due = f"{task.due_on.day} {task.due_on:%B %Y}"
        yield Step(
            key=f"{self.recovery.id}:{step_of(task)}{OVERDUE}:1",
            rule=f"escalate {step_of(task)}",
            subject="{{ account.name or contact.name }}",
            prefix=f"Overdue with {whose}: ",
            not_to=task.owner_id,
            body=_OVERDUE_BODY,
            due=_SOON,
            assign=Assign(AssignTo.MANAGER),
            priority=Priority.HIGH,
            ask=Ask.INTERNAL,
            because=f'the task "{step_of(task)}" is untouched, {span} after it was due',
            notes=(f'{whose} has the task "{step_of(task)}", which was due on {due}.',),
        )


def _untouched(task: KnownTask) -> bool:
    """Whether it waits in the CRM for somebody to begin it."""
    answered = task.closed or task.deleted or task.outcome is not None
    return task.written and not answered and not task.touched


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
        return _late_no_more(late, closing)
    return None


def _late_no_more(late: list[KnownTask], closing: Mapping[str, str]) -> str | None:
    """Why there is nothing left to tell of the tries of a step."""
    untouched = [task.key for task in late if _untouched(task)]
    if not late or any(key not in closing for key in untouched):
        return None
    return closing[untouched[-1]] if untouched else "the task was taken up"
