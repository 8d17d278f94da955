"""Which tasks a recovery wants now: the pinned playbook's steps and the cadences' touches."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from rules.calendar import add_span
from rules.case import KnownTask
from rules.model import Permission, Priority, Provenance
from rules.ruleset import Ask, Assign, Cadence, Playbook, PlaybookTask, Span, Unit

NEAR = timedelta(days=14)
"""A cadence's touch is written into the CRM when it is at most this far away (row K1)."""

TODAY = Span(0, Unit.BUSINESS_DAY)


@dataclass(frozen=True, slots=True)
class Step:
    """One wanted task, before it is known who gets it and whether consent allows it.

    `due_from` is the day that `due` counts from; None means the day on which it is made.
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


@dataclass(frozen=True, slots=True)
class NotYet:
    """A step whose time has not come, and what it waits for."""

    rule: str
    because: str
    look_again_on: date | None = None


def playbook_steps(
    recovery_id: str,
    playbook: Playbook,
    *,
    category: str,
    provenance: Provenance | None,
    tasks: Iterable[KnownTask],
) -> Iterator[Step | NotYet]:
    """The playbook's tasks, each wanted now or waiting for what its `after` names."""
    done = {t.key.split(":")[1] for t in tasks if t.done_on is not None}
    for task in playbook.tasks:
        rule = f"{playbook.name} / {task.key}"
        waits = waits_for(task, category, provenance, done)
        if waits:
            yield NotYet(rule, waits)
            continue
        yield Step(
            key=f"{recovery_id}:{task.key}:1",
            rule=rule,
            subject=task.subject,
            body=task.body,
            due=task.due,
            assign=task.assign,
            priority=task.priority,
            ask=task.ask,
            because=f'the playbook "{playbook.name}" asks for it',
        )


def waits_for(
    task: PlaybookTask, category: str, provenance: Provenance | None, done: set[str]
) -> str | None:
    """What a task still waits for, as a sentence; None when its time has come.

    An offer never goes out before the reason is confirmed (row P3), whatever the file says.
    """
    if task.ask is Ask.OFFER and provenance is not Provenance.CONFIRMED:
        return "an offer waits until the reason is confirmed"
    if task.after is None:
        return None
    if task.after == "reason_known":
        return None if category != "unknown" else "it waits until the reason is known"
    if task.after == "reason_confirmed":
        confirmed = provenance is Provenance.CONFIRMED
        return None if confirmed else "it waits until the reason is confirmed"
    return None if task.after in done else f'it waits until "{task.after}" is done'


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
