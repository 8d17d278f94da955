"""Which tasks a recovery wants now: the pinned playbook's steps and the cadences' touches."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from rules.calendar import add_span
from rules.case import KnownTask, Recovery
from rules.model import Fault, Outcome, Permission, Priority, Provenance
from rules.people import Assign, AssignTo
from rules.playbook import AfterKind, Ask, Cadence, Playbook, PlaybookTask, Unanswered
from rules.progress import Progress, Waiting, try_of, waits_for
from rules.spans import Span, Unit

NEAR = timedelta(days=14)
"""A cadence's touch is written into the CRM when it is at most this far away (row K1)."""

TODAY = Span(0, Unit.BUSINESS_DAY)


@dataclass(frozen=True, slots=True)
class Step:
    """One wanted task, before it is known who gets it and whether consent allows it.

    `due_from` is the day that `due` counts from; None means the day on which it is made.
    `prefix` stands before the subject and `notes` in the body, as they are.
    """

    key: str
    rule: str
    subject: str
    body: str
    due: Span
    assign: Assign
    priority: Priority
    ask: Ask
    because: str
    due_from: date | None = None
    prefix: str = ""
    notes: tuple[str, ...] = ()
    not_to: str | None = None  # the user whom it is about, and who never gets it
    until: AfterKind | None = None  # what its playbook is followed until
    keeper: str | None = None  # the user who goes on with it where they can
    by_another: bool = False  # than those who tried it

    @property
    def name(self) -> str:
        """What the rule file calls it."""
        return self.key.split(":")[1]


@dataclass(frozen=True, slots=True)
class NotYet:
    """A step whose time has not come, and what it waits for."""

    rule: str
    because: str
    look_again_on: date | None = None


def playbook_steps(
    recovery: Recovery, playbook: Playbook, made: Progress, fault: str | None, today: date
) -> Iterator[Step | NotYet]:
    """The playbook's tasks, each wanted now or waiting for what its `after` names."""
    because = _asked_by(playbook, recovery)
    for task in playbook.tasks:
        rule = f"{playbook.name} / {task.key}"
        tries = made.tries(task.key)
        waiting = None if tries else _waiting(task, made, fault, today)
        if waiting is not None:
            yield NotYet(rule, waiting.because, waiting.look_again_on)
            continue
        step = Step(
            key=f"{recovery.id}:{task.key}:1",
            rule=rule,
            subject=task.subject,
            body=task.body,
            due=task.due,
            assign=task.assign,
            priority=task.priority,
            ask=task.ask,
            because=because,
            until=playbook.until,
        )
        if not tries or (again := _again(step, task, made)) is None:
            yield step
        else:
            yield again


def _asked_by(playbook: Playbook, recovery: Recovery) -> str:
    """Of a plan that took over, also since when and why: the rep has seen another one."""
    asks = f'the playbook "{playbook.name}" asks for it'
    found = [one for one in recovery.left if not one.replanned]
    if not found:
        return asks
    since = found[-1].left_on
    return f"{asks}; it took over on {since.day} {since:%B %Y} ({found[-1].because})"


def _again(first: Step, task: PlaybookTask, made: Progress) -> Step | None:
    """The next try of a step that nobody answered; None while the last one stands, or when it
    was the last."""
    tries = made.tries(task.key)
    last, count = tries[-1], len(tries)
    if last.outcome is not Outcome.NO_ANSWER or last.done_on is None:
        return None
    assign, of, whom = first.assign, f"try {count + 1} of {task.attempts}", None
    because = f"nobody answered on {last.done_on.day} {last.done_on:%B %Y}: {of}"
    if count >= task.attempts:
        whom = _LAST_TRY.get(task.unanswered) if task.unanswered else None
        if whom is None or count > task.attempts or not made.exhausted(task):
            return None
        assign, of = Assign(whom), "last try"
        times = "once" if count == 1 else f"{count} times"
        because = f"nobody answered {times}: somebody else tries"
    return replace(
        first,
        key=f"{first.key.rpartition(':')[0]}:{try_of(last) + 1}",
        due=task.again_after,
        due_from=last.done_on,
        assign=assign,
        because=because,
        prefix=f"({of}) ",
        by_another=whom is AssignTo.ANOTHER_REP,
    )


_LAST_TRY = {
    Unanswered.MANAGER: AssignTo.MANAGER,
    Unanswered.ANOTHER_REP: AssignTo.ANOTHER_REP,
}


def _waiting(task: PlaybookTask, made: Progress, fault: str | None, today: date) -> Waiting | None:
    """An offer never goes out before the reason is confirmed, and never before we have said
    sorry for what was our fault (row P3), whatever the file says."""
    if task.ask in (Ask.OFFER, Ask.REMEDY):
        what = "an offer" if task.ask is Ask.OFFER else "a remedy"
        if made.provenance is not Provenance.CONFIRMED:
            return Waiting(f"{what} waits until the reason is confirmed")
        if fault in _OURS and made.steps(Ask.APOLOGY) and made.apologised_on is None:
            return Waiting(f"{what} waits until we have apologised: it was our fault")
    for after in task.after:
        if waiting := waits_for(after, made, today):
            return waiting
    return None


_OURS = (Fault.OURS.value, Fault.MINE.value)


def cadence_step(
    recovery_id: str,
    cadence: Cadence,
    *,
    lost_on: date,
    permission: Permission,
    tasks: Iterable[KnownTask],
    today: date,
) -> Step | NotYet:
    """The cadence's next touch: wanted when it is near, else when to look again.

    Missed touches are not made up for: after a pause the next one is the first in the future.
    """
    rule = f"cadence {cadence.name}"
    if permission is not Permission.YES:
        return NotYet(rule, "it needs the contact's permission to keep in touch")
    prefix = f"{recovery_id}:{slug(cadence.name)}:"
    made = [t for t in tasks if t.key.startswith(prefix)]
    waiting = [t for t in made if not t.closed and not t.deleted and t.done_on is None]
    if waiting:
        return NotYet(rule, "the touch before it is still open")
    number, due_on = _next_touch(cadence, lost_on, made, today)
    if cadence.until and due_on > add_span(lost_on, cadence.until):
        return NotYet(rule, f"it ended {cadence.until} after the loss")
    if due_on - today > NEAR:
        return NotYet(rule, f"the next touch is on {due_on}", due_on - NEAR)
    return Step(
        key=f"{prefix}{number}",
        rule=rule,
        subject=cadence.subject,
        body=cadence.body,
        due=TODAY,
        due_from=due_on,
        assign=cadence.assign,
        priority=cadence.priority,
        ask=Ask.FOLLOW_UP,
        because=f'the cadence "{cadence.name}" keeps in touch every {cadence.every}',
    )


def _next_touch(
    cadence: Cadence, lost_on: date, made: list[KnownTask], today: date
) -> tuple[int, date]:
    numbers = [int(t.key.rsplit(":", 1)[1]) for t in made]
    number = max(numbers, default=0) + 1
    if cadence.start == "last touch":
        last = max((t.done_on for t in made if t.done_on), default=lost_on)
        due_on = add_span(last, cadence.every)
        while due_on < today:
            due_on = add_span(due_on, cadence.every)
        return number, due_on
    while add_span(lost_on, times(cadence.every, number)) < today:
        number += 1
    return number, add_span(lost_on, times(cadence.every, number))


def times(span: Span, count: int) -> Span:
    return Span(span.count * count, span.unit)


def slug(name: str) -> str:
    """A cadence's name as the middle part of a key."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "cadence"
