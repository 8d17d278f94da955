"""The same customer in both CRMs is one customer with one recovery, at home (row W11)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from connectors.sandbox.server import Sandbox
from integration.once import Run
from integration.store.engine import connect, reading
from integration.store.tables import customers, losses, recoveries, tasks
from tests import worlds
from tests.worlds import Lost

HOME_IS_SALES = {"sales": "home = true\n", "hub": ""}
HOME_IS_HUB = {"sales": "", "hub": "home = true\n"}


@dataclass
class Pair:
    """One lost customer in each CRM, and the product beside both."""

    sandbox: Sandbox
    url: str
    folder: Path
    sales: Lost
    hub: Lost

    def same_domain(
        self, sales: str = "https://www.Acme.example/de", hub: str = "acme.example"
    ) -> None:
        self.sandbox.salesforce.update("Account", self.sales.account, {"Website": sales})
        self.sandbox.hubspot.update("companies", self.hub.account, {"domain": hub})

    def config(self, more: dict[str, str]) -> Path:
        text = worlds.rule_text(self.sandbox)
        for crm, lines in more.items():
            text = text.replace(f"[crm.{crm}]\n", f"[crm.{crm}]\n{lines}")
        path = self.folder / "both.toml"
        path.write_text(text, encoding="utf-8")
        return path

    def run(self, more: dict[str, str]) -> Run:
        return worlds.run_once(self.url, self.config(more))

    def rows(self, table: sa.Table, *where: Any) -> int:
        engine = connect(self.url)
        with reading(engine) as connection:
            found = connection.execute(sa.select(table).where(*where)).all()
        engine.dispose()
        return len(found)

    def open_recoveries(self) -> int:
        return self.rows(recoveries, recoveries.c.ended_on.is_(None))

    def tasks(self) -> tuple[int, int]:
        """How many stand in each CRM, open."""
        sales = [t for t in self.sandbox.salesforce.all("Task") if not t["IsClosed"]]
        done = "COMPLETED"
        hub = [t for t in self.sandbox.hubspot.all("tasks") if t["hs_task_status"] != done]
        return len(sales), len(hub)

    def reasons(self) -> list[str | None]:
        """On both lost deals and both accounts."""
        org, portal = self.sandbox.salesforce, self.sandbox.hubspot
        return [
            (org.get("Opportunity", self.sales.deal) or {}).get("Winback_Reason__c"),
            (org.get("Account", self.sales.account) or {}).get("Winback_Reason__c"),
            portal.get("deals", self.hub.deal).get("winback_reason"),
            portal.get("companies", self.hub.account).get("winback_reason"),
        ]


@pytest.fixture
def pair(sandbox: Sandbox, database_url: str, tmp_path: Path) -> Pair:
    sandbox.hubspot.search_limit = None
    [sales] = worlds.salesforce_losses(sandbox.salesforce, 1)
    [hub] = worlds.hubspot_losses(sandbox.hubspot, 1)
    made = Pair(sandbox, database_url, tmp_path, sales, hub)
    worlds.provision(database_url, made.config({}))
    return made


@pytest.mark.parametrize(("home", "expected"), [(HOME_IS_SALES, (3, 0)), (HOME_IS_HUB, (0, 3))])
def test_one_customer_by_domain_has_one_recovery_at_home(
    pair: Pair, home: dict[str, str], expected: tuple[int, int]
) -> None:
    pair.same_domain()
    assert pair.run(home).exit_code == 0
    assert pair.rows(customers) == 1
    assert pair.open_recoveries() == 1
    assert pair.tasks() == expected
    assert pair.reasons() == ["price"] * 4
    pair.run(home)
    assert (pair.rows(losses), pair.rows(tasks), pair.tasks()) == (2, 3, expected)


def test_an_id_that_the_admin_names_decides(pair: Pair) -> None:
    pair.sandbox.hubspot.update("companies", pair.hub.account, {"description": pair.sales.account})
    pair.run({"sales": "home = true\n", "hub": 'customer_id = "description"\n'})
    assert (pair.rows(customers), pair.tasks()) == (1, (3, 0))


@pytest.mark.parametrize("domain", ["gmail.com", "www.gmail.com", ""])
def test_a_shared_domain_and_a_name_say_nothing(pair: Pair, domain: str) -> None:
    pair.same_domain(domain, domain)
    pair.sandbox.hubspot.update("companies", pair.hub.account, {"name": "Acme"})
    pair.sandbox.salesforce.update("Account", pair.sales.account, {"Name": "Acme"})
    pair.run(HOME_IS_SALES)
    assert (pair.rows(customers), pair.tasks()) == (2, (3, 3))


def test_a_domain_of_two_accounts_says_nothing(pair: Pair) -> None:
    pair.same_domain()
    pair.sandbox.salesforce.create("Account", {"Name": "Acme Two", "Website": "acme.example"})
    pair.run(HOME_IS_SALES)
    assert pair.tasks() == (3, 3)


def test_without_a_home_they_stay_apart(pair: Pair) -> None:
    pair.same_domain()
    pair.run({})
    assert (pair.rows(customers), pair.tasks()) == (2, (3, 3))


def test_customers_who_turn_out_to_be_one_keep_one_recovery(pair: Pair) -> None:
    pair.run(HOME_IS_SALES)
    assert pair.tasks() == (3, 3)
    pair.same_domain()
    pair.run(HOME_IS_SALES)
    assert pair.open_recoveries() == 1
    assert pair.tasks() == (3, 0)


def test_a_no_in_the_other_crm_counts(pair: Pair) -> None:
    pair.same_domain()
    mail = "bauer@acme.example"
    pair.sandbox.salesforce.update("Contact", pair.sales.contact, {"Email": mail})
    said_no = {"email": mail.upper(), "winback_permission": "no"}
    pair.sandbox.hubspot.update("contacts", pair.hub.contact, said_no)
    pair.run(HOME_IS_SALES)
    assert pair.tasks() == (0, 0)


def test_deals_that_stand_in_both_are_counted_once(pair: Pair) -> None:
    pair.same_domain()
    pair.run(HOME_IS_SALES)
    assert all("60,000" in t["Description"] for t in pair.sandbox.salesforce.all("Task"))
    assert not any("120,000" in t["Description"] for t in pair.sandbox.salesforce.all("Task"))
