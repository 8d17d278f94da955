"""Which playbooks a recovery followed, from when to when and why, for `explain`. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from integration.store.codec import benchmark_from_json, left_from_json
from rules.case import BenchmarkState, LeftPlaybook, plan_began_on

Row = Mapping[str, Any]


def recovery_told(row: Row, today: date) -> dict[str, Any]:
    """With the playbook that it followed on the day, and every change of it."""
    names = ("id", "opened_on", "ended_on", "end")
    until = row["ended_on"] or today
    left = tuple(map(left_from_json, row["playbooks_left"] or ()))
    then = next((one for one in left if one.left_on > today), None)
    states = () if then else tuple(map(benchmark_from_json, row["benchmarks"] or ()))
    began_on = plan_began_on(row["opened_on"], left)
    playbook, revision = (then.name, then.revision) if then else (row["playbook"], row["revision"])
    after = [*(x.name for x in left[1:]), row["playbook"]]
    return {name: row[name] for name in names} | {
        "playbook": playbook,
        "revision": revision,
        "benchmarks": [_benchmark(one, began_on, until) for one in states],
        "changes": [
            _change(row, left[: n + 1], to, today) for n, to in enumerate(after if left else ())
        ],
    }


def _change(
    row: Row, left: tuple[LeftPlaybook, ...], after: str | None, today: date
) -> dict[str, Any]:
    """The last of these playbooks was left for another one."""
    *earlier, one = left
    began_on = plan_began_on(row["opened_on"], tuple(earlier))
    return {
        "on": one.left_on,
        "before": one.name,
        "after": after,
        "because": one.because,
        "revision": one.revision,
        "later": one.left_on > today,
        "benchmarks": [_benchmark(state, began_on, one.left_on) for state in one.benchmarks],
    }


def _benchmark(state: BenchmarkState, began_on: date, until: date) -> dict[str, Any]:
    return {
        "what": state.what,
        "by": state.slips_on(began_on) - timedelta(days=1),
        "met_on": state.met_on,
        "slipped": state.slipped(began_on, until),
    }
