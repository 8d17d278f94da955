"""What persons did that has to stay as it is, and what the customers are."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.worlds import Lost


@dataclass
class Wills:
    """Persons' own values: reason fields by (type, id), None for one that was cleared;
    `unseen` were cleared when we may not have known of their value, so that we may fill them or
    leave them; edits of our tasks by id and name; tasks deleted; tasks of their own."""

    reasons: dict[tuple[str, str], str | None] = field(default_factory=dict)
    unseen: set[tuple[str, str]] = field(default_factory=set)
    edits: dict[str, dict[str, object]] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    own_tasks: set[str] = field(default_factory=set)

    def edit(self, task: str, name: str, value: object) -> None:
        self.edits.setdefault(task, {})[name] = value


@dataclass
class Customer:
    """One customer's deal as it stands: lost, open or deleted; `back` once they bought again.
    Those who were merged into another are no customer of their own any more."""

    lost: Lost
    deal: str = "lost"
    back: bool = False
    merged_with: list[Customer] = field(default_factory=list)
    merged_away: bool = False

    @property
    def accounts(self) -> list[str]:
        return [self.lost.account, *(a for one in self.merged_with for a in one.accounts)]

    @property
    def is_simple(self) -> bool:
        return not self.merged_with and not self.merged_away
