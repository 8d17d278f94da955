"""The rule file as frozen objects: what an admin may say, with every default in one place.

`rules.load` makes a `RuleSet` from a mapping and names all faults; nothing here reads a file.
The `[crm.NAME]` tables are not rules: see `integration.config`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from rules.conditions import Condition
from rules.model import Changeable, Fault, Priority, Verdict

DEFAULT_LOST_WHEN = (
    "not has_running_contract and not has_live_opportunity"
    " and (wins == 0 or"
    " (days_since_win > 120 days and days_since_win > 1.5 * usual_gap_in_days))"
)
"""Row W6: no running contract, no deal being worked, and no win within the longer of 120 days
and one and a half times the account's usual gap. Only asked of accounts that ever bought, so
that `wins == 0` means one whose subscription, without dates, was all they had."""


class Unit(StrEnum):
    BUSINESS_DAY = "business day"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time as an admin writes it: `2 business days`, `3 months`."""

    count: int
    unit: Unit

    def __str__(self) -> str:
        return f"{self.count} {self.unit}{'' if self.count == 1 else 's'}"


class AssignTo(StrEnum):
    ACCOUNT_OWNER = "owner"
    RECORD_OWNER = "record owner"
    MANAGER = "manager"  # the account owner's manager
    ANOTHER_REP = "another rep"  # neither who owns the account nor who owns the lost record
    FIELD = "field"  # a user field on the account or the record, such as CSM__c
    PERSON = "person"  # an e-mail address
    ROLE = "role"  # a [[role]]: one of its members
    QUEUE = "queue"  # a queue of the CRM, where its tasks may belong to one


@dataclass(frozen=True, slots=True)
class Assign:
    """Who gets a task: `owner`, `record owner`, `manager`, `another rep`, `field:CSM__c`,
    `role:Care`, `queue:Care`, `ann@acme.example`; a list of them is asked in its order."""

    to: AssignTo = AssignTo.ACCOUNT_OWNER
    name: str = ""  # of the field, role or queue, or the person's e-mail address
    otherwise: Assign | None = None

    @property
    def chain(self) -> tuple[Assign, ...]:
        return (self, *(self.otherwise.chain if self.otherwise else ()))


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
class Company:
    name: str = ""
    timezone: str = "UTC"
    country: str = ""  # ISO 3166, optionally with a subdivision: DE, DE-BY
    holidays: tuple[date, ...] = ()  # the company's own days off, beside the country's
    currency: str = ""
    rates: dict[str, Decimal] = field(default_factory=dict)  # worth of 1 in the company's
    first_day: date | None = None  # nothing known before this day gets tasks


@dataclass(frozen=True, slots=True)
class Watch:
    """One way to lose: a record type and when one of its records says so.

    `lost_when` None means that the record's existence is the loss (a cancellation record).
    `reason`, `words`, `value`, `contact`, `account`, `known_on`, `lost_on` name the record's
    own fields; None takes the CRM's usual one where there is one.
    """

    name: str
    crm: str
    record: str
    lost_when: Condition | None = None
    verdict: Verdict | None = None
    means: str | None = None  # "renewal": a lost renewal decides alone
    account: str | None = None
    known_on: str | None = None
    lost_on: str | None = None
    reason: str | None = None
    words: str | None = None
    value: str | None = None
    contact: str | None = None


@dataclass(frozen=True, slots=True)
class ContractSource:
    """A record type that runs, beyond the CRM's own contracts: `[[contract]]`."""

    crm: str
    record: str
    running_when: Condition | None = None
    account: str | None = None
    starts_on: str | None = None
    ends_on: str | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    id: str
    label: str
    fault: Fault | None = None
    changeable: Changeable | None = None
    values: tuple[str, ...] = ()  # the CRM's own picklist values that mean it
    phrases: tuple[str, ...] = ()  # words of customers and reps that mean it


@dataclass(frozen=True, slots=True)
class Tier:
    name: str
    when: Condition | None = None  # None: everyone else


@dataclass(frozen=True, slots=True)
class Person:
    email: str
    manager: str | None = None  # e-mail address
    region: str | None = None
    away_until: date | None = None
    country: str | None = None  # whose holidays they keep, the company's if left out
    stand_in: str | None = None  # e-mail address of who takes over first
    team: str | None = None  # for a pilot, where the CRM has no teams


class Pick(StrEnum):
    ROUND_ROBIN = "round robin"  # whoever was given the fewest so far
    LEAST_LOADED = "least loaded"  # whoever has the fewest open


@dataclass(frozen=True, slots=True)
class Role:
    name: str
    members: tuple[str, ...]  # e-mail addresses
    pick: Pick = Pick.ROUND_ROBIN


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
    """A named plan; the first whose `when` holds is pinned on the recovery."""

    name: str
    when: Condition | None = None
    verdicts: tuple[Verdict, ...] = (Verdict.CUSTOMER,)  # the key `for`
    goal: str = ""
    tasks: tuple[PlaybookTask, ...] = ()
    benchmarks: tuple[Benchmark, ...] = ()
    ends_after: Span | None = None


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


@dataclass(frozen=True, slots=True)
class WayBack:
    """How easy it is to return, as a letter says it (row P12)."""

    call: str = ""
    terms: str = ""
    quote: str = ""
    start: str = ""


@dataclass(frozen=True, slots=True)
class ScoreWeights:
    """What a recovery's score is made of, in the company's currency."""

    won_value: Decimal = Decimal(1)
    contract_value: Decimal = Decimal(1)
    tenure_year: Decimal = Decimal(0)
    changeable_share: Decimal = Decimal("0.2")  # of the money, more if changeable, less if not


@dataclass(frozen=True, slots=True)
class Suppression:
    """Whom nobody is asked to contact, beside the CRM's own opt-outs."""

    when: Condition
    because: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    tasks_per_rep_per_day: int | None = None
    storm_max_losses: int = 50
    storm_max_share: float = 0.05  # of accounts; the larger of the two brakes
    merge_within: timedelta = timedelta(days=1)  # losses of a customer closer than this are one
    max_attempts: int = 8
    contact_window: timedelta = timedelta(days=30)
    live_deal_within: timedelta = timedelta(days=90)  # an open deal untouched longer does not count
    permission_lasts: Span | None = Span(24, Unit.MONTH)  # after a yes on a task
    escalate_after: Span | None = None  # an untouched task is told to the manager
    waits_at_most: timedelta = timedelta(days=30)  # then a waiting task goes before any newer one
    partly_below: float = 0.5  # of what was lost: who buys less again has returned in part


@dataclass(frozen=True, slots=True)
class Pilot:
    only_owners: tuple[str, ...] = ()  # e-mail addresses
    only_teams: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Words:
    """How a customer's words are read."""

    model: bool = True  # the language model may speak beside the phrases


@dataclass(frozen=True, slots=True)
class TestCase:
    given: dict[str, Any]
    expect: dict[str, Any]
    name: str = ""


@dataclass(frozen=True, slots=True)
class RuleSet:
    company: Company
    watches: tuple[Watch, ...]
    lost_when: Condition
    contracts: tuple[ContractSource, ...] = ()
    reasons: tuple[Reason, ...] = ()
    competitors: tuple[str, ...] = ()
    tiers: tuple[Tier, ...] = ()
    people: tuple[Person, ...] = ()
    roles: tuple[Role, ...] = ()
    offers: tuple[Offer, ...] = ()
    interview: ExitInterview = ExitInterview()
    way_back: WayBack = WayBack()
    score: ScoreWeights = ScoreWeights()
    playbooks: tuple[Playbook, ...] = ()
    cadences: tuple[Cadence, ...] = ()
    suppressions: tuple[Suppression, ...] = ()
    limits: Limits = Limits()
    pilot: Pilot = Pilot()
    words: Words = Words()
    tests: tuple[TestCase, ...] = ()
