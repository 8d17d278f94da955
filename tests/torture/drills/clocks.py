"""Clocks: several of them, one stopped, the machine's own set wrong, daylight saving (fault 9 and
the line of clocks that are set). Each touch comes once."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from tests import worlds
from tests.e2e.grown_up import Member, eventually, idle
from tests.integration.jobs.stage import SalesforceStage, Stage
from tests.torture.counting import count_scene
from tests.torture.drills.answers import STAGES, stage_at
from tests.torture.drills.kills import NO_MORE_THAN, crew_at, scene_of
from tests.torture.place import Place
from tests.torture.toll import Toll
from tests.torture.working import working

TAKEOVER_WITHIN = 60.0
LEADS = "this clock leads"

A_DAY = timedelta(days=1)
SPRING = datetime(2027, 3, 25, 22, 30, tzinfo=UTC)
"""Before the night in which clocks go forward in Berlin, and half an hour before midnight there:
behind that night the same hour of ours is another day."""

TOUCHES = """
[[cadence]]
name = "often"
when = "permission == 'yes'"
every = "3 days"
until = "1 year"
"""


def clocks_stopped(place: Place) -> Toll:
    """The leading one of two clocks is stopped for 120 seconds, and goes on."""
    stopped_for = 120.0
    toll = Toll(f"the leading one of two clocks was stopped for {stopped_for:.0f} s")
    with scene_of(place) as scene, crew_at(place, scene) as crew:
        crew.worker()
        clocks = [crew.clock(), crew.clock()]
        leader = eventually(lambda: next((one for one in clocks if _leads(one)), None))
        [other] = [one for one in clocks if one is not leader]
        scene.lose(5, 5)
        eventually(lambda: idle(crew), NO_MORE_THAN)
        os.kill(leader.process.pid, signal.SIGSTOP)
        began = time.monotonic()
        scene.lose(5, 5)
        eventually(lambda: _leads(other), NO_MORE_THAN)
        toll.hold("seconds to the takeover", time.monotonic() - began, TAKEOVER_WITHIN)
        time.sleep(max(0.0, stopped_for - (time.monotonic() - began)))
        os.kill(leader.process.pid, signal.SIGCONT)
        scene.lose(5, 5)
        time.sleep(15.0)  # some polls of whoever leads now
        eventually(lambda: idle(crew), NO_MORE_THAN)
        toll.times += 1
        count_scene(toll, scene)
    return toll


def _leads(clock: Member) -> bool:
    return clock.output.exists() and LEADS in clock.said()


def clocks_set(place: Place) -> Toll:
    """The same weeks three times: undisturbed, with our clock a day ahead for a while, and a day
    behind. All go over the night in which daylight saving begins."""
    toll = Toll("our clock was set forward and back a day, over a change to daylight saving")
    days = place.size.of(6, 35)
    for kind in place.size.of(STAGES[place.store == "postgres" :][:1], STAGES):
        touched = [_weeks(place, kind, days, off, toll) for off in (None, A_DAY, -A_DAY)]
        usual, *others = touched
        toll.expect(len(usual) > len(worlds.TASK_KEYS), "there was nothing to keep in touch about")
        for made in others:
            toll.lost += (usual - made).total()
            toll.doubled += (made - usual).total()
            toll.times += 1
            place.say(toll.times, 4)
    return toll


def _weeks(
    place: Place, kind: type[Stage], days: int, off: timedelta | None, toll: Toll
) -> Counter[tuple[Any, ...]]:
    """(task, occurrence) of all tasks that were made, by how often."""
    with stage_at(place, kind) as (stage, _):
        stage.sandbox.world.clock.set(SPRING)
        lost = stage.lose()
        _permit(stage, lost.contact)
        company = worlds.COMPANY.replace("2026-01-01", str(SPRING.date() - 500 * A_DAY))
        with working(
            stage, poll_every=A_DAY, company=company, playbook=worlds.PLAYBOOK + TOUCHES
        ) as work:
            for day in range(days):
                if off is not None:
                    work.ours.shift = off if 2 <= day < 4 or day == 5 else timedelta()
                work.for_(A_DAY)
        made = _touches(stage)
        toll.doubled += sum(number - 1 for number in made.values())
        return made


def _permit(stage: Stage, contact: str) -> None:
    if isinstance(stage, SalesforceStage):
        told = {"Winback_Permission__c": "yes"}
        stage.sandbox.salesforce.update("Contact", contact, told)
    else:
        stage.sandbox.hubspot.update("contacts", contact, {"winback_permission": "yes"})


def _touches(stage: Stage) -> Counter[tuple[Any, ...]]:
    keys = [str(row["body"]).rpartition("[winback:")[2].partition("]")[0] for row in stage.tasks()]
    return Counter(tuple(key.split(":")[1:]) for key in keys)
