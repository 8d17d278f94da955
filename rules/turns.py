"""Whose turn it is when a rep's budget of the day does not do for all: the most valuable
recoveries first, and who waits moves up (row P6). Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Protocol, TypeVar

from rules.model import Priority

_URGENCY = (Priority.HIGH, Priority.NORMAL, Priority.LOW)


class Candidate(Protocol):
    """A task that nothing but the budget holds; without a priority it is an ordinary one."""

    @property
    def key(self) -> str: ...
    @property
    def owner_id(self) -> str: ...
    @property
    def score(self) -> Decimal: ...
    @property
    def made_on(self) -> date: ...
    @property
    def priority(self) -> str | None: ...


_Task = TypeVar("_Task", bound=Candidate)


def allotted(
    tasks: Sequence[_Task],
    spent: Mapping[str, int],
    per_day: int | None,
    today: date,
    waits_at_most: timedelta,
) -> tuple[list[_Task], list[_Task]]:
    """Who goes today and who waits, both in turn. `spent` counts by owner what went today
    already; without `per_day` everybody goes."""
    goes: list[_Task] = []
    waits: list[_Task] = []
    given = Counter(spent)
    for task in in_turn(tasks, today, waits_at_most):
        if per_day is not None and given[task.owner_id] >= per_day:
            waits.append(task)
        else:
            given[task.owner_id] += 1
            goes.append(task)
    return goes, waits


def in_turn(tasks: Sequence[_Task], today: date, waits_at_most: timedelta) -> list[_Task]:
    """The highest effective score first; of equals, which are mostly one customer's tasks, the
    urgent ones before a courtesy call, then the older.

    The effective score is the score and what waiting adds to it: day by day a share of the
    highest score there is, so that who has waited `waits_at_most` goes before any newer task
    and nobody waits for ever."""

    def turn(scored: tuple[_Task, Decimal]) -> tuple[Decimal, int, date, str]:
        task, effective = scored
        urgency = _URGENCY.index(Priority(task.priority or Priority.NORMAL))
        return (-effective, urgency, task.made_on, task.key)

    return [task for task, _ in sorted(effective_scores(tasks, today, waits_at_most), key=turn)]


def effective_scores(
    tasks: Sequence[_Task], today: date, waits_at_most: timedelta
) -> list[tuple[_Task, Decimal]]:
    """Each task with its score and what waiting adds to it."""
    top = max((task.score for task in tasks), default=Decimal(0)) or Decimal(1)
    most = max(waits_at_most.days, 1)
    return [(task, task.score + top * (today - task.made_on).days / most) for task in tasks]
