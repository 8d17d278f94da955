"""One CRM with lost customers in it and the product beside it, the same to tests for both CRMs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from connectors.sandbox.hubspot.owners import PortalOwner
from connectors.sandbox.server import Sandbox
from connectors.sandbox.world import Fault
from integration.once import Run, once
from integration.runtime import wall_clock
from integration.store import outbox
from integration.store.engine import begin, connect
from tests import worlds
from tests.integration.jobs.books import Books
from tests.worlds import Lost


@dataclass
class Stage(Books, ABC):
    """`run` is `winback once`, by a wall clock that its waiting moves on: nobody really waits."""

    sandbox: Sandbox
    url: str
    folder: Path
    lost: list[Lost] = field(default_factory=list)
    waited: timedelta = timedelta()
    while_waiting: Callable[[], None] | None = None  # once, at the first wait
    once_decided: Callable[[], None] | None = None  # once, between deciding and writing
    watching: Callable[[str, int], object] | None = None  # what is done, and how many

    crm = ""  # the rule file's name for it
    sandbox_name = ""

    def lose(self, count: int = 1, **choices: Any) -> Lost:
        """So many customers leave; answers the last of them."""
        self.lost += self._lose(count, **choices)
        return self.lost[-1]

    def provision(self) -> None:
        worlds.provision(self.url, self.config())

    def config(self, **choices: Any) -> Path:
        return worlds.rule_file(self.folder, self.sandbox, crms=(self.crm,), **choices)

    def run(
        self,
        *,
        now: Callable[[], datetime] = wall_clock,
        dry_run: bool = False,
        really_waiting: bool = False,
        **choices: Any,
    ) -> Run:
        config = self.config(**choices)
        wall = wall_clock if really_waiting else self.wall
        with worlds.runtime(
            self.url, config, now=now, wall=wall, dry_run=dry_run, progress=self
        ) as parts:
            if not really_waiting:
                parts.sleep = self.wait
            return once(parts, as_of=now().isoformat())

    def resume_held(self) -> None:
        """`winback resume-held`."""
        engine = connect(self.url)
        with begin(engine) as connection:
            outbox.release(connection, self.crm, "storm", self.wall())
        engine.dispose()

    def wall(self) -> datetime:
        return wall_clock() + self.waited

    def wait(self, seconds: float) -> None:
        self.waited += timedelta(seconds=seconds)
        happens, self.while_waiting = self.while_waiting, None
        if happens:
            happens()

    def step(self, crm: str, what: str, done: int, total: int | None) -> None:  # noqa: ARG002
        """A run's progress."""
        if self.watching:
            self.watching(what, done)
        if what == "customers decided" and self.once_decided:
            happens, self.once_decided = self.once_decided, None
            happens()

    def report(self, run: Run) -> dict[str, Any]:
        found: dict[str, Any] = run.report["crms"][self.crm]
        return found

    def fault(self, action: str, kind: str = "write", **more: Any) -> None:
        """Planned for the next call of this kind."""
        self.sandbox.world.faults.append(Fault(action, crm=self.sandbox_name, kind=kind, **more))

    def writes(self) -> int:
        """How many records were written by callers of the API, schema and set-up left out."""
        return sum(
            entry.crm == self.sandbox_name
            and entry.by == "api"
            and entry.verb != "schema"
            and entry.type in self.written_types
            for entry in self.sandbox.world.ledger
        )

    def calls(self, kind: str) -> int:
        return self.sandbox.world.calls[self.sandbox_name, kind]

    def made(self) -> Counter[tuple[str, str]]:
        """(account, task of the playbook) of every task that we ever made."""
        return Counter(
            self._made(entry.fields)
            for entry in self.sandbox.world.ledger
            if (entry.crm, entry.verb, entry.type, entry.by)
            == (self.sandbox_name, "create", self.task_type, "api")
        )

    def wanted(self) -> Counter[tuple[str, str]]:
        return Counter((lost.account, task) for lost in self.lost for task in worlds.TASK_KEYS)

    task_type = ""
    deal_type = ""
    account_type = ""
    written_types: ClassVar[frozenset[str]] = frozenset()

    @abstractmethod
    def _lose(self, count: int, **choices: Any) -> list[Lost]: ...

    @abstractmethod
    def _made(self, fields: Any) -> tuple[str, str]: ...

    @abstractmethod
    def new_owner(self, name: str, active: bool = True) -> str: ...

    @abstractmethod
    def owner_leaves(self, owner: str) -> None: ...

    @abstractmethod
    def tasks(self) -> list[dict[str, Any]]:
        """Tasks that stand in the CRM, with `id`, `owner`, `closed`, `subject`, `body`."""

    @abstractmethod
    def task_change(self, task_id: str, what: str, value: str = "") -> None:
        """A person does something to a task: close, reassign, delete or retitle."""

    @abstractmethod
    def reason(self, lost: Lost, type: str = "") -> str | None:
        """Our reason field on the lost deal, or on the account."""

    @abstractmethod
    def choose(self, lost: Lost, reason: str | None) -> None:
        """A person sets our reason field on the lost deal."""

    @abstractmethod
    def reopen(self, lost: Lost) -> None: ...

    @abstractmethod
    def delete_deal(self, lost: Lost) -> None: ...


class SalesforceStage(Stage):
    crm = "sales"
    sandbox_name = "salesforce"
    task_type = "Task"
    deal_type = "Opportunity"
    account_type = "Account"
    written_types = frozenset({"Task", "Opportunity", "Account", "Contact"})

    def _lose(self, count: int, **choices: Any) -> list[Lost]:
        return worlds.salesforce_losses(self.sandbox.salesforce, count, **choices)

    def _made(self, fields: Any) -> tuple[str, str]:
        return fields["WhatId"], fields["Description"].rpartition("[winback:")[2].split(":")[1]

    def new_owner(self, name: str, active: bool = True) -> str:
        return worlds.salesforce_user(self.sandbox.salesforce, name, active)

    def owner_leaves(self, owner: str) -> None:
        self.sandbox.salesforce.update("User", owner, {"IsActive": False})

    def tasks(self) -> list[dict[str, Any]]:
        return [
            {
                "id": row["Id"],
                "owner": row["OwnerId"],
                "closed": row["IsClosed"],
                "subject": row["Subject"],
                "body": row["Description"],
            }
            for row in self.sandbox.salesforce.all("Task")
        ]

    def task_change(self, task_id: str, what: str, value: str = "") -> None:
        org = self.sandbox.salesforce
        if what == "delete":
            org.delete("Task", task_id)
            return
        fields: dict[str, dict[str, Any]] = {
            "close": {"Status": "Completed"},
            "reassign": {"OwnerId": value},
            "retitle": {"Subject": value},
        }
        org.update("Task", task_id, fields[what])

    def reason(self, lost: Lost, type: str = "") -> str | None:
        type = type or self.deal_type
        id = lost.account if type == self.account_type else lost.deal
        found: str | None = (self.sandbox.salesforce.get(type, id) or {}).get("Winback_Reason__c")
        return found

    def choose(self, lost: Lost, reason: str | None) -> None:
        self.sandbox.salesforce.update(self.deal_type, lost.deal, {"Winback_Reason__c": reason})

    def reopen(self, lost: Lost) -> None:
        self.sandbox.salesforce.update(self.deal_type, lost.deal, {"StageName": "Prospecting"})

    def delete_deal(self, lost: Lost) -> None:
        self.sandbox.salesforce.delete(self.deal_type, lost.deal)


class HubSpotStage(Stage):
    crm = "hub"
    sandbox_name = "hubspot"
    task_type = "tasks"
    deal_type = "deals"
    account_type = "companies"
    written_types = frozenset({"tasks", "deals", "companies", "contacts"})

    def _lose(self, count: int, **choices: Any) -> list[Lost]:
        return worlds.hubspot_losses(self.sandbox.hubspot, count, **choices)

    def _made(self, fields: Any) -> tuple[str, str]:
        key = fields["hs_task_body"].rpartition("[winback:")[2]
        return fields["associations"]["companies"][0], key.split(":")[1]

    def new_owner(self, name: str, active: bool = True) -> str:
        return worlds.hubspot_owner(self.sandbox.hubspot, name, archived=not active)

    def owner_leaves(self, owner: str) -> None:
        portal = self.sandbox.hubspot
        portal.add_owner(PortalOwner(owner, "gone@acme.example", "Gone", "Person", archived=True))

    def tasks(self) -> list[dict[str, Any]]:
        return [
            {
                "id": row["hs_object_id"],
                "owner": row.get("hubspot_owner_id"),
                "closed": row.get("hs_task_status") == "COMPLETED",
                "subject": row["hs_task_subject"],
                "body": row["hs_task_body"],
            }
            for row in self.sandbox.hubspot.all("tasks")
        ]

    def task_change(self, task_id: str, what: str, value: str = "") -> None:
        portal = self.sandbox.hubspot
        if what == "delete":
            portal.delete("tasks", task_id)
            return
        fields = {
            "close": {"hs_task_status": "COMPLETED"},
            "reassign": {"hubspot_owner_id": value},
            "retitle": {"hs_task_subject": value},
        }
        portal.update("tasks", task_id, fields[what])

    def reason(self, lost: Lost, type: str = "") -> str | None:
        type = type or self.deal_type
        id = lost.account if type == self.account_type else lost.deal
        return self.sandbox.hubspot.get(type, id).get("winback_reason") or None

    def choose(self, lost: Lost, reason: str | None) -> None:
        self.sandbox.hubspot.update(self.deal_type, lost.deal, {"winback_reason": reason or ""})

    def reopen(self, lost: Lost) -> None:
        reopened = {"dealstage": "appointmentscheduled", "closedate": ""}
        logged = {"notes_last_updated": self.wall().isoformat()}  # or nobody works on it
        self.sandbox.hubspot.update(self.deal_type, lost.deal, {**reopened, **logged})

    def delete_deal(self, lost: Lost) -> None:
        self.sandbox.hubspot.delete(self.deal_type, lost.deal)
