"""A replay as one page that needs nothing beside itself: no script, no font, no other file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import resources
from itertools import islice
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from integration.replaying.differing import KINDS, changes, values, who
from integration.replaying.report import BLIND
from integration.replaying.spool import Spool
from integration.spoken import count, day

DIFFERENCES_SHOWN = 5_000
"""A browser shows so many lines without trouble; all of them are in `--json`."""

Side = Mapping[str, Any]

_OVERVIEW = (
    ("Customers lost", ("losses", "customer"), "left us, each departure once"),
    ("Deals lost, customer stays", ("losses", "deal"), "somebody who goes on buying"),
    ("Prospects lost", ("losses", "prospect"), "never bought before"),
    ("Recoveries opened", ("recoveries", "opened"), "departures for which a plan would begin"),
    (
        "Losses that joined a recovery",
        ("recoveries", "joined"),
        "found while one was under way: no second plan",
    ),
    (
        "Plans that changed on the way",
        ("recoveries", "took_over"),
        "a later loss said why they left, and another playbook took over",
    ),
    ("Tasks", ("tasks", "wanted"), "made on the days on which losses are found"),
    (
        "Tasks that have to wait",
        ("tasks", "budget", "waited"),
        "above the rep's budget of the day; they go out on a later one",
    ),
)


@dataclass(frozen=True, slots=True)
class Week:
    """`percent` of the busiest week; `month` where it is the first of one."""

    monday: str
    tasks: int
    percent: int
    month: str


def write_page(path: Path, report: Mapping[str, Any], differences: Spool) -> None:
    """Raises `OSError`."""
    source = resources.files("integration.replaying").joinpath("page.html").read_text("utf-8")
    sides: list[Side] = [report["new"], *([report["against"]] if report["against"] else [])]
    by_week = list(weeks(report))
    page = (
        _environment()
        .from_string(source)
        .stream(
            report=report,
            sides=sides,
            against=_file(sides[1]["file"]) if len(sides) > 1 else "",
            notes=[one for one in report["not_known"] if one not in BLIND],
            blind=BLIND,
            overview=list(overview(sides)),
            tables=list(tables(sides)),
            kinds=[(KINDS[kind], n) for kind, n in report["differing_by_kind"].items() if n],
            groups=groups(islice(differences, DIFFERENCES_SHOWN)),
            shown=min(len(differences), DIFFERENCES_SHOWN),
            not_shown=max(len(differences) - DIFFERENCES_SHOWN, 0),
            weeks=by_week,
            busiest=max(by_week, key=lambda week: week.tasks, default=None),
            reps=sorted(report["new"]["tasks"]["by_rep"], key=_burden, reverse=True),
            budget=report["new"]["tasks"]["budget"]["per_rep_per_day"],
        )
    )
    path.touch(mode=0o600)  # it names customers; one that is there keeps its rights
    with path.open("w", encoding="utf-8") as file:
        file.writelines(page)


def _environment() -> Environment:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.filters |= {
        "day": lambda iso: day(date.fromisoformat(iso)),
        "short_day": lambda iso: f"{date.fromisoformat(iso):%-d %b %Y}",
        "number": "{:,}".format,
        "change": lambda number: f"{number:+,}".replace("-", "\N{MINUS SIGN}") if number else "",
        "counted": count,
        "file": _file,
    }
    return environment


def _file(name: str) -> str:
    """A path's last part; a revision as it is."""
    return Path(name).name


def _burden(rep: Mapping[str, Any]) -> tuple[int, int, int]:
    return rep["waited"], rep["tasks"], rep["worst_day"]["tasks"]


def overview(sides: Sequence[Side]) -> Iterator[tuple[str, list[int], str]]:
    """A label, a number for each side, and what is counted."""
    for label, path, why in _OVERVIEW:
        yield label, [_at(side, path) for side in sides], why
    parked = [sum(side["tasks"]["parked"].values()) for side in sides]
    if any(parked):
        yield "Tasks that nobody could get", parked, "see below why"


def _at(side: Side, path: Sequence[str]) -> int:
    found: Any = side
    for name in path:
        found = found[name]
    return int(found)


def tables(sides: Sequence[Side]) -> Iterator[tuple[str, str, list[tuple[str, list[int]]]]]:
    """Titles, what is counted, and the counts by name, one number for each side; the most
    frequent by the new file first."""
    labels = {key: label for side in reversed(sides) for key, label in side["labels"].items()}
    parts = (
        (
            "Reasons",
            "Every loss by the category that the rules read from the record.",
            [{labels.get(k, k): n for k, n in side["categories"].items()} for side in sides],
        ),
        (
            "Playbooks",
            "Recoveries by the plan that they would follow.",
            [side["playbooks"] for side in sides],
        ),
        (
            "Tasks by step",
            "Tasks by the step that asks for them. Steps that wait for an answer are left out.",
            [side["tasks"]["by_rule"] for side in sides],
        ),
    )
    for title, why, counted in parts:
        names = dict.fromkeys(name for one in counted for name in one)
        if names:
            yield title, why, [(name, [one.get(name, 0) for one in counted]) for name in names]


def groups(differences: Iterable[Mapping[str, Any]]) -> list[tuple[str, list[str]]]:
    """What is different, with the accounts of which it is; what concerns most of them first."""
    found: dict[str, list[str]] = {}
    for one in differences:
        own = "; ".join(values(one))
        found.setdefault(changes(one), []).append(f"{who(one)}: {own}" if own else who(one))
    return sorted(found.items(), key=lambda group: -len(group[1]))


def weeks(report: Mapping[str, Any]) -> Iterator[Week]:
    """Each week of the window with its tasks."""
    counted: dict[date, int] = {}
    monday = _monday(date.fromisoformat(report["from"]))
    while monday <= date.fromisoformat(report["to"]):
        counted[monday] = 0
        monday += timedelta(days=7)
    for rep in report["new"]["tasks"]["by_rep"]:
        for iso, tasks in rep["by_day"].items():
            counted[_monday(date.fromisoformat(iso))] += tasks
    most = max(counted.values(), default=0) or 1
    for monday, tasks in counted.items():
        month = f"{monday:%b}" if monday.day <= 7 else ""
        yield Week(monday.isoformat(), tasks, round(100 * tasks / most), month)


def _monday(on: date) -> date:
    return on - timedelta(days=on.weekday())
