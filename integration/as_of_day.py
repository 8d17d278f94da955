"""A customer as the store knew them at the end of an earlier day, for `explain --as-of`. Pure.

What has no day (why something was not made, our fields, what is parked) is known of today alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from integration.rule_traces import as_it_was_known
from integration.store.codec import benchmark_from_json, benchmark_to_json
from integration.store.explaining import Told

_ENDED = frozenset({"closed", "deleted", "withdrawn"})

Row = Mapping[str, Any]


def told_of(told: Told, on: date) -> Told:
    """What was known on a day, without what came afterwards."""
    return replace(
        told,
        losses=[_loss(row, told.reasons, on) for row in told.losses if row["known_on"] <= on],
        recoveries=[_recovery(row, on) for row in told.recoveries if row["opened_on"] <= on],
        tasks=[_task(row, on) for row in told.tasks if row["made_on"] <= on],
        reasons=[row for row in told.reasons if row["noted_on"] <= on],
        fields=(),
        parked=(),
        not_made=(),
        look_again_on=None,
    )


def _loss(row: Row, reasons: Sequence[Row], on: date) -> Row:
    return {**as_it_was_known(row, reasons, on), "undone_on": _by(row["undone_on"], on)}


def _recovery(row: Row, on: date) -> Row:
    ended_on = _by(row["ended_on"], on)
    states = [benchmark_from_json(one) for one in row["benchmarks"] or ()]
    then = [replace(state, met_on=_by(state.met_on, on)) for state in states]
    return {
        **row,
        "ended_on": ended_on,
        "end": row["end"] if ended_on else None,
        "benchmarks": [benchmark_to_json(state) for state in then],
    }


def _task(row: Row, on: date) -> Row:
    """Of one that was taken back or deleted no day is kept: that is told as of later."""
    if row["done_on"] is not None and row["done_on"] > on:
        return {**row, "state": "written", "outcome": None, "close_because": None}
    if row["done_on"] is None and row["state"] in _ENDED:
        why = row["close_because"]
        return {**row, "close_because": f"some day since it was made: {why}" if why else None}
    return row


def _by(day: date | None, on: date) -> date | None:
    return day if day is not None and day <= on else None
