"""The table of faults: which drill holds which, on which databases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.torture.drills import (
    answers,
    clocks,
    crews,
    deliveries,
    kills,
    limits,
    long_run,
    outages,
    untaken,
    upgrades,
    webs,
)
from tests.torture.drills import poison as poisons
from tests.torture.place import Place, Store
from tests.torture.toll import Toll

SQLITE: tuple[Store, ...] = ("sqlite",)
POSTGRES: tuple[Store, ...] = ("postgres",)
BOTH = SQLITE + POSTGRES


@dataclass(frozen=True)
class Fault:
    """`name` is its number in docs/faults.md, or a word. `small`: the databases on which its small
    size is run; on the others another test holds it, which the table in the docs names."""

    name: str
    what: str
    drill: Callable[[Place], Toll]
    stores: tuple[Store, ...] = BOTH
    small: tuple[Store, ...] = BOTH


FAULTS = (
    Fault("1", "workers killed", kills.workers_killed, small=POSTGRES),
    Fault("2", "killed at named points", kills.crash_points, small=SQLITE),
    Fault("3", "webs killed under load", webs.webs_killed),
    Fault("4", "answers lost", answers.answers_lost),
    Fault("5", "rows refused", answers.rows_refused),
    Fault("6", "limits and outages", limits.limits_met),
    Fault("7", "deliveries three times, late", deliveries.deliveries_thrice),
    Fault("8", "webhooks off, polling off", deliveries.channels_off),
    Fault("9", "a clock stopped", clocks.clocks_stopped, POSTGRES, small=()),
    Fault("10", "a worker stopped", crews.workers_stopped, POSTGRES, small=()),
    Fault("11", "the database in trouble", webs.databases_away),
    Fault("12", "processes rolled", crews.processes_rolled),
    Fault("13", "poison", poisons.poison),
    Fault("14", "tokens that end", limits.tokens_end),
    Fault("15", "an hour of load, a release", long_run.long_run),
    Fault("many", "two webs, three workers, two clocks", crews.many_of_each, POSTGRES, small=()),
    Fault("away", "a CRM down for a day", outages.crms_away_for_a_day),
    Fault("untaken", "customers whom the CRM never takes", untaken.untaken),
    Fault("set", "clocks set, daylight saving", clocks.clocks_set),
    Fault("upgrade", "a release over each past one", upgrades.upgraded_under_load, small=()),
)
