"""One day of work by people, the same in both CRMs, and what it leaves there.

Every customer bought 400 days ago. All but Adler and Nord lost a deal yesterday, and so have
tasks when the day begins. Of Jung alone nobody knows why: `FIND_OUT` asks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Protocol

from connectors.sandbox.hubspot.owners import PortalOwner
from connectors.sandbox.server import Sandbox
from integration.runtime import wall_clock

SILENT = "Jung"
GONE = ("Berg", "Celik", "Dorn", "Ernst", "Frey", "Graf", "Hahn", "Iven", SILENT)
STAYING = ("Adler", "Nord")

FIND_OUT = """
[[playbook]]
name = "nobody knows why"
when = { category = "unknown" }
until = "reason_known"
[[playbook.task]]
key = "find_out"
subject = "Ask {{ account.name }} why"
"""


@dataclass(frozen=True)
class Customer:
    account: str
    contact: str
    deal: str  # the one that was lost, or is open


def day(ago: int) -> date:
    return wall_clock().date() - timedelta(days=ago)


def said_by(name: str) -> str:
    return "" if name == SILENT else "too expensive"


class Desk(Protocol):
    """What people do in one CRM, and what stands there."""

    @property
    def customers(self) -> Mapping[str, Customer]: ...

    def set_stage(self, name: str, stage: str) -> None: ...
    def win_again(self, name: str) -> None: ...
    def complete_a_task(self, name: str) -> None: ...
    def delete_deal(self, name: str) -> None: ...
    def delete_and_restore_deal(self, name: str) -> None: ...
    def merge(self, winner: str, loser: str) -> None: ...
    def hand_over(self, name: str) -> None: ...
    def opt_out(self, name: str) -> None: ...
    def choose_reason(self, name: str) -> None: ...
    def find_out(self, name: str) -> None: ...
    def tasks(self) -> set[tuple[Any, ...]]: ...
    def fields(self) -> dict[tuple[str, str], Any]: ...


STEPS: tuple[Callable[[Desk], None], ...] = (
    lambda desk: desk.set_stage("Adler", "lost"),
    lambda desk: desk.win_again("Berg"),
    lambda desk: desk.complete_a_task("Celik"),
    lambda desk: desk.delete_deal("Dorn"),
    lambda desk: desk.merge("Nord", "Ernst"),
    lambda desk: desk.hand_over("Frey"),
    lambda desk: desk.delete_and_restore_deal("Iven"),
    lambda desk: desk.opt_out("Graf"),
    lambda desk: desk.choose_reason("Hahn"),
    lambda desk: desk.find_out(SILENT),
)


class SalesDesk:
    def __init__(self, sandbox: Sandbox) -> None:
        self.org = sandbox.salesforce
        self.ann, self.bob = self._user("Ann Lee"), self._user("Bob Ray")
        self.customers = {name: self._customer(name) for name in (*GONE, *STAYING)}

    def _user(self, name: str) -> str:
        first, last = name.split()
        mail = f"{first.lower()}@acme.example"
        person = {"LastName": last, "Username": mail, "Email": mail}
        return self.org.create("User", {"Name": name, "IsActive": True, **person})

    def _customer(self, name: str) -> Customer:
        account = self.org.create("Account", {"Name": name, "OwnerId": self.ann})
        contact = self.org.create("Contact", {"LastName": f"of {name}", "AccountId": account})
        self._deal(name, account, "Closed Won", day(400))
        lost = name in GONE
        stage = "Closed Lost" if lost else "Prospecting"
        return Customer(account, contact, self._deal(name, account, stage, day(1)))

    def _deal(self, name: str, account: str, stage: str, closed_on: date) -> str:
        deal = {"Name": f"{name} {stage}", "AccountId": account, "OwnerId": self.ann}
        told = {"StageName": stage, "CloseDate": str(closed_on), "Description": said_by(name)}
        return self.org.create("Opportunity", {**deal, **told, "Amount": 5_000})

    def set_stage(self, name: str, stage: str) -> None:
        names = {"lost": "Closed Lost", "open": "Prospecting"}
        self.org.update("Opportunity", self.customers[name].deal, {"StageName": names[stage]})

    def win_again(self, name: str) -> None:
        self._deal(name, self.customers[name].account, "Closed Won", day(0))

    def complete_a_task(self, name: str) -> None:
        account = self.customers[name].account
        rows = [row for row in self.org.all("Task") if row.get("WhatId") == account]
        first = min(rows, key=lambda row: str(row["Subject"]))
        self.org.update("Task", first["Id"], {"Status": "Completed"})

    def delete_deal(self, name: str) -> None:
        self.org.delete("Opportunity", self.customers[name].deal)

    def delete_and_restore_deal(self, name: str) -> None:
        self.delete_deal(name)
        self.org.restore("Opportunity", self.customers[name].deal)

    def merge(self, winner: str, loser: str) -> None:
        self.org.merge("Account", self.customers[winner].account, self.customers[loser].account)

    def hand_over(self, name: str) -> None:
        self.org.update("Account", self.customers[name].account, {"OwnerId": self.bob})

    def opt_out(self, name: str) -> None:
        self.org.update("Contact", self.customers[name].contact, {"HasOptedOutOfEmail": True})

    def choose_reason(self, name: str) -> None:
        self.org.update("Account", self.customers[name].account, {"Winback_Reason__c": "service"})

    def find_out(self, name: str) -> None:
        self.org.update("Opportunity", self.customers[name].deal, {"Winback_Reason__c": "price"})

    def tasks(self) -> set[tuple[Any, ...]]:
        names = {row["Id"]: row["Name"] for row in self.org.all("Account", deleted=True)}
        shown = ("Subject", "ActivityDate", "OwnerId", "Priority", "IsClosed")
        return {
            (names[row["WhatId"]], *(row.get(one) for one in shown)) for row in self.org.all("Task")
        }

    def fields(self) -> dict[tuple[str, str], Any]:
        return {
            (row["Name"], field): value
            for type in ("Account", "Opportunity")
            for row in self.org.all(type)
            for field, value in row.items()
            if field.startswith("Winback_")
        }


class HubDesk:
    def __init__(self, sandbox: Sandbox) -> None:
        self.portal = sandbox.hubspot
        for number, first in ((1, "Ann"), (2, "Bob")):
            mail = f"{first.lower()}@acme.example"
            self.portal.add_owner(PortalOwner(f"700{number}", mail, first, "Lee", user_id=number))
        self.customers = {name: self._customer(name) for name in (*GONE, *STAYING)}

    def _customer(self, name: str) -> Customer:
        own = {"hubspot_owner_id": "7001"}
        account = self.portal.create("companies", {"name": name, **own})
        person = {"lastname": f"of {name}"}
        contact = self.portal.create("contacts", person, {"companies": [account]})
        self._deal(name, account, contact, "closedwon", day(400))
        stage = "closedlost" if name in GONE else "appointmentscheduled"
        return Customer(account, contact, self._deal(name, account, contact, stage, day(1)))

    def _deal(self, name: str, account: str, contact: str, stage: str, closed_on: date) -> str:
        deal = {"dealname": f"{name} {stage}", "pipeline": "default", "hubspot_owner_id": "7001"}
        told = {"dealstage": stage, "amount": "5000", "closed_lost_reason": said_by(name)}
        dates = {"closedate": _midnight(closed_on), "createdate": _midnight(closed_on)}
        links = {"companies": [account], "contacts": [contact]}
        return self.portal.create("deals", {**deal, **told, **dates}, links)

    def set_stage(self, name: str, stage: str) -> None:
        names = {"lost": "closedlost", "open": "appointmentscheduled"}
        self.portal.update("deals", self.customers[name].deal, {"dealstage": names[stage]})

    def win_again(self, name: str) -> None:
        customer = self.customers[name]
        self._deal(name, customer.account, customer.contact, "closedwon", day(0))

    def complete_a_task(self, name: str) -> None:
        rows = {row["hs_object_id"]: row for row in self.portal.all("tasks")}
        mine = self.portal.linked("companies", self.customers[name].account, "tasks")
        first = min(mine, key=lambda id: rows[id]["hs_task_subject"])
        self.portal.update("tasks", first, {"hs_task_status": "COMPLETED"})

    def delete_deal(self, name: str) -> None:
        self.portal.delete("deals", self.customers[name].deal)

    def delete_and_restore_deal(self, name: str) -> None:
        self.delete_deal(name)
        self.portal.restore("deals", self.customers[name].deal)

    def merge(self, winner: str, loser: str) -> None:
        self.portal.merge(
            "companies", self.customers[winner].account, self.customers[loser].account
        )

    def hand_over(self, name: str) -> None:
        self.portal.update("companies", self.customers[name].account, {"hubspot_owner_id": "7002"})

    def opt_out(self, name: str) -> None:
        self.portal.update("contacts", self.customers[name].contact, {"hs_email_optout": "true"})

    def choose_reason(self, name: str) -> None:
        self.portal.update("companies", self.customers[name].account, {"winback_reason": "service"})

    def find_out(self, name: str) -> None:
        self.portal.update("deals", self.customers[name].deal, {"winback_reason": "price"})

    def tasks(self) -> set[tuple[Any, ...]]:
        names = {row["hs_object_id"]: row["name"] for row in self.portal.all("companies")}
        shown = ("hs_task_subject", "hs_timestamp", "hubspot_owner_id", "hs_task_status")
        return {
            (
                *(names[one] for one in self._companies_of(row["hs_object_id"])),
                *(row.get(one) for one in shown),
            )
            for row in self.portal.all("tasks")
        }

    def _companies_of(self, task: str) -> list[str]:
        return self.portal.linked("tasks", task, "companies")

    def fields(self) -> dict[tuple[str, str], Any]:
        return {
            (row.get("name") or row["dealname"], field): value
            for type in ("companies", "deals")
            for row in self.portal.all(type)
            for field, value in row.items()
            if field.startswith("winback_")
        }


def _midnight(on: date) -> str:
    return datetime.combine(on, time(), UTC).isoformat()
