"""What a replay counts: small whatever the history, and added up over slices of customers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import date

from rules.replay import Foreseen

NO_PLAYBOOK = "no playbook"
RECOVERIES = ("opened", "joined", "took_over")
"""What is counted of recoveries: begun, joined by a later loss, and of which a later loss told why,
so that another playbook took over."""


@dataclass(slots=True)
class Counts:
    """By one rule file. `tasks` counts by CRM, owner and the day on which they would be made."""

    losses: Counter[str] = field(default_factory=Counter)
    categories: Counter[str] = field(default_factory=Counter)
    playbooks: Counter[str] = field(default_factory=Counter)
    recoveries: Counter[str] = field(default_factory=Counter)  # by RECOVERIES
    tasks: Counter[tuple[str, str, date]] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    parked: Counter[str] = field(default_factory=Counter)

    def add(self, crm: str, foreseen: Iterable[Foreseen]) -> None:
        for loss in foreseen:
            self.losses[loss.verdict.value] += 1
            self.categories[loss.category] += 1
            if loss.opened:
                self.recoveries["opened"] += 1
                self.playbooks[loss.playbook or NO_PLAYBOOK] += 1
            elif loss.recovery_id:
                self.recoveries["joined"] += 1
            if loss.took_over:
                self.recoveries["took_over"] += 1
            for task in loss.tasks:
                self.tasks[crm, task.draft.owner_id, task.made_on] += 1
                self.rules[task.rule] += 1
            self.parked.update(loss.parked)

    def merge(self, other: Counts) -> None:
        for one in fields(self):
            getattr(self, one.name).update(getattr(other, one.name))
