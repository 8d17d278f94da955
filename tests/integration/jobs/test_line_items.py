"""What they bought last time stands in the text that names it, and is read for nobody else."""

from __future__ import annotations

from pathlib import Path

from connectors.sandbox.server import Sandbox
from connectors.sandbox.world import Fault
from tests import worlds
from tests.integration.jobs.stage import HubSpotStage, SalesforceStage, Stage
from tests.worlds import PLAYBOOK, Lost

PREPARE = """
[[playbook]]
name = "everyone"

[[playbook.task]]
key = "prepare"
subject = "Prepare something smaller for {{ account.name }}"
body = "{{ bought.items }}|{{ bought.part }} for {{ bought.part_value }}|{{ bought.not_known }}."
ask = "internal"
"""


def bought(stage: Stage, lost: Lost) -> None:
    """The old win of this customer had two products on it."""
    if isinstance(stage, SalesforceStage):
        org = stage.sandbox.salesforce
        [deal] = [
            row["Id"]
            for row in org.all("Opportunity")
            if row["AccountId"] == lost.account and row["IsWon"]
        ]
        for name, number, worth in (("Scanner", 10, 50_000), ("Dock", 4, 8_000)):
            product = org.create("Product2", {"Name": name})
            line = {"OpportunityId": deal, "Product2Id": product, "Name": f"Deal {name}"}
            org.create("OpportunityLineItem", {**line, "Quantity": number, "TotalPrice": worth})
        return
    portal = stage.sandbox.hubspot
    [deal] = [
        row["hs_object_id"]
        for row in portal.all("deals")
        if row["hs_is_closed_won"] == "true"
        and portal.linked("deals", row["hs_object_id"], "companies") == [lost.account]
    ]
    for name, pieces, price in (("Scanner", "10", "5000"), ("Dock", "4", "2000")):
        line = {"name": name, "quantity": pieces, "price": price}
        portal.create("line_items", line, {"deals": [deal]})


def not_told(stage: Stage) -> None:
    """The first call that asks for line items fails."""
    path = "OpportunityLineItem" if isinstance(stage, SalesforceStage) else "line_items"
    stage.sandbox.world.faults.append(Fault("status", crm=stage.sandbox_name, path=path))


def bodies(stage: Stage) -> dict[str, str]:
    """The first line of each task, by the customer's name."""
    return {t["subject"].rpartition(" for ")[2]: _plain(t["body"]) for t in stage.tasks()}


def _plain(body: str) -> str:
    return body.removeprefix("<p>").split("<")[0].split("\n")[0]


def test_the_texts_of_one_round_are_completed_by_one_reading(stage: Stage) -> None:
    bought(stage, stage.lose())
    stage.lose(2)
    stage.run(playbook=PREPARE)
    told = sorted(bodies(stage).values())
    none = "| for |the CRM has no products on it."
    assert told == [
        "10 x Scanner (EUR 50,000) and 4 x Dock (EUR 8,000)|2 x Dock for EUR 4,000|.",
        none,
        none,
    ]


def test_nothing_is_read_for_texts_that_name_none_of_it(stage: Stage) -> None:
    bought(stage, stage.lose())
    not_told(stage)
    stage.run(playbook=PLAYBOOK)
    assert stage.made() == stage.wanted()
    assert stage.sandbox.world.faults


def test_a_crm_that_cannot_tell_them_now_holds_nobody_up(stage: Stage) -> None:
    bought(stage, stage.lose())
    not_told(stage)
    stage.run(playbook=PREPARE)
    assert list(bodies(stage).values()) == ["| for |its products were not read."]


def test_a_second_run_reads_and_writes_nothing_more(stage: Stage) -> None:
    bought(stage, stage.lose())
    stage.run(playbook=PREPARE)
    [before] = bodies(stage).values()
    written = stage.writes()
    not_told(stage)
    stage.run(playbook=PREPARE)
    assert list(bodies(stage).values()) == [before]
    assert stage.writes() == written


def test_a_dry_run_asks_for_none(stage: Stage) -> None:
    bought(stage, stage.lose())
    not_told(stage)
    stage.run(playbook=PREPARE, dry_run=True)
    assert stage.sandbox.world.faults


def test_of_a_customer_in_two_crms_the_deal_is_asked_for_where_it_is(
    sandbox: Sandbox, sqlite_url: str, tmp_path: Path
) -> None:
    sandbox.hubspot.search_limit = None
    hub = HubSpotStage(sandbox, sqlite_url, tmp_path)
    lost = hub.lose()
    bought(hub, lost)
    sandbox.hubspot.update("companies", lost.account, {"domain": "foo.example"})
    owner = worlds.salesforce_user(sandbox.salesforce)
    home = {"Name": "Foo", "Website": "foo.example", "OwnerId": owner}
    sandbox.salesforce.create("Account", home)
    text = worlds.rule_text(sandbox, playbook=PREPARE).replace(
        "[crm.sales]", "[crm.sales]\nhome = true"
    )
    config = tmp_path / "both.toml"
    config.write_text(text, encoding="utf-8")
    worlds.provision(sqlite_url, config)
    worlds.run_once(sqlite_url, config)
    [told] = bodies(SalesforceStage(sandbox, sqlite_url, tmp_path)).values()
    assert told.startswith("10 x Scanner (EUR 50,000) and 4 x Dock (EUR 8,000)|2 x Dock")
