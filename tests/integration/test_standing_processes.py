"""Whether anybody does the work: what is told of the clock and the workers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from integration.standing_processes import processes
from integration.store.pulse import Signs

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
JUST, OLD = NOW - timedelta(seconds=5), NOW - timedelta(hours=3)
SILENT = NOW - timedelta(seconds=40)


@pytest.mark.parametrize(
    ("signs", "told"),
    [
        (Signs(), []),
        (Signs(shared=True), []),  # commands alone, or not started yet
        (Signs(JUST), []),
        (Signs(OLD), ["The clock last ticked 3 hours ago"]),
        (Signs(JUST, OLD, shared=True, taken=True), []),  # `winback run` in place of workers
        (Signs(OLD, OLD, shared=True, taken=True), ["The clock last ticked 3 hours ago"]),
        (Signs(JUST, JUST, shared=True), []),
        (Signs(None, JUST, shared=True), ["No clock ever ran"]),
        (Signs(JUST, None, shared=True), ["No worker ever ran"]),
        (
            Signs(JUST, SILENT, shared=True),
            ["The last sign of a worker came less than a minute ago"],
        ),
        (
            Signs(OLD, OLD, shared=True),
            ["The clock last ticked 3 hours ago", "The last sign of a worker came 3 hours ago"],
        ),
    ],
)
def test_what_is_told(signs: Signs, told: list[str]) -> None:
    sentences = [one.sentence for one in processes(signs, NOW) if not one.ok]
    assert [sentence.partition(":")[0] for sentence in sentences] == told
