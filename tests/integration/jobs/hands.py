"""What people do to our tasks and fields in the CRM, in the words of either CRM, and what stands
there and in our store afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from connectors.sandbox.salesforce.fields import Option
from integration.store import outbox
from integration.store.engine import begin, connect, reading
from integration.store.tables import field_values, tasks
from rules.model import Field
from tests.integration.jobs.stage import HubSpotStage, SalesforceStage, Stage
from tests.worlds import Lost

SALESFORCE: Mapping[str, str] = {
    "owner": "OwnerId",
    "due": "ActivityDate",
    "subject": "Subject",
    "body": "Description",
    "status": "Status",
    "outcome": "Winback_Outcome__c",
    "key": "Winback_Key__c",
    "words": "Description",
}
HUBSPOT: Mapping[str, str] = {
    "owner": "hubspot_owner_id",
    "due": "hs_timestamp",
    "subject": "hs_task_subject",
    "body": "hs_task_body",
    "status": "hs_task_status",
    "outcome": "winback_outcome",
    "key": "winback_key",
    "words": "closed_lost_reason",
}
STATUSES = {"sales": ("Not Started", "Completed"), "hub": ("NOT_STARTED", "COMPLETED")}


@dataclass(frozen=True)
class Hands:
    """A person at work in the CRM of a stage."""

    stage: Stage

    @property
    def words(self) -> Mapping[str, str]:
        return SALESFORCE if isinstance(self.stage, SalesforceStage) else HUBSPOT

    def is_busy(self, skip: int) -> None:
        """After so many writes the CRM refuses one, and says for certain that it did nothing."""
        status = 423 if isinstance(self.stage, HubSpotStage) else 406
        self.stage.fault("status", skip=skip, status=status)

    # ---- tasks

    def task(self, number: int = 0) -> str:
        """One of our tasks, in the order in which they were made."""
        return str(sorted(task["id"] for task in self.stage.tasks())[number])

    def change(self, task: str, **values: str) -> None:
        fields = {self.words[name]: value for name, value in values.items()}
        self._update(self.stage.task_type, task, fields)

    def complete(self, task: str) -> None:
        self.change(task, status=STATUSES[self.stage.crm][1])

    def reopen(self, task: str) -> None:
        self.change(task, status=STATUSES[self.stage.crm][0])

    def move(self, task: str, account: str) -> None:
        """To another account."""
        if isinstance(self.stage, HubSpotStage):
            portal = self.stage.sandbox.hubspot
            for old in portal.linked("tasks", task, "companies"):
                portal.dissociate("tasks", task, "companies", old)
            portal.associate("tasks", task, "companies", account)
            return
        self.stage.sandbox.salesforce.update("Task", task, {"WhatId": account})

    def offer_outcome(self, value: str) -> None:
        """An admin adds a value to the outcomes of tasks."""
        if isinstance(self.stage, HubSpotStage):
            portal = self.stage.sandbox.hubspot
            portal.widen_options(portal.types.get("tasks"), "winback_outcome", [value])
            return
        definition = self.stage.sandbox.salesforce.object("Task").field("Winback_Outcome__c")
        assert definition is not None
        definition.options = [*definition.options, Option(value, value)]

    def delete(self, task: str) -> None:
        self.stage.task_change(task, "delete")

    def seen(self, task: str) -> dict[str, Any] | None:
        """The task as it stands in the CRM, what the CRM itself stamps left out; None where it
        is deleted."""
        if isinstance(self.stage, HubSpotStage):
            found = [
                t for t in self.stage.sandbox.hubspot.all("tasks") if t["hs_object_id"] == task
            ]
            linked = self.stage.sandbox.hubspot.linked
            where: dict[str, Any] = {"on": linked("tasks", task, "companies")} if found else {}
        else:
            found = [t for t in self.stage.sandbox.salesforce.all("Task") if t["Id"] == task]
            where = {"on": found[0]["WhatId"]} if found else {}
        if not found:
            return None
        return {
            name: found[0].get(self.words[name]) for name in SALESFORCE if name != "words"
        } | where

    def stored(self, task: str) -> dict[str, Any]:
        """What we know of it: state, owner_id, outcome."""
        return self._row(sa.select(tasks).where(tasks.c.crm_id == task))

    # ---- fields

    def says(self, lost: Lost, words: str) -> None:
        """The customer's words on the lost deal."""
        self._update(self.stage.deal_type, lost.deal, {self.words["words"]: words})

    def our_field(self, lost: Lost, field: Field) -> str | None:
        """What stands in one of our fields on the lost deal."""
        if isinstance(self.stage, HubSpotStage):
            deal = self.stage.sandbox.hubspot.get("deals", lost.deal)
            return deal.get(f"winback_{field.value}") or None
        row = self.stage.sandbox.salesforce.get("Opportunity", lost.deal) or {}
        name = f"winback_{field.value}__c"
        return next((value for key, value in row.items() if key.lower() == name), None)

    def written(self, lost: Lost, field: Field) -> tuple[str | None, bool] | None:
        """What our store has of it: the value that the CRM took from us, and whether the field
        is a person's."""
        row = self._row(
            sa.select(field_values).where(
                field_values.c.record_id == lost.deal, field_values.c.field == field.value
            )
        )
        return (row["written"], row["theirs"]) if row else None

    def fill(self, lost: Lost, field: Field, value: str) -> None:
        """A person fills one of our fields on the lost deal."""
        hubspot = isinstance(self.stage, HubSpotStage)
        name = f"winback_{field.value}" if hubspot else f"Winback_{field.value.title()}__c"
        self._update(self.stage.deal_type, lost.deal, {name: value})

    def lose_again(self, lost: Lost) -> None:
        """A deal that was open again is lost again."""
        if isinstance(self.stage, HubSpotStage):
            closed = {"dealstage": "closedlost", "closedate": self.stage.wall().isoformat()}
        else:
            closed = {"StageName": "Closed Lost"}
        self._update(self.stage.deal_type, lost.deal, closed)

    def new_account(self) -> str:
        if isinstance(self.stage, HubSpotStage):
            return self.stage.sandbox.hubspot.create("companies", {"name": "Initech"})
        return self.stage.sandbox.salesforce.create("Account", {"Name": "Initech"})

    def merge(self, *, winner: str, loser: str) -> None:
        """Two accounts become one."""
        if isinstance(self.stage, HubSpotStage):
            self.stage.sandbox.hubspot.merge("companies", winner, loser)
        else:
            self.stage.sandbox.salesforce.merge("Account", winner, loser)

    def tasks_on(self, account: str) -> list[str]:
        if isinstance(self.stage, HubSpotStage):
            return self.stage.sandbox.hubspot.linked("companies", account, "tasks")
        rows = self.stage.sandbox.salesforce.all("Task")
        return [row["Id"] for row in rows if row["WhatId"] == account]

    def make_reason_read_only(self) -> None:
        """An admin lets nobody of an API write our reason on deals any more."""
        if isinstance(self.stage, HubSpotStage):
            properties = self.stage.sandbox.hubspot.catalogues["deals"].properties
            properties["winback_reason"] = replace(properties["winback_reason"], read_only=True)
        else:
            self.stage.sandbox.salesforce.schema.grants["Opportunity", "Winback_Reason__c"] = False

    def offer_reasons(self, *values: str) -> None:
        """What the picklist of the deals has."""
        if isinstance(self.stage, HubSpotStage):
            portal = self.stage.sandbox.hubspot
            portal.define_property("deals", "winback_reason", "enumeration", options=values)
            return
        definition = self.stage.sandbox.salesforce.object("Opportunity").field("Winback_Reason__c")
        assert definition is not None
        definition.restricted = True
        definition.options = [
            replace(option, active=option.value in values) for option in definition.options
        ]

    def requeue(self) -> int:
        """`winback requeue`."""
        engine = connect(self.stage.url)
        with begin(engine) as connection:
            sent = outbox.requeue(connection, self.stage.wall())
        engine.dispose()
        return sent

    def _update(self, type: str, id: str, fields: Mapping[str, Any]) -> None:
        if isinstance(self.stage, HubSpotStage):
            self.stage.sandbox.hubspot.update(type, id, fields)
        else:
            nothing = {name: value or None for name, value in fields.items()}
            self.stage.sandbox.salesforce.update(type, id, nothing)

    def _row(self, query: Any) -> dict[str, Any]:
        engine = connect(self.stage.url)
        with reading(engine) as connection:
            row = connection.execute(query).mappings().first()
        engine.dispose()
        return dict(row) if row else {}
