"""A sandbox org with one customer in it, and a connector to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from connectors.salesforce.connector import SalesforceConnector
from connectors.salesforce.settings import SalesforceSettings
from connectors.sandbox.salesforce.crm import SalesforceOrg
from connectors.sandbox.server import Sandbox, start
from connectors.sandbox.world import Fault

REASONS = [("price", "Price"), ("unknown", "Unknown")]


@dataclass
class Town:
    """The sandbox, a fresh connector, and the ids of what is in the org."""

    sandbox: Sandbox
    connector: SalesforceConnector
    owner: str
    account: str
    contact: str
    opportunity: str

    @property
    def org(self) -> SalesforceOrg:
        return self.sandbox.salesforce

    def fault(self, action: str, **match: object) -> None:
        self.sandbox.world.faults.append(Fault(action, crm="salesforce", **match))  # type: ignore[arg-type]


def settings(url: str, **changes: object) -> SalesforceSettings:
    values: dict[str, object] = {
        "client_secret": "sandbox",
        "watched_types": ("Opportunity",),
        **changes,
    }
    return SalesforceSettings("sales", url, "sandbox", **values)  # type: ignore[arg-type]


@pytest.fixture
def town() -> Iterator[Town]:
    with start() as sandbox:
        org = sandbox.salesforce
        connector = SalesforceConnector(settings(sandbox.salesforce_url))
        account = org.create("Account", {"Name": "Globex “Ünïon” & Söhne"})
        contact = org.create("Contact", {"LastName": "O'Neil", "AccountId": account})
        lost = {"Name": "Renewal", "StageName": "Closed Lost", "CloseDate": "2026-11-01"}
        opportunity = org.create("Opportunity", {**lost, "AccountId": account, "Amount": 900})
        sandbox.world.clock.advance(120)  # windows of change are cut to the minute
        yield Town(sandbox, connector, org.all("User")[0]["Id"], account, contact, opportunity)


@pytest.fixture
def equipped(town: Town) -> Town:
    """With our fields created."""
    town.connector.provision(REASONS, plan_only=False)
    return town
