"""What a replay found, as plain values: `replay --json`, and what the screen and the page show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from integration.replaying.budgets import RepLoad, rep_loads
from integration.replaying.counts import RECOVERIES, Counts
from rules.model import Owner, Verdict
from rules.replay import Window
from rules.ruleset import RuleSet

BLIND = (
    (
        "Fields, owners, consent and permissions count as they are today: what they were before"
        " somebody changed them is not known."
    ),
    (
        "Tasks are those of the day on which a loss is found. Nobody answered them, so that steps"
        " which wait for an answer, nudges and cadences are not among them."
    ),
    "Losses that were undone since, by a deal that was opened again, are not found again.",
)
"""What no replay can know. docs and rules/README.md say the same at length."""


@dataclass(frozen=True, slots=True)
class File:
    """A rule file in the report: its name, its rules and what was counted by them."""

    name: str
    rules: RuleSet
    counts: Counts


People = Mapping[tuple[str, str], Owner]
"""Users by CRM and id."""


def side(file: File, people: People, window: Window) -> dict[str, Any]:
    """What one rule file would have made."""
    counts = file.counts
    per_day = file.rules.limits.tasks_per_rep_per_day
    loads = rep_loads(counts.tasks, per_day, window.ends_on)
    names = _names(loads, people)
    return {
        "file": file.name,
        "labels": {reason.id: reason.label for reason in file.rules.reasons},
        "losses": {verdict.value: counts.losses[verdict.value] for verdict in Verdict},
        "categories": _ranked(counts.categories),
        "recoveries": {word: counts.recoveries[word] for word in RECOVERIES},
        "playbooks": _ranked(counts.playbooks),
        "tasks": {
            "wanted": sum(counts.tasks.values()),
            "by_rule": _ranked(counts.rules),
            "worst_day": _worst_day(loads, names),
            "budget": {
                "per_rep_per_day": per_day,
                "waited": sum(load.waited for load in loads),
                "days_over": sum(load.days_over for load in loads),
            },
            "by_rep": [_rep(load, name) for load, name in zip(loads, names, strict=True)],
            "parked": _ranked(counts.parked),
        },
    }


def _rep(load: RepLoad, name: str) -> dict[str, Any]:
    on, tasks = load.worst_day
    return {
        "crm": load.crm,
        "owner": load.owner_id,
        "name": name,
        "tasks": load.tasks,
        "worst_day": {"on": on.isoformat(), "tasks": tasks},
        "waited": load.waited,
        "days_over": load.days_over,
        "longest_queue": load.longest_queue,
        "by_day": {day.isoformat(): count for day, count in load.by_day.items()},
    }


def _worst_day(loads: Sequence[RepLoad], names: Sequence[str]) -> dict[str, Any] | None:
    """The day on which one rep would have got most."""
    if not loads:
        return None

    def most(one: tuple[RepLoad, str]) -> tuple[int, date]:
        load, _ = one
        return load.worst_day[1], load.worst_day[0]

    worst, name = max(zip(loads, names, strict=True), key=most)
    on, tasks = worst.worst_day
    return {"on": on.isoformat(), "tasks": tasks, "name": name, "crm": worst.crm}


def _names(loads: Sequence[RepLoad], people: People) -> list[str]:
    """Of each rep. Who has a user in two CRMs has two days to fill: the CRM is told as well."""
    names = [_name(load, people) for load in loads]
    return [
        f"{name} ({load.crm})" if names.count(name) > 1 else name
        for load, name in zip(loads, names, strict=True)
    ]


def _name(load: RepLoad, people: People) -> str:
    owner = people.get((load.crm, load.owner_id))
    return owner.name if owner else load.owner_id


def _ranked(counted: Mapping[str, int]) -> dict[str, int]:
    """The most frequent first."""
    return dict(sorted(counted.items(), key=lambda one: (-one[1], one[0])))
