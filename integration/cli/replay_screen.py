"""A replay for people at a terminal: what, for whom, on which days, and what differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import islice
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from integration.cli.screen import Screen
from integration.replaying.differing import KINDS, told
from integration.replaying.spool import Spool
from integration.spoken import count

REPS_SHOWN, DIFFERENCES_SHOWN, STEPS_SHOWN = 15, 15, 15

Side = Mapping[str, Any]


def print_replay(report: Mapping[str, Any], differences: Spool) -> None:
    console = Screen()
    sides = [report["new"], *([report["against"]] if report["against"] else [])]
    console.print(headline(report), soft_wrap=True)
    console.print(_overview(sides))
    console.print(_reps(sides[0]))
    if report["against"]:
        _print_differences(console, report["differing_by_kind"], differences)
    console.print("\nMind what a replay cannot know:")
    for sentence in report["not_known"]:
        console.print(f"- {sentence}", soft_wrap=True)


def headline(report: Mapping[str, Any]) -> str:
    days = f"{_day(report['from'])} to {_day(report['to'])}"
    looked_at = count(report["customers"], "customer")
    failed = f" On {count(report['failed'], 'of them', 'of them')} the rules failed; the log has"
    tail = f"{failed} the faults." if report["failed"] else ""
    return f"{report['new']['file']}, {days}, {looked_at}. Nothing was written.{tail}"


def _overview(sides: list[Side]) -> Table:
    table = Table(box=SIMPLE_HEAD)
    table.add_column("")
    table.add_column("this file" if len(sides) > 1 else "", justify="right")
    for one in sides[1:]:
        table.add_column(one["file"], justify="right")
    for label, *values in overview(sides):
        table.add_row(label, *values)
    return table


def overview(sides: list[Side]) -> Iterator[tuple[str, ...]]:
    """A label and one value for each side."""

    def row(label: str, *path: str) -> tuple[str, ...]:
        return (label, *(f"{_at(one, path):,}" for one in sides))

    yield row("customers lost", "losses", "customer")
    yield row("deals lost, customer stays", "losses", "deal")
    yield row("prospects lost", "losses", "prospect")
    yield row("recoveries opened", "recoveries", "opened")
    yield row("losses that joined one", "recoveries", "joined")
    yield row("plans that changed on the way", "recoveries", "took_over")
    yield row("tasks", "tasks", "wanted")
    steps = dict.fromkeys(rule for one in sides for rule in one["tasks"]["by_rule"])
    for rule in islice(steps, STEPS_SHOWN):
        yield row(f"  {rule}", "tasks", "by_rule", rule)
    yield row("tasks that have to wait", "tasks", "budget", "waited")
    yield ("most for one rep on one day", *(worst_day(one) for one in sides))
    parked = [sum(one["tasks"]["parked"].values()) for one in sides]
    if any(parked):
        yield ("tasks that nobody could get", *(f"{number:,}" for number in parked))


def worst_day(one: Side) -> str:
    worst = one["tasks"]["worst_day"]
    return f"{worst['tasks']} ({worst['name']}, {_day(worst['on'])})" if worst else "none"


def _at(one: Any, path: tuple[str, ...]) -> int:
    for name in path:
        one = one.get(name, 0)
    return int(one)


def _reps(one: Side) -> Table:
    reps = one["tasks"]["by_rep"]
    per_day = one["tasks"]["budget"]["per_rep_per_day"]
    allowed = f" (at most {count(per_day, 'task')} a day)" if per_day is not None else ""
    left = len(reps) - REPS_SHOWN
    table = Table(
        title=f"Tasks by rep{allowed}",
        title_justify="left",
        box=SIMPLE_HEAD,
        caption=f"and {left:,} more, see --json or --html" if left > 0 else None,
        caption_justify="left",
    )
    for name in (
        "rep",
        "tasks",
        "worst day",
        "days over budget",
        "tasks that wait",
        "longest queue",
    ):
        table.add_column(name, justify="left" if name in ("rep", "worst day") else "right")
    for rep in reps[:REPS_SHOWN]:
        table.add_row(*rep_row(rep))
    return table


def rep_row(rep: Mapping[str, Any]) -> tuple[str, ...]:
    worst = rep["worst_day"]
    return (
        rep["name"],
        f"{rep['tasks']:,}",
        f"{worst['tasks']} on {_day(worst['on'])}",
        f"{rep['days_over']:,}",
        f"{rep['waited']:,}",
        f"{rep['longest_queue']:,}",
    )


def _print_differences(console: Screen, by_kind: Mapping[str, int], differences: Spool) -> None:
    number = len(differences)
    console.print(f"\n{count(number, 'loss differs', 'losses differ').capitalize()}.")
    for kind, counted in by_kind.items():
        if counted:
            console.print(f"  {KINDS[kind]}: {counted:,}")
    for one in islice(differences, DIFFERENCES_SHOWN):
        console.print(f"- {told(one)}", soft_wrap=True)
    if number > DIFFERENCES_SHOWN:
        console.print(f"... and {number - DIFFERENCES_SHOWN:,} more, see --json or --html")


def _day(iso: str) -> str:
    return f"{date.fromisoformat(iso):%-d %b %Y}"
