"""One customer walked through a stretch of the past: what would a rule file have made of it? Pure.

Whoever watched the customer would have been told of every loss on some day, by a record or by
time alone. On each of those days the customer is decided as it was then, and the losses and
recoveries of the days before are remembered, as the ledger would have remembered them. Nobody is
taken to have answered anything: only the tasks of those days are counted.

What the records do not date is taken as it stands today: owners, consent, field values.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from rules.as_it_was import (
    LostRecord,
    contracts,
    dated,
    deals,
    first_told,
    keeping_days,
    purchases,
    read_before,
    unanswered,
)
from rules.case import Case, Decision, KnownLoss, KnownRecovery, KnownTask, Loss
from rules.chosen import remembered
from rules.contracts import with_running
from rules.counting_book import CountingBook
from rules.decide import decide
from rules.losses import notes, told
from rules.model import Ref, TaskDraft, Verdict
from rules.verdict import first_day_lost, is_lost_on

A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Window:
    """The days that are replayed, the first and the last included."""

    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class ForeseenTask:
    """`made_on` is the day on which the rules would have asked for it; its draft has texts where
    the book writes them."""

    rule: str
    draft: TaskDraft
    made_on: date


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A loss as it would have been decided. `opened`: it began a recovery, by `playbook`; else
    it joined the one that was open, or nothing was to be done for it. `took_over`: what it says
    changed the plan of the recovery that it joined."""

    record: Ref
    watch: str
    verdict: Verdict
    category: str
    because: tuple[str, ...]
    known_on: date
    decided_on: date
    recovery_id: str | None
    opened: bool
    playbook: str | None
    tasks: tuple[ForeseenTask, ...]
    parked: tuple[str, ...]
    took_over: bool = False


def unread_notes(case: Case, book: CountingBook, window: Window) -> Sequence[str]:
    """What a walk will have to read anew, because other rules read it, or nobody yet."""
    alike = tuple(loss for loss in case.losses if loss.revision in book.reads_alike)
    if alike and alike == case.losses:
        return ()
    return notes(replace(case, losses=alike), book.rules, window.ends_on)


def walk(case: Case, book: CountingBook, window: Window) -> tuple[Foreseen, ...]:
    """What would have been found of the customer within the window, in the order of the days.
    `case.losses` are those of the ledger: they know since when a record was lost that bears no
    date. Recoveries and their tasks are passed over."""
    ledger = {x.record: x for x in case.losses if x.undone_on is None}
    present = replace(case, records=unanswered(case.records), losses=(), recoveries=())
    present = with_running(dated(present, ledger, book), book.rules, window.ends_on)
    lost = [
        LostRecord(one, first_told(one, ledger.get(one.record.ref), window.ends_on))
        for one in told(present, book.rules, window.ends_on)
    ]
    book.categoriser.recalled = dict(read_before(lost, ledger, book))
    past = _Past(present, book, lost, window)
    found: list[Foreseen] = []
    for day in _days(past, window):
        found.extend(_foreseen(past.decided_on(day), day))
    return tuple(found)


class _Past:
    """The customer day by day, with what was decided so far."""

    def __init__(
        self, present: Case, book: CountingBook, lost: Sequence[LostRecord], window: Window
    ) -> None:
        self.present, self.book, self.lost = present, book, lost
        self._starts_on = window.starts_on
        self._has_history = any(x.seen_on < window.starts_on for x in lost)
        self._gone_on: date | None = None  # lost by time alone before the window
        self.losses: tuple[KnownLoss, ...] = ()
        self.recoveries: dict[str, KnownRecovery] = {}
        watched = {w.record for w in book.rules.watches if w.crm == present.crm}
        self._kept = tuple(r for r in present.records if r.ref.type not in watched)

    def on(self, day: date) -> Case:
        """Records that were not lost yet show nothing to the watches; what they mean to buying
        stands in the dated deals and contracts."""
        later = {x.told.record.ref.id for x in self.lost if x.seen_on > day}
        return replace(
            self.present,
            opportunities=tuple(deals(self.present.opportunities, later, day)),
            contracts=tuple(contracts(self.present.contracts, later)),
            records=(*self._kept, *(x.told.record for x in self.lost if x.seen_on <= day)),
            losses=self.losses,
            recoveries=tuple(self.recoveries.values()),
        )

    def decided_on(self, day: date) -> Decision:
        """Decide the customer on a day, which is remembered. What was lost before the window is
        found first, so that nothing of it is new."""
        if self._has_history:
            self._has_history = False
            eve = self._starts_on - A_DAY
            self._remember(decide(self.on(eve), self.book.before, eve), eve)
        decision = decide(self.on(day), self.book, day)
        self._remember(decision, day)
        return decision

    def _remember(self, decision: Decision, day: date) -> None:
        self.losses += tuple(remembered(x) for x in decision.losses if x.new)
        for recovery in decision.recoveries:
            before = self.recoveries.get(recovery.id)
            made = [t for t in decision.tasks if t.recovery_id == recovery.id]
            self.recoveries[recovery.id] = KnownRecovery(
                id=recovery.id,
                opened_on=recovery.opened_on,
                playbook=recovery.playbook,
                ended_on=recovery.ended_on,
                end=recovery.end,
                tasks=(
                    *(before.tasks if before else ()),
                    *(KnownTask(t.draft.key, made_on=day, owner_id=t.draft.owner_id) for t in made),
                ),
                interview_before=recovery.interview_before,
                benchmarks=recovery.benchmarks,
                left=recovery.left,
            )

    def lost_silently_on(self, first: date, last: date) -> date | None:
        """The day from `first` to `last`, between which nothing kept them, from which on time
        alone loses them. Whoever was lost on the first day was so before."""
        if last <= first or not self._bought_and_stayed(last):
            return None
        case, rules = self.on(last), self.book.rules
        if not is_lost_on(case, rules, last):
            return None
        if is_lost_on(case, rules, first):
            if first == self._starts_on:
                self._gone_on, self._has_history = first, True
            return None
        return first_day_lost(case, rules, first, last)

    def _bought_and_stayed(self, last: date) -> bool:
        bought = [day for day in purchases(self.present) if day <= last]
        left = [x.lost_on for x in self.losses if x.verdict is Verdict.CUSTOMER]
        left += [self._gone_on] if self._gone_on else []
        return bool(bought) and not any(day >= max(bought) for day in left)


def _days(past: _Past, window: Window) -> Iterator[date]:
    """The days on which there is something to find. What is found on one of them is remembered
    before the next is looked for."""
    told_on = {x.seen_on for x in past.lost if window.starts_on <= x.seen_on <= window.ends_on}
    turns = told_on | keeping_days(past.present)
    turns = {d for d in turns if window.starts_on < d <= window.ends_on} | {window.ends_on + A_DAY}
    since = window.starts_on
    for turn in sorted(turns):
        silent = past.lost_silently_on(since, turn - A_DAY)
        if silent is not None:
            yield silent
        if turn in told_on:
            yield turn
        since = turn


# ---- what is made of it


def _foreseen(decision: Decision, day: date) -> Iterator[Foreseen]:
    """The new losses of a day; one departure that two records tell is one loss."""
    opened = {r.id: r for r in decision.recoveries if r.opened}
    changed = {r.id for r in decision.recoveries if r.left and r.left[-1].left_on == day}
    found = [x for x in decision.losses if x.new and x.merged_into is None]
    makers = _makers(found)
    for loss in found:
        recovery = opened.get(loss.recovery_id or "")
        makes = makers.get(loss.recovery_id) is loss
        yield Foreseen(
            record=loss.record,
            watch=loss.watch,
            verdict=loss.verdict,
            category=loss.reason.category,
            because=loss.because,
            known_on=loss.known_on,
            decided_on=day,
            recovery_id=loss.recovery_id,
            opened=makes and recovery is not None,
            playbook=recovery.playbook if makes and recovery else None,
            tasks=tuple(
                ForeseenTask(t.rule, t.draft, day)
                for t in decision.tasks
                if makes and t.recovery_id == loss.recovery_id
            ),
            parked=tuple(p.because for p in decision.parked) if makes else (),
            took_over=makes and loss.recovery_id in changed,
        )


def _makers(losses: Sequence[Loss]) -> dict[str | None, Loss]:
    """Of each recovery the loss whose day its tasks are of: the first of that day."""
    return {x.recovery_id: x for x in reversed(losses) if x.recovery_id}
