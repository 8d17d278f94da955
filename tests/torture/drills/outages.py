"""A CRM that is away for a whole day, for all calls or for writes alone, while customers go on
leaving (the line of the day that a CRM is down)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

import sqlalchemy as sa

from connectors.sandbox.salesforce.setup import ORGANIZATION_ID
from connectors.sandbox.world import Fault
from integration.store.tables import losses, pushes, signals
from tests.e2e.pushed_day import KEYS, doors_of
from tests.e2e.pushing import Player
from tests.integration.jobs.stage import Stage
from tests.torture.counting import count_stage
from tests.torture.drills.answers import STAGES, stage_at
from tests.torture.drills.limits import FOR_EVER, calls
from tests.torture.place import Place
from tests.torture.toll import Toll
from tests.torture.working import Working, working

HOUR, DAY = timedelta(hours=1), timedelta(hours=25)
NEVER = timedelta(days=1_000)
PARTS = 4  # of an outage: in each somebody leaves
MOST_A_MINUTE = 2
"""Calls to a CRM that is away for a day; in the first quarter of an hour it is asked more often."""
CALLS_TO_BEGIN = 200
CALLS_A_LOSS = 5
DRAINED_WITHIN = timedelta(hours=1)

Step = Callable[[], None]


def crms_away_for_a_day(place: Place) -> Toll:
    """What is lost meanwhile comes by webhook alone: nothing is polled. In full once more for
    writes alone, with polls, so that rows of one record queue up."""
    toll = Toll("a CRM was away for a simulated day while losses came in by webhook")
    lost = place.size.of(1, 60)
    for kind in place.size.of(STAGES[place.store == "postgres" :][:1], STAGES):
        with (
            stage_at(place, kind) as (stage, _),
            working(stage, poll_every=NEVER, keys=KEYS) as work,
            _pushing(work) as deliver,
        ):
            owner = stage.new_owner("Ann Lee")  # read by the first poll: no CRM pushes owners
            leave = partial(_leave, stage, lost, owner, deliver)
            toll.expect(work.until(work.all_done, HOUR), f"{stage.crm}: never at rest")
            for failing, polled in ((None, NEVER), *place.size.of((), (("write", HOUR),))):
                work.poll_every = polled
                _away(work, toll, failing, leave, lost)
                place.say(toll.times, 4)
            count_stage(toll, stage)
            _oldest_first(work, toll)
    return toll


@contextmanager
def _pushing(work: Working) -> Iterator[Step]:
    """The CRM tells of all that was written in it since the last time."""
    player = Player(work.stage.sandbox, ORGANIZATION_ID)
    with doors_of(work.runtime, work.config) as where:

        def deliver() -> None:
            for request in player.requests():
                request.send(where)

        yield deliver


def _leave(stage: Stage, lost: int, owner: str, deliver: Step) -> None:
    stage.lose(lost, owner=owner)
    deliver()


def _away(work: Working, toll: Toll, kind: str | None, leave: Step, lost: int) -> None:
    stage, clock = work.stage, work.stage.sandbox.world.clock
    leave()
    work.until(lambda: True, HOUR)  # a moment of work on them before it happens
    fault = Fault("status", crm=stage.sandbox_name, kind=kind, status=503, times=FOR_EVER)
    stage.sandbox.world.faults.append(fault)
    before = calls(stage)
    for _ in range(PARTS):
        leave()
        work.for_(DAY / PARTS)
    what = f"{stage.crm}, {kind or 'all'} calls"
    a_minute = (calls(stage) - before) / (DAY / timedelta(minutes=1))
    toll.hold(f"{what}: a minute while it was away", a_minute, MOST_A_MINUTE)
    known = len(stage._rows(sa.select(signals.c.record_id if kind is None else losses.c.id)))
    toll.expect(known >= PARTS * lost, f"{what}: {known} of what was lost is known")
    stage.sandbox.world.faults.clear()
    before, over = calls(stage), clock.now()
    toll.expect(work.until(work.all_done, DAY), f"{what}: the backlog did not drain")
    minutes = (clock.now() - over) / timedelta(minutes=1)
    toll.hold(f"{what}: minutes to drain", minutes, DRAINED_WITHIN / timedelta(minutes=1))
    most = CALLS_TO_BEGIN + CALLS_A_LOSS * lost
    toll.hold(f"{what}: calls to drain", calls(stage) - before, most)
    held = [state for _, state in stage.states() if state == "held"]
    toll.expect(not held, f"{what}: the storm brake took the backlog for a storm")
    toll.times += 1


def _oldest_first(work: Working, toll: Toll) -> None:
    """What is done to one record is done in the order in which it was wanted."""
    rows = work.stage._rows(
        sa.select(pushes.c.stream, pushes.c.settled_at).where(pushes.c.state == "delivered")
        .order_by(pushes.c.stream, pushes.c.id)
    )  # fmt: skip
    by_stream: dict[str, list[object]] = {}
    for row in rows:
        by_stream.setdefault(row.stream, []).append(row.settled_at)
    wrong = [stream for stream, at in by_stream.items() if at != sorted(at)]  # type: ignore[type-var]
    toll.expect(not wrong, f"{work.stage.crm}: not oldest first: {wrong[:3]}")
