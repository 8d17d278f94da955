"""Halden's people at work in the sandbox Salesforce org."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from connectors.salesforce.names import FIELD_NAMES, KEY_FIELD
from connectors.sandbox.salesforce.org import Org
from integration.demo.desk import Customer, Todo
from integration.demo.loss_notes import Why
from rules.model import Field, Outcome, Ref

RUNS_ON = timedelta(days=120)
_LINK = re.compile(r"/lightning/r/(\w+)/(\w+)/view")


class SalesforceDesk:
    crm = "sales"
    title = "Salesforce"

    def __init__(self, org: Org) -> None:
        self._org = org

    def todos(self) -> list[Todo]:
        return [self._todo(row) for row in self._org.all("Task") if row.get(KEY_FIELD)]

    def _todo(self, row: Mapping[str, Any]) -> Todo:
        body = str(row.get("Description") or "")
        account_id, contact_id = str(row.get("WhatId") or ""), row.get("WhoId")
        link = _LINK.search(body)
        return Todo(
            id=row["Id"],
            key=row[KEY_FIELD],
            subject=row["Subject"],
            body=body,
            due_on=date.fromisoformat(row["ActivityDate"]),
            closed=bool(row.get("IsClosed")),
            priority=row.get("Priority") or "",
            owner=self._name("User", row.get("OwnerId")),
            account_id=account_id,
            account=self._name("Account", account_id),
            record=Ref(*link.groups()) if link else Ref("Account", account_id),
            contact_id=contact_id,
            contact=self._name("Contact", contact_id),
            outcome=row.get(FIELD_NAMES[Field.OUTCOME]) or "",
        )

    def _name(self, type: str, id: str | None) -> str:
        row = self._org.get(type, id) if id else None
        return str(row["Name"]) if row else ""

    def answer(self, todo: Todo, outcome: Outcome) -> None:
        values = {"Status": "Completed", FIELD_NAMES[Field.OUTCOME]: outcome.value}
        self._org.update("Task", todo.id, values)

    def set_fields(self, record: Ref, values: Mapping[Field, str]) -> None:
        named = {FIELD_NAMES[name]: value for name, value in values.items()}
        self._org.update(record.type, record.id, named)

    def field(self, record: Ref, field: Field) -> str:
        row = self._org.get(record.type, record.id) or {}
        return str(row.get(FIELD_NAMES[field]) or "")

    def permit(self, contact_id: str, until: date) -> None:
        values = {Field.PERMISSION: "yes", Field.PERMISSION_UNTIL: until.isoformat()}
        self.set_fields(Ref("Contact", contact_id), values)

    def opt_out(self, contact_id: str) -> None:
        self._org.update("Contact", contact_id, {"HasOptedOutOfEmail": True})

    def contacts(self, account_id: str) -> int:
        return len(self._reachable()[account_id])

    def _reachable(self) -> dict[str, list[bool]]:
        """Account id -> for each of its contacts, whether we may talk to them."""
        found: dict[str, list[bool]] = {row["Id"]: [] for row in self._org.all("Account")}
        for row in self._org.all("Contact"):
            refused = row.get("HasOptedOutOfEmail") or row.get("DoNotCall")
            refused = refused or row.get(FIELD_NAMES[Field.PERMISSION]) == "no"
            found[row["AccountId"]].append(not refused)
        return found

    def settled_customers(self, on: date) -> list[Customer]:
        reachable = self._reachable()
        runs_until = (on + RUNS_ON).isoformat()
        found = []
        for row in self._org.all("Contract"):
            account = self._org.get("Account", row["AccountId"]) or {}
            owner = self._org.get("User", account.get("OwnerId", "")) or {}
            if row["Status"] != "Activated" or row["EndDate"] < runs_until:
                continue
            people = reachable[account["Id"]]
            if row["StartDate"] <= on.isoformat() and people and all(people):
                found.append(
                    Customer(
                        id=account["Id"],
                        name=account["Name"],
                        agreement_id=row["Id"],
                        owner=owner["Name"],
                        owner_left=not owner["IsActive"],
                    )
                )
        return found

    def wins(self, account_id: str, on: date) -> str:
        account = self._org.get("Account", account_id) or {}
        self._org.create("Opportunity", self._deal(account, on, "Closed Won", "LineWatch"))
        return "LineWatch"

    def loses_deal(self, customer: Customer, on: date, words: str) -> None:
        account = self._org.get("Account", customer.id) or {}
        deal = self._deal(account, on, "Closed Lost", "Spare Parts Plan")
        more = {"Loss_Reason__c": "No budget", "Loss_Notes__c": words}
        self._org.create("Opportunity", {**deal, **more})

    def _deal(
        self, account: Mapping[str, Any], on: date, stage: str, product: str
    ) -> dict[str, Any]:
        return {
            "AccountId": account["Id"],
            "Name": f"{account['Name'][:80]}: {product}",
            "StageName": stage,
            "Type": "Existing Business",
            "Amount": 9800,
            "CurrencyIsoCode": "EUR",
            "CloseDate": on.isoformat(),
            "OwnerId": account["OwnerId"],
            "Product__c": product,
        }

    def cancels(self, customer: Customer, on: date, leaves_on: date, why: Why) -> None:
        values = {
            "Status": "Cancelled",
            "Cancelled_On__c": on.isoformat(),
            "EndDate": leaves_on.isoformat(),
            "Cancellation_Reason__c": why.picked,
            "Cancellation_Notes__c": why.words,
        }
        self._org.update("Contract", customer.agreement_id, values)

    def withdraws(self, agreement_id: str, runs_until: date) -> None:
        values = {
            "Status": "Activated",
            "Cancelled_On__c": None,
            "EndDate": runs_until.isoformat(),
        }
        self._org.update("Contract", agreement_id, values)

    def statuses(self) -> Mapping[str, int]:
        name = FIELD_NAMES[Field.STATUS]
        return Counter(row[name] for row in self._org.all("Account") if row.get(name))
