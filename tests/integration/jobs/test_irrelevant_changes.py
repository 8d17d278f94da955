"""A pipeline is renamed: every deal has changed, and nothing that we look at. All of it is read in
full pages, and nobody is decided."""

from __future__ import annotations

from collections import Counter
from math import ceil
from pathlib import Path

import pytest

from connectors.sandbox.server import Sandbox
from tests.integration.jobs.stage import HubSpotStage, SalesforceStage, Stage
from tests.worlds import run_once

DEALS = {SalesforceStage: 4_000, HubSpotStage: 10_200}  # more than one search may tell
PER_ACCOUNT = 100
SEARCHED, ASSOCIATED, RETRIEVED = 200, 1_000, 2_000  # rows in a full page of each call


def flood_salesforce(sandbox: Sandbox, deals: list[str]) -> None:
    for id in deals:
        sandbox.salesforce.touch("Opportunity", id)


def flood_hubspot(sandbox: Sandbox, deals: list[str]) -> None:
    for id in deals:
        sandbox.hubspot.update("deals", id, {"description": "renamed"})


def deals_in_salesforce(sandbox: Sandbox, count: int) -> list[str]:
    org, made = sandbox.salesforce, []
    deal = {"StageName": "Prospecting", "CloseDate": "2027-01-01"}
    for number in range(count):
        if number % PER_ACCOUNT == 0:
            account = org.create("Account", {"Name": f"Customer {number}"})
            deal["AccountId"] = account
        made.append(org.create("Opportunity", {"Name": f"Deal {number}", **deal}))
    return made


def deals_in_hubspot(sandbox: Sandbox, count: int) -> list[str]:
    portal, made = sandbox.hubspot, []
    links: dict[str, list[str]] = {}
    deal = {"pipeline": "default", "dealstage": "appointmentscheduled"}
    for number in range(count):
        if number % PER_ACCOUNT == 0:
            links = {"companies": [portal.create("companies", {"name": f"Customer {number}"})]}
        made.append(portal.create("deals", {"dealname": f"Deal {number}", **deal}, links))
    return made


PARTS = {
    SalesforceStage: (deals_in_salesforce, flood_salesforce),
    HubSpotStage: (deals_in_hubspot, flood_hubspot),
}
PAGES = {
    SalesforceStage: Counter(read=4_000 // RETRIEVED),
    HubSpotStage: Counter(search=10_200 // SEARCHED - 1, read=2 * ceil(10_200 / ASSOCIATED)),
}


@pytest.mark.parametrize("kind", [SalesforceStage, HubSpotStage])
def test_many_irrelevant_changes_cost_full_pages_and_no_decision(
    kind: type[Stage], sandbox: Sandbox, sqlite_url: str, tmp_path: Path
) -> None:
    sandbox.hubspot.burst_limit = sandbox.hubspot.search_limit = None
    stage = kind(sandbox, sqlite_url, tmp_path)
    make, flood = PARTS[kind]
    deals = make(sandbox, DEALS[kind])
    config = stage.config()

    def calls_of_a_run() -> tuple[Counter[str], int]:
        sandbox.world.clock.advance(1_200)  # further apart, and the time is simulated
        report = run_once(sqlite_url, config, paced=False).report["crms"][stage.crm]
        return Counter(report["calls"]), report["decided"]

    calls_of_a_run()
    calls_of_a_run()
    quiet, _ = calls_of_a_run()
    flood(sandbox, deals)
    flooded, decided = calls_of_a_run()
    assert flooded - quiet == PAGES[kind]
    assert decided == 0
