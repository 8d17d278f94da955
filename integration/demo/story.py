"""The demo's four weeks, a day or a few at a time: people work in their CRMs, winback follows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from integration.demo import moments
from integration.demo.desk import Todo
from integration.demo.moments import Happens, Moment, Play
from integration.demo.reps import Reps
from integration.demo.stage import SEED, Stage
from integration.once import once
from integration.runtime import Runtime
from rules.model import Outcome

_ON_WORKING_DAY = (1, 2, 4, 6, 7, 9, 11, 13, 16, 20)
"""The days of the story, counted in working days from today."""

_PLOT: Mapping[int, tuple[tuple[str, Happens], ...]] = {
    1: (("sales", moments.reason_corrected),),
    2: (("sales", moments.returned), ("software", moments.confirmed)),
    4: (("software", moments.cancelled), ("sales", moments.opted_out)),
    6: (("software", moments.opted_out),),
    7: (("software", moments.withdrawn),),
    9: (("sales", moments.deal_lost),),
    11: (("software", moments.confirmed),),
    13: (("sales", moments.cancelled),),
    16: (("sales", moments.confirmed), ("sales", moments.cancelled_with_owner_gone)),
    20: (("software", moments.cancelled_over_price),),
}
"""Working day -> what happens, and in which CRM."""


@dataclass(slots=True)
class Day:
    """One day: what people did, and what winback wrote because of it (CRM -> its report)."""

    on: date
    answered: Counter[Outcome]
    happened: list[tuple[Moment, tuple[str, ...]]] = field(default_factory=list)
    report: Mapping[str, Any] = field(default_factory=dict)
    exit_code: int = 0

    def written(self, kind: str) -> int:
        crms: Mapping[str, Any] = self.report["crms"]
        return sum(int(crm["pushes"][kind]["delivered"]) for crm in crms.values())


def weeks(
    stage: Stage,
    runtime: Runtime,
    plays: Mapping[str, Play],
    stops: tuple[int, ...] = _ON_WORKING_DAY,
) -> Iterator[Day]:
    """Live through the days of the story, one by one."""
    reps = Reps(Random(f"reps {SEED}"))
    for number in stops:
        on = working_day(stage.today, number)
        stage.begin_day(on)
        happened = [
            moment
            for crm, happens in _PLOT.get(number, ())
            if (moment := happens(plays[crm], on)) is not None
        ]
        answered: Counter[Outcome] = Counter()
        if number != stops[-1]:  # on the last day nobody has begun yet
            busy = {moment.account_id for moment in happened}
            for play in plays.values():
                answered += reps.work(play.desk, on, busy)
        before = _todos(plays)
        run = once(runtime, as_of=on.isoformat())
        after = _todos(plays)
        told = [(one, moments.effect(one, before, after)) for one in happened]
        yield Day(on, answered, told, run.report, run.exit_code)


def _todos(plays: Mapping[str, Play]) -> list[Todo]:
    return [todo for play in plays.values() for todo in play.desk.todos()]


def working_day(today: date, number: int) -> date:
    """The `number`-th day from Monday to Friday after today."""
    day = today
    while number:
        day += timedelta(days=1)
        number -= day.weekday() < 5
    return day
