"""How many tasks each rep would have got, and what the budget of the day would have held back.
Pure.

Every day lets through what the budget allows, weekends too, as the product does: a task that is
written on a Sunday is due on a working day.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class RepLoad:
    """One rep over the window. `waited` counts tasks that the budget held back, `days_over` the
    days on which it did, `longest_queue` how many waited at most, on the evening of a day."""

    crm: str
    owner_id: str
    by_day: Mapping[date, int]
    waited: int
    days_over: int
    longest_queue: int

    @property
    def tasks(self) -> int:
        return sum(self.by_day.values())

    @property
    def worst_day(self) -> tuple[date, int]:
        """The day with the most new tasks, the earliest of several."""
        return max(self.by_day.items(), key=lambda one: (one[1], -one[0].toordinal()))


def rep_loads(
    tasks: Mapping[tuple[str, str, date], int], per_day: int | None, ends_on: date
) -> list[RepLoad]:
    """Every rep who would have got a task, who got most first."""
    by_rep: dict[tuple[str, str], Counter[date]] = defaultdict(Counter)
    for (crm, owner, day), count in tasks.items():
        by_rep[crm, owner][day] += count
    loads = [
        _load(crm, owner, dict(sorted(days.items())), per_day, ends_on)
        for (crm, owner), days in by_rep.items()
    ]
    return sorted(loads, key=lambda one: (-one.tasks, one.crm, one.owner_id))


def _load(
    crm: str, owner: str, by_day: Mapping[date, int], per_day: int | None, ends_on: date
) -> RepLoad:
    waited = days_over = longest = queue = 0
    day = min(by_day)
    while per_day is not None and day <= ends_on:
        new = by_day.get(day, 0)
        before, queue = queue, max(queue + new - per_day, 0)
        # who waited before goes first, so that of today's tasks the rest waits
        waited += min(new, queue)
        days_over += queue > 0
        longest = max(longest, queue)
        day += A_DAY
        if before == queue == 0 and (later := [x for x in by_day if x >= day]):
            day = min(later)
    return RepLoad(crm, owner, by_day, waited, days_over, longest)
