"""What a run decided, counted for its report."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from rules.case import Decision, PlannedTask

EXAMPLES = 100
"""Wanted tasks that a report shows: enough to judge by, few enough to keep."""


@dataclass(slots=True)
class Tally:
    """What a run decided, for its report."""

    losses: Counter[str] = field(default_factory=Counter)
    categories: Counter[str] = field(default_factory=Counter)
    opened: int = 0
    joined: int = 0
    closed: int = 0
    tasks_wanted: int = 0
    examples: list[PlannedTask] = field(default_factory=list)  # the first few wanted tasks
    disagreements: int = 0
    decided: int = 0
    missing: Counter[str] = field(default_factory=Counter)  # conditions asked for it in vain

    def add(self, decision: Decision) -> None:
        self.decided += 1
        self.missing.update(decision.missing)
        for loss in decision.losses:
            if loss.new and loss.merged_into is None:
                self.losses[loss.verdict.value] += 1
                self.categories[loss.reason.category] += 1
                self.disagreements += loss.reason.disagrees
        opened = {r.id for r in decision.recoveries if r.opened}
        entered = [
            x.recovery_id
            for x in decision.losses
            if x.new and x.recovery_id and x.merged_into is None
        ]
        self.opened += len(opened)
        self.joined += len(entered) - len(opened)
        self.closed += sum(r.ended_on is not None for r in decision.recoveries)
        self.tasks_wanted += len(decision.tasks)
        self.examples.extend(decision.tasks[: max(EXAMPLES - len(self.examples), 0)])
