"""The rule file as frozen objects: what an admin may say, with every default in one place.

`rules.load` makes a `RuleSet` from a mapping and names all faults; nothing here reads a file.
The `[crm.NAME]` tables are not rules: see `integration.config`. Subjects of their own:
`rules.watching` (how a customer is lost), `rules.people` (who works), `rules.playbook` (what is
done and when) and `rules.spans` (lengths of time).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from rules.conditions import Condition
from rules.model import Changeable, Fault
from rules.people import Person, Role
from rules.playbook import Cadence, ExitInterview, Offer, Playbook
from rules.spans import Span, Unit
from rules.watching import ContractSource, Watch


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
    then: tuple[dict[str, Any], ...] = ()  # what is found out later, one thing after the other


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
