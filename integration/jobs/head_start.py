"""Sending the first decisions while the later ones are still being made.

Deciding a thousand customers takes seconds in which the CRM would stand idle. But the storm brake
and the reps' budgets want to see every loss before anything goes out. So rows go early only while
it is certain that neither of them could hold one: no budget is set, and all losses that may yet
be found, together with those that were, are within the brake's limit. Only full batches go, so
that no call is made that waiting would have saved.
"""

from __future__ import annotations

from collections.abc import Sequence

from integration.jobs.flush import Sender
from integration.jobs.release import brake_limit, let_go
from integration.runtime import Runtime
from integration.store import cases, claiming, crms, outbox
from integration.store.caseload import Stored
from integration.store.engine import begin, reading
from rules.rulebook import Rulebook

CUSTOMERS_AT_ONCE = 70
"""Decided before the first rows can go: with three tasks each they fill a batch of either CRM."""


class HeadStart:
    """Whether and how a round's first decisions go out before its last are made."""

    def __init__(self, runtime: Runtime, crm: str, sender: Sender) -> None:
        self._runtime = runtime
        self._crm = crm
        self._sender = sender
        self._limit = -1  # new losses within which the brake cannot hold
        self._may_come = 0  # losses that the customers left could still bring
        self._watched: frozenset[str] = frozenset()

    def begin(self, book: Rulebook) -> None:
        """Before the first decision: what could come of this round at most."""
        limits = book.rules.limits
        if self._runtime.crms[self._crm].dry_run or limits.tasks_per_rep_per_day is not None:
            return
        self._watched = frozenset(watch.record for watch in book.rules.watches)
        with reading(self._runtime.engine) as connection:
            if claiming.next_due(connection, self._crm) is not None:
                return  # older rows have their turn first
            if crms.looks_first(connection, self._crm, self._runtime.wall()):
                return  # none goes before it was looked for
            self._may_come = cases.may_be_lost(connection, self._crm, self._watched)
            self._limit = brake_limit(connection, self._crm, limits)

    @property
    def possible(self) -> bool:
        """Whether it may come to it in this round."""
        return self._limit >= 0

    def after(self, batch: Sequence[Stored]) -> None:
        """After each batch of decisions was stored."""
        if not self.possible:
            return
        self._may_come -= sum(cases.may_lose(item.case, self._watched) for item in batch)
        with begin(self._runtime.engine) as connection:
            staged = crms.state(connection, self._crm).staged_losses
            if staged + max(self._may_come, 0) > self._limit:
                return
            outbox.unstage(connection, self._crm, None)
            let_go(self._runtime, connection, self._crm)
        self._sender.offer()
