"""What people do in one CRM all day long, beyond what the jobs' tests need."""

from __future__ import annotations

from abc import abstractmethod
from datetime import UTC, datetime, timedelta
from typing import Any

from integration.runtime import wall_clock
from tests.integration.jobs.stage import HubSpotStage, SalesforceStage, Stage
from tests.worlds import Lost

MARK = "Seen by a colleague."
"""What a person adds to a task's body."""


class Desk(Stage):
    """One CRM and the people in it. Our key of a task is read from its body's marker, as another
    program would."""

    def ours(self) -> dict[str, dict[str, Any]]:
        """Tasks of ours that stand in the CRM, by id, with their `key`."""
        return {
            row["id"]: {**row, "key": key}
            for row in self.tasks()
            if (key := key_in(str(row["body"])))
        }

    def keys_made(self) -> list[str]:
        """The key of every task that we ever made, those deleted since included."""
        return [
            key_in(str(entry.fields[self.body_field]))
            for entry in self.sandbox.world.ledger
            if (entry.crm, entry.verb, entry.type, entry.by)
            == (self.sandbox_name, "create", self.task_type, "api")
        ]

    def our_writes(self) -> list[tuple[str, str, frozenset[str]]]:
        """Type, id and field names of every write of ours, but for the set-up."""
        return [
            (entry.type, entry.id, frozenset(entry.fields))
            for entry in self.sandbox.world.ledger
            if entry.crm == self.sandbox_name
            and entry.by == "api"
            and entry.verb != "schema"
            and entry.type in self.written_types
        ]

    def stored(self, query: Any) -> list[Any]:
        """Rows of our store."""
        return self._rows(query)

    body_field = ""
    our_prefix = ""  # of our fields on records

    @abstractmethod
    def lose_again(self, lost: Lost) -> None: ...

    @abstractmethod
    def restore_deal(self, lost: Lost) -> None: ...

    @abstractmethod
    def win_again(self, lost: Lost) -> None:
        """The customer buys today."""

    @abstractmethod
    def merge(self, winner: Lost, loser: Lost) -> None: ...

    @abstractmethod
    def own_task(self, lost: Lost) -> str:
        """A person makes a task of their own; its id."""

    @abstractmethod
    def choose_on(self, type: str, id: str, reason: str | None) -> None:
        """A person sets or clears our reason field."""

    @abstractmethod
    def reason_on(self, type: str, id: str) -> str | None: ...

    @abstractmethod
    def add_to_body(self, task_id: str) -> None: ...

    @abstractmethod
    def stands(self, type: str, id: str) -> bool:
        """Whether a record is there under its own id, neither deleted nor merged away."""


def key_in(body: str) -> str:
    return body.rpartition("[winback:")[2].partition("]")[0] if "[winback:" in body else ""


class SalesDesk(SalesforceStage, Desk):
    body_field = "Description"
    our_prefix = "Winback_"

    def lose_again(self, lost: Lost) -> None:
        self.sandbox.salesforce.update("Opportunity", lost.deal, {"StageName": "Closed Lost"})

    def restore_deal(self, lost: Lost) -> None:
        self.sandbox.salesforce.restore("Opportunity", lost.deal)

    def win_again(self, lost: Lost) -> None:
        today = str(self.sandbox.world.clock.now().date())
        deal = {"Name": "back", "AccountId": lost.account, "OwnerId": lost.owner}
        won = {"StageName": "Closed Won", "CloseDate": today, "Amount": 900}
        self.sandbox.salesforce.create("Opportunity", {**deal, **won})

    def merge(self, winner: Lost, loser: Lost) -> None:
        self.sandbox.salesforce.merge("Account", winner.account, loser.account)

    def own_task(self, lost: Lost) -> str:
        row = {"Subject": "Lunch", "WhatId": lost.account, "OwnerId": lost.owner}
        return self.sandbox.salesforce.create("Task", {**row, "Description": "winback? no"})

    def choose_on(self, type: str, id: str, reason: str | None) -> None:
        self.sandbox.salesforce.update(type, id, {"Winback_Reason__c": reason})

    def reason_on(self, type: str, id: str) -> str | None:
        found: str | None = (self.sandbox.salesforce.get(type, id) or {}).get("Winback_Reason__c")
        return found

    def add_to_body(self, task_id: str) -> None:
        row = self.sandbox.salesforce.get("Task", task_id) or {}
        body = f"{MARK}\n{row['Description']}"
        self.sandbox.salesforce.update("Task", task_id, {"Description": body})

    def stands(self, type: str, id: str) -> bool:
        return any(row["Id"] == id for row in self.sandbox.salesforce.all(type))


class HubDesk(HubSpotStage, Desk):
    body_field = "hs_task_body"
    our_prefix = "winback_"

    def lose_again(self, lost: Lost) -> None:
        yesterday = (wall_clock() - timedelta(days=1)).isoformat()
        told = {"dealstage": "closedlost", "closedate": yesterday}
        self.sandbox.hubspot.update("deals", lost.deal, told)

    def restore_deal(self, lost: Lost) -> None:
        self.sandbox.hubspot.restore("deals", lost.deal)

    def win_again(self, lost: Lost) -> None:
        now = self.sandbox.world.clock.now()
        midnight = datetime(now.year, now.month, now.day, tzinfo=UTC).isoformat()
        deal = {"dealname": "back", "pipeline": "default", "dealstage": "closedwon"}
        given = {**deal, "amount": "900", "closedate": midnight, "hubspot_owner_id": lost.owner}
        self.sandbox.hubspot.create("deals", given, {"companies": [lost.account]})

    def merge(self, winner: Lost, loser: Lost) -> None:
        self.sandbox.hubspot.merge("companies", winner.account, loser.account)

    def own_task(self, lost: Lost) -> str:
        row = {"hs_task_subject": "Lunch", "hs_task_body": "winback? no"}
        row |= {"hs_timestamp": wall_clock().isoformat(), "hubspot_owner_id": lost.owner}
        return self.sandbox.hubspot.create("tasks", row, {"companies": [lost.account]})

    def choose_on(self, type: str, id: str, reason: str | None) -> None:
        self.sandbox.hubspot.update(type, id, {"winback_reason": reason or ""})

    def reason_on(self, type: str, id: str) -> str | None:
        return self.sandbox.hubspot.get(type, id).get("winback_reason") or None

    def add_to_body(self, task_id: str) -> None:
        body = f"{MARK}\n{self.sandbox.hubspot.get('tasks', task_id)['hs_task_body']}"
        self.sandbox.hubspot.update("tasks", task_id, {"hs_task_body": body})

    def stands(self, type: str, id: str) -> bool:
        return any(row["hs_object_id"] == id for row in self.sandbox.hubspot.all(type))
