"""Each file of the cookbook played through the past year of a small company of its kind."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from integration.cli.main import main
from integration.store import crms, mirror
from integration.store.engine import begin, connect, upgrade
from integration.store.identity import Types
from rules.model import (
    Account,
    Contact,
    Contract,
    Entity,
    Kind,
    Money,
    Opportunity,
    Owner,
    Ref,
    Snapshot,
    Value,
)

COOKBOOK = Path(__file__).parents[3] / "docs" / "cookbook"
AS_OF = date(2026, 11, 1)
ANN = Owner("U1", "Ann Lee", "ann@acme.example")
DESK = Owner("U2", "The Desk", "desk@acme.example")

SALESFORCE = Types("Account", "Contact")
HUBSPOT = Types("companies", "contacts")

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Company:
    """Whose records are made, in the words of one CRM."""

    types: Types
    deals: str
    owners: str

    def people(self) -> list[Snapshot]:
        refs = ((one, Ref(self.owners, one.id)) for one in (ANN, DESK))
        return [Snapshot(ref, Kind.OWNER, one) for one, ref in refs]

    def customer(self, *records: Snapshot, person: bool = False) -> list[Snapshot]:
        """A company with one contact, or a contact alone, and what it bought and lost."""
        number = next(_numbers)
        account, contact = None if person else f"A{number}", f"C{number}"
        who = Contact(contact, f"Eva Bauer {number}", account, opted_out=False)
        found = [Snapshot(Ref(self.types.contact, contact), Kind.CONTACT, who, account_id=account)]
        if account:
            entity = Account(account, f"Shop {number}", ANN.id)
            ref = Ref(self.types.account, account)
            found.append(Snapshot(ref, Kind.ACCOUNT, entity, account_id=account, owner_id=ANN.id))
        found += [_of(one, account, contact) for one in records]
        return found

    def won(self, on: date, amount: int) -> Snapshot:
        return self._deal(on, amount, {}, won=True)

    def lost(self, on: date, **fields: Value) -> Snapshot:
        return self._deal(on, 1_000, fields, won=False)

    def _deal(self, on: date, amount: int, fields: dict[str, Value], *, won: bool) -> Snapshot:
        id = f"D{next(_numbers)}"
        deal = Opportunity(
            id,
            f"Deal {id}",
            owner_id=ANN.id,
            amount=Money(Decimal(amount)),
            created_on=on - timedelta(days=30),
            closed_on=on,
            closed=True,
            won=won,
        )
        shown = {"Amount": Decimal(amount), "amount": Decimal(amount), **fields}
        return _record(Ref(self.deals, id), Kind.OPPORTUNITY, deal, shown)


def other(type: str, entity: Contract | None = None, **fields: Value) -> Snapshot:
    """A record of a type of the company's own."""
    id = entity.id if entity else f"R{next(_numbers)}"
    kind = Kind.CONTRACT if entity else Kind.RECORD
    return _record(Ref(type, id), kind, entity, fields)


def runs(starts_on: date, ends_on: date | None, *, running: bool) -> Contract:
    return Contract(f"K{next(_numbers)}", None, starts_on, ends_on, running)


def _record(ref: Ref, kind: Kind, entity: Entity | None, fields: dict[str, Value]) -> Snapshot:
    modified_at = datetime.combine(AS_OF, datetime.min.time(), UTC)
    return Snapshot(ref, kind, entity, fields=fields, owner_id=ANN.id, modified_at=modified_at)


def _of(record: Snapshot, account: str | None, contact: str) -> Snapshot:
    entity = record.entity
    if isinstance(entity, Opportunity | Contract):
        entity = replace(entity, account_id=account)
    return replace(record, entity=entity, account_id=account, contact_id=contact)


SALES = Company(SALESFORCE, "Opportunity", "User")
HUB = Company(HUBSPOT, "deals", "owners")


def saas() -> list[Snapshot]:
    notice, end = date(2026, 10, 20), date(2026, 12, 31)
    leaving: dict[str, Value] = {
        "Notice_Date__c": notice,
        "End_Date__c": end,
        "ARR__c": Decimal(60_000),
    }
    leaving |= {"Status__c": "Cancel at period end", "Cancel_Notes__c": "too expensive for us"}
    renewal = SALES.lost(
        date(2026, 9, 15),
        Type="Renewal",
        Loss_Notes__c="Support never answered, we waited for weeks.",
    )
    return [
        *SALES.customer(
            other("Subscription__c", runs(date(2024, 1, 1), end, running=True), **leaving)
        ),
        *SALES.customer(SALES.won(date(2026, 8, 30), 900), renewal),
        *SALES.customer(SALES.lost(date(2026, 5, 4), Type="New Business")),
        *SALES.customer(SALES.won(date(2026, 8, 1), 900), SALES.lost(date(2026, 9, 1))),
    ]


def agency() -> list[Snapshot]:
    return [
        *HUB.customer(HUB.won(date(2025, 10, 1), 40_000), HUB.won(date(2026, 1, 15), 70_000)),
        *HUB.customer(HUB.won(date(2026, 8, 1), 5_000), HUB.lost(date(2026, 9, 20))),
        *HUB.customer(HUB.lost(date(2026, 3, 3))),
    ]


def gym() -> list[Snapshot]:
    def leaves(on: date, words: str) -> Snapshot:
        return other("2-4711", asked_on=on, last_day=on, in_their_words=words)

    def member(since: date, until: date | None) -> Snapshot:
        contract = runs(since, until, running=until is None)
        return other("2-4712", contract, joined_on=since, ends_on=until)

    left = date(2026, 9, 30)
    return [
        *HUB.customer(
            member(date(2025, 9, 1), left),
            leaves(left, "the trainer was rude to me"),
            person=True,
        ),
        *HUB.customer(
            member(date(2019, 1, 1), left), leaves(left, "too expensive for me"), person=True
        ),
        *HUB.customer(
            member(date(2019, 1, 1), left), leaves(left, "she moved to another city"), person=True
        ),
        *HUB.customer(member(date(2020, 1, 1), None), person=True),
    ]


def wholesale() -> list[Snapshot]:
    def orders(last: date, every: int, amount: int) -> list[Snapshot]:
        return [SALES.won(last - timedelta(days=every * n), amount) for n in range(3)]

    def closed(on: date, reason: str) -> Snapshot:
        return other("Account_Closure__c", Closed_On__c=on, Reason__c=reason)

    return [
        *SALES.customer(*orders(date(2026, 7, 1), 14, 900)),
        *SALES.customer(
            SALES.won(date(2026, 9, 1), 30_000), closed(date(2026, 9, 10), "Damaged goods")
        ),
        *SALES.customer(SALES.won(date(2026, 9, 1), 300), closed(date(2026, 9, 10), "Price")),
        *SALES.customer(*orders(date(2026, 8, 15), 90, 900)),
    ]


@dataclass(frozen=True, slots=True)
class Past:
    """A recipe, the CRM that it names, its company's records, and what their year was like."""

    recipe: str
    crm: str
    company: Company
    records: Callable[[], Sequence[Snapshot]]
    losses: dict[str, int]
    categories: dict[str, int]
    playbooks: dict[str, int]
    tasks: dict[str, int]


PASTS = [
    Past(
        "saas",
        "sales",
        SALES,
        saas,
        {"customer": 2, "deal": 1, "prospect": 1},
        {"price": 1, "service": 1, "unknown": 2},
        {"save": 1, "we failed them": 1, "lost prospect": 2},
        {
            "save / listen": 1,
            "save / export": 1,
            "we failed them / listen": 1,
            "lost prospect / ask": 2,
        },
    ),
    Past(
        "agency",
        "hub",
        HUB,
        agency,
        {"customer": 1, "deal": 1, "prospect": 1},
        {"unknown": 3},
        {"went quiet": 1, "pitch lost by a stranger": 1},
        {"went quiet / project_lead": 1, "pitch lost by a stranger / thank": 1},
    ),
    Past(
        "gym",
        "members",
        HUB,
        gym,
        {"customer": 3, "deal": 0, "prospect": 0},
        {"people": 1, "price": 1, "out_of_hands": 1},
        {"something was wrong with us": 1, "long-standing member": 1, "no playbook": 1},
        {
            "something was wrong with us / call": 1,
            "long-standing member / thank": 1,
            "long-standing member / permission": 1,
        },
    ),
    Past(
        "wholesale",
        "orders",
        SALES,
        wholesale,
        {"customer": 3, "deal": 0, "prospect": 0},
        {"unknown": 1, "quality": 1, "price": 1},
        {"stopped ordering": 1, "delivery went wrong": 1, "no playbook": 1},
        {"stopped ordering / call": 1, "delivery went wrong / visit": 1},
    ),
]


@pytest.mark.parametrize("past", PASTS, ids=lambda past: past.recipe)
def test_a_recipe_played_through_a_companys_past(past: Past, sqlite_url: str) -> None:
    found = replayed(past, sqlite_url)
    assert found["failed"] == 0
    told = found["new"]
    assert told["losses"] == past.losses
    assert told["categories"] == past.categories
    assert told["playbooks"] == past.playbooks
    assert told["tasks"]["by_rule"] == past.tasks
    assert told["tasks"]["parked"] == {}


def test_there_is_a_past_for_each_recipe() -> None:
    assert {past.recipe for past in PASTS} == {file.stem for file in COOKBOOK.glob("*.toml")}


def replayed(past: Past, url: str) -> dict[str, Any]:
    """`winback replay` of the recipe over a store that has read this company."""
    upgrade(url)
    engine = connect(url)
    with begin(engine) as connection:
        crms.state(connection, past.crm)
        records = [*past.company.people(), *past.records()]
        now = datetime.now(UTC)
        mirror.absorb(connection, past.crm, past.company.types, records, now, today=now.date())
    engine.dispose()
    file = str(COOKBOOK / f"{past.recipe}.toml")
    words = ["replay", "--as-of", AS_OF.isoformat(), "--json", file]
    result = CliRunner(env={"DATABASE_URL": url}).invoke(main, words)
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer
