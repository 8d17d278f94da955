"""What is done about a loss: playbooks with their steps, offers, exit interviews, cadences."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from rules.conditions import Condition
from rules.model import Priority, Verdict
from rules.people import Assign
from rules.spans import Span, Unit


class Ask(StrEnum):
    """What a task asks the rep to do with the contact; consent is decided on it (row P10)."""

    FOLLOW_UP = "follow up"  # the owner's own call about the loss: allowed while consent is unknown
    INTERVIEW = "interview"  # a follow-up with the questions of the exit interview
    APOLOGY = "apology"  # a follow-up
    REMEDY = "remedy"  # a follow-up, once the reason is confirmed and we have apologised
    THANK_YOU = "thank you"  # a follow-up with a letter
    ASK_PERMISSION = "ask permission"  # once, within the contact window
    OFFER = "offer"  # needs a yes
    EMAIL = "email"  # needs a yes
    INTERNAL = "internal"  # contacts nobody outside


class AfterKind(StrEnum):
    REASON_KNOWN = "reason known"
    REASON_CONFIRMED = "reason confirmed"
    SPOKEN = "spoken"  # somebody reached them
    APOLOGISED = "apologised"
    NO_ANSWER = "no answer"  # for so long, and nobody reached them since
    TASK = "task"  # an earlier one is done


@dataclass(frozen=True, slots=True)
class After:
    """What a step waits for; `name` is a task's key, `span` how long nobody answered."""

    kind: AfterKind
    name: str = ""
    span: Span | None = None


class Unanswered(StrEnum):
    """What follows the last try that nobody answered."""

    MANAGER = "manager"  # one more, by the owner's manager
    ANOTHER_REP = "another rep"  # one more, by another rep
    END = "end"  # the recovery ends


@dataclass(frozen=True, slots=True)
class Benchmark:
    """`spoken by day 10`: what should have happened by which day of the recovery."""

    what: AfterKind
    day: int

    def __str__(self) -> str:
        return f"{self.what} by day {self.day}"


@dataclass(frozen=True, slots=True)
class PlaybookTask:
    key: str
    subject: str
    body: str = ""
    due: Span = Span(1, Unit.BUSINESS_DAY)
    assign: Assign = Assign()
    priority: Priority = Priority.NORMAL
    after: tuple[After, ...] = ()  # all of them
    ask: Ask = Ask.FOLLOW_UP
    attempts: int = 1  # tries until somebody answers
    again_after: Span = Span(2, Unit.BUSINESS_DAY)
    unanswered: Unanswered | None = None


@dataclass(frozen=True, slots=True)
class Playbook:
    """A named plan; the first whose `when` holds is pinned on the recovery. One with `until` is
    followed only until then: afterwards the recovery's playbook is chosen anew."""

    name: str
    when: Condition | None = None
    verdicts: tuple[Verdict, ...] = (Verdict.CUSTOMER,)  # the key `for`
    goal: str = ""
    tasks: tuple[PlaybookTask, ...] = ()
    benchmarks: tuple[Benchmark, ...] = ()
    ends_after: Span | None = None
    until: AfterKind | None = None  # the reason is known, or confirmed


@dataclass(frozen=True, slots=True)
class Cadence:
    name: str
    every: Span
    when: Condition | None = None
    start: str = "loss"  # or "last touch"
    until: Span | None = Span(18, Unit.MONTH)
    subject: str = "Keep in touch with {{ contact.name or account.name }}"
    body: str = ""
    assign: Assign = Assign()
    priority: Priority = Priority.NORMAL


@dataclass(frozen=True, slots=True)
class Offer:
    """What may be offered, to whom. `cap` is in the company's currency, `cap_share` of what the
    lost deal was worth. `approval` is who has to agree first."""

    name: str
    text: str = ""
    categories: tuple[str, ...] = ()  # none: all
    tiers: tuple[str, ...] = ()  # none: all
    cap: Decimal | None = None
    cap_share: float | None = None
    expires_after: Span | None = None
    approval: Assign | None = None


APPROVAL = ".approve"
"""Ends the key of the task that asks for an offer's approval, where "not this one" means no to
the offer and not to the customer."""


class Never(StrEnum):
    """Who must not hold an exit interview."""

    ACCOUNT_OWNER = "owner"
    RECORD_OWNER = "record owner"


@dataclass(frozen=True, slots=True)
class ExitInterview:
    """Who holds interviews, where the task says nothing, and what is asked."""

    assign: Assign | None = None
    by_tier: dict[str, Assign] = field(default_factory=dict)
    never: tuple[Never, ...] = ()
    questions: tuple[str, ...] = ()  # none: the shipped ones
    nudge_after: Span | None = None  # a reason that is not confirmed by then is asked for, once
    ask_on_disagreement: bool = True  # where the picked reason and the words disagree (row R4)
