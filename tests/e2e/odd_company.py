"""One customer at a time, lost yesterday, with whatever a test wants to be odd about them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from connectors.sandbox.hubspot.owners import PortalOwner
from connectors.sandbox.server import Sandbox
from integration.runtime import wall_clock

Fields = Mapping[str, Any]
NONE: Fields = {}

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Customer:
    """The ids of one lost customer's records; `contact` is empty where there is none."""

    account: str
    contact: str
    deal: str


@dataclass(frozen=True)
class Task:
    """One of our tasks as it stands in a CRM, under the same names for both."""

    id: str
    subject: str
    body: str
    owner: str


def day(days_ago: int) -> str:
    return str(wall_clock().date() - timedelta(days=days_ago))


class Sales:
    """The sandbox's Salesforce org."""

    name = "sales"
    deal_type, account_type, contact_type = "Opportunity", "Account", "Contact"

    def __init__(self, sandbox: Sandbox) -> None:
        self.org = sandbox.salesforce
        self.owner = self.user("Ann Lee")

    def user(self, name: str, **odd: Any) -> str:
        mail = f"u{next(_numbers)}@acme.example"
        first, _, last = name.partition(" ")
        usual = {"FirstName": first, "LastName": last, "Username": mail, "Email": mail}
        return self.org.create("User", {**usual, "IsActive": True, **odd})

    def lose(
        self,
        account: Fields = NONE,
        contact: Fields | None = NONE,
        deal: Fields = NONE,
        won: Fields = NONE,
    ) -> Customer:
        """A customer who bought 400 days ago and lost a deal yesterday."""
        name = f"Odd {next(_numbers)}"
        account_id = self.org.create("Account", {"Name": name, "OwnerId": self.owner, **account})
        contact_id = ""
        if contact is not None:
            person = {"LastName": f"Bauer of {name}", "AccountId": account_id, **contact}
            contact_id = self.org.create("Contact", person)
        usual = {"Name": f"{name} deal", "AccountId": account_id, "OwnerId": self.owner}
        bought = {"StageName": "Closed Won", "CloseDate": day(400), "Amount": 60_000}
        self.org.create("Opportunity", {**usual, **bought, **won})
        lost = {"StageName": "Closed Lost", "CloseDate": day(1), "Description": "too expensive"}
        return Customer(
            account_id, contact_id, self.org.create("Opportunity", {**usual, **lost, **deal})
        )

    def tasks(self, customer: Customer) -> list[Task]:
        return [
            Task(row["Id"], row["Subject"], row["Description"], row["OwnerId"])
            for row in self.org.all("Task")
            if row.get("WhatId") == customer.account
        ]

    def email(self, user: str) -> str:
        return str(self.get("User", user)["Email"])

    def leave(self, user: str) -> None:
        """They do not work here any more."""
        self.org.update("User", user, {"IsActive": False})

    def hand_over(self, customer: Customer, user: str | None) -> None:
        self.org.update("Account", customer.account, {"OwnerId": user})

    def put(self, type: str, id: str, field: str, value: str) -> None:
        self.org.update(type, id, {field: value})

    def delete(self, type: str, id: str) -> None:
        self.org.delete(type, id)

    def lonely_deal(self) -> None:
        """A lost deal that belongs to nobody."""
        lost = {"StageName": "Closed Lost", "CloseDate": day(1), "OwnerId": self.owner}
        self.org.create("Opportunity", {"Name": "Lonely", **lost})

    def restrict(self, field: str) -> None:
        """An admin lets a picklist take its own values only."""
        for type in ("Opportunity", "Account"):
            self.org.object(type).fields[field.lower()].restricted = True

    def make_parent(self, parent: Customer, of: Customer) -> None:
        self.org.update("Account", of.account, {"ParentId": parent.account})

    def get(self, type: str, id: str) -> Fields:
        return self.org.get(type, id) or {}


class Hub:
    """The sandbox's HubSpot portal."""

    name = "hub"
    deal_type, account_type, contact_type = "deals", "companies", "contacts"

    def __init__(self, sandbox: Sandbox) -> None:
        self.portal = sandbox.hubspot
        self.owner = "7001"
        self.portal.add_owner(PortalOwner("7001", "ann@acme.example", "Ann", "Lee", user_id=1))

    def lose(
        self,
        account: Fields = NONE,
        contact: Fields | None = NONE,
        deal: Fields = NONE,
        won: Fields = NONE,
    ) -> Customer:
        """A customer who bought 400 days ago and lost a deal yesterday."""
        name, own = f"Odd {next(_numbers)}", {"hubspot_owner_id": self.owner}
        company = self.portal.create("companies", {"name": name, **own, **account})
        links, person = {"companies": [company]}, ""
        if contact is not None:
            usual = {"lastname": f"Bauer of {name}", **contact}
            person = self.portal.create("contacts", usual, {"companies": [company]})
            links["contacts"] = [person]
        both = {"dealname": f"{name} deal", "pipeline": "default", "createdate": day(500), **own}
        bought = {"dealstage": "closedwon", "closedate": day(400), "amount": "60000"}
        self.portal.create("deals", {**both, **bought, **won}, links)
        lost = {"dealstage": "closedlost", "closedate": day(1)}
        lost["closed_lost_reason"] = "too expensive"
        return Customer(
            company, person, self.portal.create("deals", {**both, **lost, **deal}, links)
        )

    def tasks(self, customer: Customer) -> list[Task]:
        ids = self.portal.linked("companies", customer.account, "tasks")
        rows = [self.get("tasks", id) for id in ids]
        return [
            Task(
                row["hs_object_id"],
                row["hs_task_subject"],
                row["hs_task_body"],
                row["hubspot_owner_id"],
            )
            for row in rows
        ]

    def user(self, name: str) -> str:
        number = 7100 + next(_numbers)
        first, _, last = name.partition(" ")
        mail = f"u{number}@acme.example"
        self.portal.add_owner(PortalOwner(str(number), mail, first, last, user_id=number))
        return str(number)

    def email(self, user: str) -> str:
        return self.portal.owners[user].email

    def leave(self, user: str) -> None:
        """They do not work here any more."""
        self.portal.add_owner(replace(self.portal.owners[user], archived=True))

    def hand_over(self, customer: Customer, user: str | None) -> None:
        self.portal.update("companies", customer.account, {"hubspot_owner_id": user or ""})

    def put(self, type: str, id: str, field: str, value: str) -> None:
        self.portal.update(type, id, {field: value})

    def delete(self, type: str, id: str) -> None:
        self.portal.delete(type, id)

    def lonely_deal(self) -> None:
        """A lost deal that belongs to nobody."""
        lost = {"dealstage": "closedlost", "closedate": day(1), "hubspot_owner_id": self.owner}
        self.portal.create("deals", {"dealname": "Lonely", "pipeline": "default", **lost})

    def get(self, type: str, id: str) -> Fields:
        return self.portal.get(type, id) or {}


Crm = Sales | Hub
