"""What a decision is made from and what it answers: plain values, in and out.

A `Case` is one customer as the CRM and our own memory know them today. A `Decision` is the
whole wanted state; deciding twice on the same case gives the same answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from rules.model import (
    Account,
    Contact,
    Contract,
    Field,
    LineItem,
    Opportunity,
    Outcome,
    Owner,
    Provenance,
    Ref,
    Snapshot,
    TaskDraft,
    Verdict,
)
from rules.spans import Span

TIME_ALONE = "time alone"
"""The watch of losses that no record tells: the account simply stopped buying."""


@dataclass(frozen=True, slots=True)
class LossReason:
    """Why they left, as far as we know."""

    category: str = "unknown"
    second: str | None = None
    competitor: str | None = None
    provenance: Provenance | None = None
    fault: str | None = None
    changeable: str | None = None
    stated: str | None = None  # the CRM's own reason value
    words: str | None = None
    confidence: float = 0.0
    because: str = ""
    disagrees: bool = False  # the words say another category than the one that was picked
    by: str = "winback"  # who says so: winback from the record's fields, a person, the interview


@dataclass(frozen=True, slots=True)
class KnownLoss:
    """A loss that was found before: its verdict and dates as first decided, pinned."""

    id: str
    record: Ref
    ordinal: int
    watch: str
    verdict: Verdict
    known_on: date
    lost_on: date
    merged_into: str | None = None
    recovery_id: str | None = None
    undone_on: date | None = None
    reason: LossReason | None = None  # as it was last written down
    revision: int | None = None  # of the rules that found it


@dataclass(frozen=True, slots=True)
class KnownTask:
    """A recovery task that was decided on before, as the CRM shows it now."""

    key: str
    made_on: date
    written: bool = False  # it stands (or stood) in the CRM
    closed: bool = False
    deleted: bool = False  # a person deleted it
    done_on: date | None = None
    outcome: Outcome | None = None
    owner_id: str | None = None
    contact_id: str | None = None
    due_on: date | None = None
    touched: bool = False  # a person moved it, began it, reworded it or gave it to somebody else
    handed_on: date | None = None  # the day on which we gave it to its present owner


@dataclass(frozen=True, slots=True)
class BenchmarkState:
    """A benchmark of a recovery's plan: what (`spoken by day 10`), by which day, and when."""

    what: str
    day: int
    met_on: date | None = None

    def slips_on(self, began_on: date) -> date:
        """The first day on which it is missed, of a plan that began on a day."""
        return began_on + timedelta(days=self.day + 1)

    def slipped(self, began_on: date, today: date) -> bool:
        return (self.met_on or today) >= self.slips_on(began_on)


@dataclass(frozen=True, slots=True)
class LeftPlaybook:
    """A playbook that a recovery followed and follows no more. `name` None: it had no plan."""

    name: str | None
    taken_on: date
    left_on: date
    because: str
    revision: int | None = None  # of the rules that it was of
    replanned: bool = False  # left by a publish with new plans, not by its own `until`
    benchmarks: tuple[BenchmarkState, ...] = ()  # as they stood then


def plan_began_on(opened_on: date, left: tuple[LeftPlaybook, ...]) -> date:
    """The day from which the plan counts: when the recovery began, or when the reason was found
    out that the plan is for. A publish with new plans moves no dates."""
    days = [one.left_on for one in left if not one.replanned]
    return days[-1] if days else opened_on


@dataclass(frozen=True, slots=True)
class KnownRecovery:
    id: str
    opened_on: date
    playbook: str | None
    ended_on: date | None = None
    end: str | None = None
    tasks: tuple[KnownTask, ...] = ()
    interview_before: Mapping[Field, str] = field(default_factory=dict)
    benchmarks: tuple[BenchmarkState, ...] = ()
    revision: int | None = None  # of the rules whose playbook it follows
    left: tuple[LeftPlaybook, ...] = ()  # the playbooks before this one, oldest first


@dataclass(frozen=True, slots=True)
class Workload:
    """How many tasks of ours each user was ever given, and how many of them are open."""

    given: Mapping[str, int] = field(default_factory=dict)
    open: Mapping[str, int] = field(default_factory=dict)


NO_WORK = Workload()


LineItems = Mapping[Ref, tuple[LineItem, ...] | None]
"""What was on opportunities, of those that were asked for; None: the CRM does not show it."""


@dataclass(frozen=True, slots=True)
class Case:
    """One customer. `account` is None for a deal without a company."""

    crm: str
    account: Account | None
    account_ref: Ref | None
    contacts: tuple[Contact, ...] = ()
    opportunities: tuple[Opportunity, ...] = ()
    contracts: tuple[Contract, ...] = ()
    records: tuple[Snapshot, ...] = ()  # every snapshot of this customer, by which watches look
    account_fields: Mapping[str, Any] = field(default_factory=dict)
    owners: Mapping[str, Owner] = field(default_factory=dict)
    written: Mapping[Ref, Mapping[Field, str | None]] = field(default_factory=dict)  # last by us
    losses: tuple[KnownLoss, ...] = ()
    ordinals_elsewhere: Mapping[Ref, int] = field(default_factory=dict)  # of records moved here
    recoveries: tuple[KnownRecovery, ...] = ()
    link: Callable[[Ref], str] = str
    workload: Workload = NO_WORK
    line_items: LineItems = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Loss:
    """A loss as decided now. `because` says the verdict in words, one reason a line."""

    id: str
    record: Ref
    ordinal: int
    watch: str
    verdict: Verdict
    because: tuple[str, ...]
    known_on: date
    lost_on: date
    reason: LossReason = LossReason()
    value: Decimal | None = None
    undone_on: date | None = None
    merged_into: str | None = None  # the same departure, told by another record
    recovery_id: str | None = None
    repeat_of: str | None = None  # the customer's loss before this one
    record_owner_id: str | None = None
    contact_id: str | None = None
    new: bool = True


@dataclass(frozen=True, slots=True)
class Recovery:
    """Our effort for one departure. `opened` is True when this decision opens it.
    `interview_before` is what stood in the exit interview then, of a customer who left before."""

    id: str
    opened_on: date
    playbook: str | None
    opened: bool
    goal: str = ""
    ended_on: date | None = None
    end: str | None = None
    revision: int | None = None  # of the rules whose playbook it follows; None: today's
    interview_before: Mapping[Field, str] = field(default_factory=dict)
    benchmarks: tuple[BenchmarkState, ...] = ()
    left: tuple[LeftPlaybook, ...] = ()

    @property
    def began_on(self) -> date:
        """The day from which its present plan counts."""
        return plan_began_on(self.opened_on, self.left)


@dataclass(frozen=True, slots=True)
class PlannedTask:
    """A task that should stand in the CRM. `due` is kept so that a task that had to wait gets
    a fresh due date; `score` orders tasks of one rep, highest first."""

    draft: TaskDraft
    recovery_id: str
    rule: str
    due: Span
    because: str
    facts: Mapping[str, Any]
    would_change: tuple[str, ...] = ()
    score: Decimal = Decimal(0)
    score_parts: tuple[str, ...] = ()  # in words, what is not known among them
    unread: tuple[Ref, ...] = ()  # opportunities whose line items its text would name
    routed: str = ""  # who gets it and why, the part of `because` that a hand-over tells


@dataclass(frozen=True, slots=True)
class NotMade:
    """A rule that asked for something, and why nothing came of it."""

    rule: str
    because: str


@dataclass(frozen=True, slots=True)
class HandedOver:
    """Who goes on with a task from a day on, and the note that tells them why."""

    owner_id: str
    note: str
    on: date


@dataclass(frozen=True, slots=True)
class Decision:
    """The whole wanted state of one customer.

    `losses` are all of them, those that are new marked so. `tasks` are the wanted ones that
    were not made before (a task's text is written once). `close` are tasks of ours whose cause
    is gone, with the sentence why; every other known task is kept. `reassign` gives tasks whose
    owner left to somebody else. `fields` are the wanted values of our own fields per record.
    `undone` are known losses whose record is no longer lost. `parked` are tasks that nobody
    can get, with what to do.
    """

    losses: tuple[Loss, ...] = ()
    undone: tuple[str, ...] = ()
    recoveries: tuple[Recovery, ...] = ()
    tasks: tuple[PlannedTask, ...] = ()
    close: Mapping[str, str] = field(default_factory=dict)
    reassign: Mapping[str, HandedOver] = field(default_factory=dict)
    fields: Mapping[Ref, Mapping[Field, str | None]] = field(default_factory=dict)
    not_made: tuple[NotMade, ...] = ()
    parked: tuple[NotMade, ...] = ()
    missing: tuple[str, ...] = ()  # names that a condition asked for and nobody knew
    look_again_on: date | None = None

    @property
    def unread(self) -> tuple[Ref, ...]:
        """Opportunities whose line items the tasks' texts name and nobody has read: read them
        and decide again, or the texts say that they are not known."""
        return tuple(dict.fromkeys(ref for task in self.tasks for ref in task.unread))
