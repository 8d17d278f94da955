"""What a person sees and does in a CRM, whichever it is: the demo's people sit at a `Desk`.

Everything here happens inside the CRM, as by hand; winback only finds out by polling.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from integration.demo.loss_notes import Why
from rules.model import Field, Outcome, Ref


@dataclass(frozen=True, slots=True)
class Todo:
    """One of our tasks as its owner sees it. `record` is where the link in its body leads."""

    id: str
    key: str
    subject: str
    body: str
    due_on: date
    closed: bool
    priority: str
    owner: str
    account_id: str
    account: str
    record: Ref
    contact_id: str | None = None
    contact: str = ""
    outcome: str = ""

    @property
    def step(self) -> str:
        """The middle of the key: `listen`, `ask`, or a cadence's name."""
        return self.key.split(":")[1]


@dataclass(frozen=True, slots=True)
class Customer:
    """An account as somebody picks it for the story."""

    id: str
    name: str
    agreement_id: str  # the contract or subscription that runs
    owner: str
    owner_left: bool


class Desk(Protocol):
    crm: str  # the rule file's name for it
    title: str

    def todos(self) -> list[Todo]:
        """All tasks of ours, closed ones too, in the order in which they were made."""
        ...

    def answer(self, todo: Todo, outcome: Outcome) -> None:
        """Close the task with an outcome."""
        ...

    def set_fields(self, record: Ref, values: Mapping[Field, str]) -> None:
        """Fill win-back fields on a record by hand."""
        ...

    def field(self, record: Ref, field: Field) -> str: ...

    def permit(self, contact_id: str, until: date) -> None: ...

    def opt_out(self, contact_id: str) -> None: ...

    def contacts(self, account_id: str) -> int:
        """How many people the account has."""
        ...

    def settled_customers(self, on: date) -> list[Customer]:
        """Customers whose agreement runs for a good while yet, with somebody to talk to."""
        ...

    def wins(self, account_id: str, on: date) -> str:
        """The account buys again; answers what."""
        ...

    def cancels(self, customer: Customer, on: date, leaves_on: date, why: Why) -> None: ...

    def withdraws(self, agreement_id: str, runs_until: date) -> None:
        """A cancellation is taken back, and the agreement runs on."""
        ...

    def loses_deal(self, customer: Customer, on: date, words: str) -> None:
        """A deal is lost with a customer who stays."""
        ...

    def statuses(self) -> Mapping[str, int]:
        """Win-back status on accounts -> how many."""
        ...
