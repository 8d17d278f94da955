"""What CRMs push: three times, in disorder and late; not at all for hours; and polling that is off
while they do (faults 7 and 8). In the end it is as in the CRM."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta
from typing import Any

from tests import worlds
from tests.e2e.pushed_day import Winback, winback
from tests.e2e.working_day import GONE, SILENT, STAYING, Desk, SalesDesk
from tests.torture.place import Place
from tests.torture.toll import Toll

NAMES = tuple(name for name in (*GONE, *STAYING) if name != SILENT)
"""Of whom there is a reason, and so the whole playbook."""
SKEW = timedelta(minutes=5)
INDEX_LAG = 30.0
STEP = timedelta(minutes=10)
MOST_EXTRA_CALLS = 0.05


def deliveries_thrice(place: Place) -> Toll:
    """Deals are lost, reopened and lost again; each delivery comes three times, shuffled, half of
    them a day later."""
    toll = Toll("every delivery came three times, shuffled, half of them a day later")
    flips = place.size.of(3, 60)
    chance = random.Random(place.seed)
    with place.fresh() as (url, folder), winback(url, folder) as day:
        day.work(polled=True)
        for _ in range(flips):
            for name in chance.sample(NAMES, 4):
                _flip(day, name, chance)
            day.deliver(disorder=True)
            if chance.random() < 0.5:
                day.work(polled=False)
            toll.times += 1
            place.say(toll.times, flips)
        day.pass_a_day()
        while day.deliver(disorder=True, last=True):
            day.work(polled=False)
        _as_in_the_crm(day, toll)
    return toll


def _flip(day: Winback, name: str, chance: random.Random) -> None:
    stages = chance.choice((("lost",), ("open",), ("lost", "open", "lost")))
    for desk in day.desks.values():
        for stage in stages:
            desk.set_stage(name, stage)


def channels_off(place: Place) -> Toll:
    """Six hours without webhooks and six without polls, by a clock that is five minutes off, while
    the index lags; and the same on a good day, to compare the calls that it took."""
    toll = Toll("webhooks were off for 6 h, then polling")
    good, bad = (_half_days(place, toll, lag, skew) for lag, skew in ((0.0, 0), (INDEX_LAG, 1)))
    toll.hold("extra calls", bad / good - 1, MOST_EXTRA_CALLS)
    return toll


def _half_days(place: Place, toll: Toll, lag: float, skew: int) -> int:
    """How many calls it took."""
    chance = random.Random(place.seed)
    steps = place.size.of(1, 36)  # in each half
    with place.fresh() as (url, folder), winback(url, folder) as day:
        clock, runtime = day.sandbox.world.clock, day.runtime
        day.work(polled=True)
        before = sum(day.sandbox.world.calls.values())
        runtime.now = runtime.wall = lambda: clock.now() + skew * SKEW
        for number in range(2 * steps):
            clock.advance(STEP.total_seconds())
            polled = number < steps
            if polled:
                day.sandbox.hubspot.index_lag_seconds = lag
            for name in chance.sample(NAMES, 2):
                _flip(day, name, chance)
            day.sandbox.hubspot.index_lag_seconds = 0.0
            clock.advance(lag)  # a poll sees what was there so long ago
            if polled:
                day.player.requests()  # nobody hears of these
            else:
                day.deliver(disorder=False)
            day.work(polled=polled)
            toll.times += 1
        made = sum(day.sandbox.world.calls.values()) - before
        clock.advance(2 * STEP.total_seconds())
        day.work(polled=True)
        _as_in_the_crm(day, toll)
        return made


def _as_in_the_crm(day: Winback, toll: Toll) -> None:
    """Whose deal is lost has every task once, whose deal is open has none."""
    for desk in day.desks.values():
        for name in NAMES:
            subjects = Counter(_open_tasks(desk, name))
            wanted = len(worlds.TASK_KEYS) if _is_lost(desk, name) else 0
            toll.lost += max(wanted - len(subjects), 0)
            toll.doubled += subjects.total() - len(subjects) + max(len(subjects) - wanted, 0)


def _is_lost(desk: Desk, name: str) -> bool:
    deal = desk.customers[name].deal
    if isinstance(desk, SalesDesk):
        return bool((desk.org.get("Opportunity", deal) or {})["StageName"] == "Closed Lost")
    portal: Any = desk.portal  # type: ignore[attr-defined]
    return bool(portal.get("deals", deal)["dealstage"] == "closedlost")


def _open_tasks(desk: Desk, name: str) -> list[str]:
    account = desk.customers[name].account
    if isinstance(desk, SalesDesk):
        rows = [row for row in desk.org.all("Task") if row.get("WhatId") == account]
        return [row["Subject"] for row in rows if not row["IsClosed"]]
    portal: Any = desk.portal  # type: ignore[attr-defined]
    linked = set(portal.linked("companies", account, "tasks"))
    rows = [row for row in portal.all("tasks") if row["hs_object_id"] in linked]
    return [row["hs_task_subject"] for row in rows if row["hs_task_status"] != "COMPLETED"]
