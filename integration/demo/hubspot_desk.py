"""Brightfold's people at work in the sandbox HubSpot portal."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from connectors.hubspot.drafts import STATUS_DONE, property_name
from connectors.hubspot.paths import type_name
from connectors.sandbox.hubspot.portal import Portal
from integration.demo.desk import Customer, Todo
from integration.demo.loss_notes import Why
from rules.model import Field, Outcome, Ref

RUNS_ON = timedelta(days=120)
_LINK = re.compile(r"/record/([\w-]+)/(\d+)")


class HubSpotDesk:
    crm = "software"
    title = "HubSpot"

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def todos(self) -> list[Todo]:
        key = property_name(Field.KEY)
        return [self._todo(row) for row in self._portal.all("tasks") if row.get(key)]

    def _todo(self, row: Mapping[str, str]) -> Todo:
        id = row["hs_object_id"]
        body = shown(row.get("hs_task_body", ""))
        account_id = next(iter(self._portal.linked("tasks", id, "companies")), "")
        contact_id = next(iter(self._portal.linked("tasks", id, "contacts")), None)
        contact = self._portal.get("contacts", contact_id) if contact_id else {}
        link = _LINK.search(body)
        record = Ref(type_name(link[1]), link[2]) if link else Ref("companies", account_id)
        names = (contact.get("firstname"), contact.get("lastname"))
        return Todo(
            id=id,
            key=row[property_name(Field.KEY)],
            subject=row["hs_task_subject"],
            body=body,
            due_on=datetime.fromisoformat(row["hs_timestamp"]).date(),
            closed=row.get("hs_task_status") == STATUS_DONE,
            priority=row.get("hs_task_priority", "").capitalize(),
            owner=self._owner(row.get("hubspot_owner_id", "")),
            account_id=account_id,
            account=self._portal.get("companies", account_id)["name"] if account_id else "",
            record=record,
            contact_id=contact_id,
            contact=" ".join(name for name in names if name),
            outcome=row.get(property_name(Field.OUTCOME), ""),
        )

    def _owner(self, id: str) -> str:
        owner = self._portal.owners.get(id)
        return f"{owner.first_name} {owner.last_name}" if owner else ""

    def answer(self, todo: Todo, outcome: Outcome) -> None:
        values = {"hs_task_status": STATUS_DONE, property_name(Field.OUTCOME): outcome.value}
        self._portal.update("tasks", todo.id, values)

    def set_fields(self, record: Ref, values: Mapping[Field, str]) -> None:
        named = {property_name(name): value for name, value in values.items()}
        self._portal.update(record.type, record.id, named)

    def field(self, record: Ref, field: Field) -> str:
        return self._portal.get(record.type, record.id).get(property_name(field), "")

    def permit(self, contact_id: str, until: date) -> None:
        values = {Field.PERMISSION: "yes", Field.PERMISSION_UNTIL: until.isoformat()}
        self.set_fields(Ref("contacts", contact_id), values)

    def opt_out(self, contact_id: str) -> None:
        self._portal.update("contacts", contact_id, {"hs_email_optout": True})

    def contacts(self, account_id: str) -> int:
        return len(self._portal.linked("companies", account_id, "contacts"))

    def _reachable(self, account_id: str) -> bool:
        """Somebody is there, and nobody there has refused."""
        ids = self._portal.linked("companies", account_id, "contacts")
        people = [self._portal.get("contacts", id) for id in ids]
        refused = property_name(Field.PERMISSION)
        return bool(people) and not any(
            one.get("hs_email_optout") == "true" or one.get(refused) == "no" for one in people
        )

    def settled_customers(self, on: date) -> list[Customer]:
        runs_until = (on + RUNS_ON).isoformat()
        found = []
        for row in self._portal.all("subscriptions"):
            if row["status"] != "active" or row["ends_on"] < runs_until:
                continue
            account_id = self._portal.linked("subscriptions", row["hs_object_id"], "companies")[0]
            account = self._portal.get("companies", account_id)
            owner = self._portal.owners[account["hubspot_owner_id"]]
            if row["starts_on"] <= on.isoformat() and self._reachable(account_id):
                found.append(
                    Customer(
                        id=account_id,
                        name=account["name"],
                        agreement_id=row["hs_object_id"],
                        owner=self._owner(owner.id),
                        owner_left=owner.archived,
                    )
                )
        return found

    def wins(self, account_id: str, on: date) -> str:
        self._deal(account_id, on, "closedwon", "Shift Planner", {})
        return "Shift Planner"

    def loses_deal(self, customer: Customer, on: date, words: str) -> None:
        more = {"closed_lost_reason": "No budget", "loss_notes": words}
        self._deal(customer.id, on, "closedlost", "Insights", more)

    def _deal(
        self, account_id: str, on: date, stage: str, product: str, more: Mapping[str, Any]
    ) -> None:
        account = self._portal.get("companies", account_id)
        values = {
            "dealname": f"{account['name'][:80]}: {product}",
            "pipeline": "default",
            "dealstage": stage,
            "dealtype": "existingbusiness",
            "amount": "5400",
            "closedate": on.isoformat(),
            "product": product,
            "hubspot_owner_id": account["hubspot_owner_id"],
            **more,
        }
        self._portal.create("deals", values, {"companies": [account_id]})

    def cancels(self, customer: Customer, on: date, leaves_on: date, why: Why) -> None:
        values = {
            "status": "cancelled",
            "cancelled_on": on.isoformat(),
            "ends_on": leaves_on.isoformat(),
            "cancellation_reason": why.picked,
            "cancellation_notes": why.words,
        }
        self._portal.update("subscriptions", customer.agreement_id, values)

    def withdraws(self, agreement_id: str, runs_until: date) -> None:
        values = {"status": "active", "cancelled_on": "", "ends_on": runs_until.isoformat()}
        self._portal.update("subscriptions", agreement_id, values)

    def statuses(self) -> Mapping[str, int]:
        name = property_name(Field.STATUS)
        rows = self._portal.all("companies")
        return Counter(row[name] for row in rows if row.get(name))


def shown(body: str) -> str:
    """HubSpot's HTML as it reads on the screen."""
    lines = re.sub(r"<br\s*/?>|</p>", "\n", body)
    return html.unescape(re.sub(r"<[^>]+>", "", lines))
