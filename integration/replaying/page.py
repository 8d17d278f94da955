"""A replay as one page that needs nothing beside itself: no script, no font, no other file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from importlib import resources
from itertools import islice
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from integration.replaying.differing import told
from integration.replaying.spool import Spool
from integration.spoken import day

DIFFERENCES_SHOWN = 5_000
"""A browser shows so many lines without trouble; all of them are in `--json`."""


def write_page(path: Path, report: Mapping[str, Any], differences: Spool) -> None:
    """Written piece by piece, so that a long list takes no memory. Raises `OSError`."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.filters |= {
        "day": lambda iso: day(date.fromisoformat(iso)),
        "number": "{:,}".format,
    }
    source = resources.files("integration.replaying").joinpath("page.html").read_text("utf-8")
    sides = [report["new"], *([report["against"]] if report["against"] else [])]
    page = environment.from_string(source).stream(
        report=report,
        sides=sides,
        tables=list(tables(sides)),
        weeks=list(weeks(report)),
        differences=map(told, islice(differences, DIFFERENCES_SHOWN)),
        not_shown=max(len(differences) - DIFFERENCES_SHOWN, 0),
    )
    with path.open("w", encoding="utf-8") as file:
        file.writelines(page)


def tables(
    sides: Sequence[Mapping[str, Any]],
) -> Iterator[tuple[str, list[tuple[str, list[int]]]]]:
    """Titles with what is counted by name, one number for each side."""
    parts = {
        "Reasons": [one["categories"] for one in sides],
        "Playbooks of recoveries": [one["playbooks"] for one in sides],
        "Tasks by step": [one["tasks"]["by_rule"] for one in sides],
    }
    for title, counted in parts.items():
        names = dict.fromkeys(name for one in counted for name in one)
        yield title, [(name, [one.get(name, 0) for one in counted]) for name in names]


def weeks(report: Mapping[str, Any]) -> Iterator[tuple[str, int, int]]:
    """Each week of the window: its Monday, its tasks, and how long its bar is in percent."""
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
        yield monday.isoformat(), tasks, round(100 * tasks / most)


def _monday(on: date) -> date:
    return on - timedelta(days=on.weekday())
