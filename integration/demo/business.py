"""A B2B company's customers as one would find them in its CRM: people, deals, agreements.

Knows no CRM; `salesforce_rows` and `hubspot_rows` write the same things in each one's words.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from integration.demo.loss_notes import NOT_SAID, Why
from integration.demo.names import plain


@dataclass(frozen=True, slots=True)
class Line:
    """What a company sells: products with a list price a year, in its own currency."""

    name: str
    domain: str
    currency: str
    products: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Rep:
    """Someone in sales, numbered from 1; `manager` is another one's number."""

    number: int
    first: str
    last: str
    title: str
    timezone: str
    manager: int | None = None
    active: bool = True
    team: str = ""

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}"

    @property
    def login(self) -> str:
        return f"{plain(self.first)}.{plain(self.last)}"


@dataclass(frozen=True, slots=True)
class Person:
    number: int
    first: str
    last: str
    title: str
    email: str
    phone: str
    opted_out: bool = False
    do_not_call: bool = False
    permission: str = ""  # yes, no, or nobody has asked
    permission_until: date | None = None


class Kind(StrEnum):
    NEW = "new"
    EXPANSION = "expansion"
    RENEWAL = "renewal"
    ORDER = "order"


class Outcome(StrEnum):
    OPEN = "open"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Deal:
    """`closed_on` of an open deal is when somebody hopes to close it."""

    kind: Kind
    product: str
    amount: Decimal
    opened_on: date
    closed_on: date
    outcome: Outcome
    touched_on: date
    why: Why = NOT_SAID


@dataclass(frozen=True, slots=True)
class Agreement:
    """A contract or subscription; notice is given on `cancelled_on`, it ends on `ends_on`."""

    product: str
    value: Decimal  # a year
    starts_on: date
    ends_on: date
    cancelled_on: date | None = None
    why: Why = NOT_SAID


@dataclass(slots=True)
class Customer:
    """An account with all that hangs on it. `rep` is the owner's number."""

    number: int
    name: str
    domain: str
    industry: str
    country: str
    city: str
    region: str
    currency: str
    employees: int
    rep: int
    created_on: date
    people: list[Person] = field(default_factory=list)
    deals: list[Deal] = field(default_factory=list)
    agreements: list[Agreement] = field(default_factory=list)

    @property
    def touched_on(self) -> date:
        return max((deal.touched_on for deal in self.deals), default=self.created_on)

    @property
    def bought(self) -> bool:
        return any(deal.outcome is Outcome.WON for deal in self.deals)


@dataclass(frozen=True, slots=True)
class Business:
    line: Line
    reps: tuple[Rep, ...]
    customers: tuple[Customer, ...]
