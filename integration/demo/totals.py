"""Adds up what the runs of the demo reported, and what stands in the CRMs at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from integration.demo.desk import Desk

Line = tuple[str, list[int]]
"""A label and one number per CRM."""

_LOSSES = (
    ("customers lost", ("losses", "customer")),
    ("deals lost, the customer stays", ("losses", "deal")),
    ("prospects lost", ("losses", "prospect")),
)
_RECOVERIES = (
    ("recoveries opened", ("recoveries", "opened")),
    ("later losses that joined one", ("recoveries", "joined")),
)
_WRITTEN = (
    ("tasks written", "task_create"),
    ("tasks closed by winback", "task_close"),
    ("records with reason fields written", "field"),
)
_CALLS = (
    ("API calls to read", ("calls", "read")),
    ("API searches", ("calls", "search")),
    ("API calls to write", ("calls", "write")),
)


class Totals:
    """Losses, recoveries and calls are counted on from run to run; what was delivered is told
    for each run alone."""

    def __init__(self) -> None:
        self._latest: Mapping[str, Any] = {}
        self._delivered: Counter[tuple[str, str]] = Counter()

    def add(self, report: Mapping[str, Any]) -> None:
        self._latest = report
        for name, crm in report["crms"].items():
            for kind, push in crm["pushes"].items():
                self._delivered[name, kind] += push["delivered"]

    def of(self, crm: str, path: tuple[str, str]) -> int:
        return int(self._latest["crms"][crm][path[0]][path[1]])

    def groups(self, desks: Sequence[Desk]) -> Iterator[list[Line]]:
        """The lines of the final table, in groups."""
        crms = [desk.crm for desk in desks]
        yield [(label, [self.of(crm, path) for crm in crms]) for label, path in _LOSSES]
        ends = {status: 0 for desk in desks for status in sorted(desk.statuses())}
        yield [
            *((label, [self.of(crm, path) for crm in crms]) for label, path in _RECOVERIES),
            *(
                (
                    f'accounts with win-back status "{end}"',
                    [desk.statuses().get(end, 0) for desk in desks],
                )
                for end in ends
            ),
        ]
        answered = [
            sum(1 for todo in desk.todos() if todo.closed and todo.outcome) for desk in desks
        ]
        written = [
            (label, [self._delivered[crm, kind] for crm in crms]) for label, kind in _WRITTEN
        ]
        yield [*written[:1], ("tasks answered by reps", answered), *written[1:]]
        yield [(label, [self.of(crm, path) for crm in crms]) for label, path in _CALLS]
