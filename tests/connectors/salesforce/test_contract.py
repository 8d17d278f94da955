"""The Salesforce connector keeps what every connector keeps to."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connectors.sandbox.salesforce import canned
from connectors.sandbox.world import Fault
from connectors.transport import CallKind
from rules.model import Ref
from tests.connectors.contract import ConnectorContract, Scene, Trouble
from tests.connectors.salesforce.conftest import Town, settings


def planned(trouble: Trouble, kind: CallKind) -> Fault:
    if trouble is Trouble.LIMIT:
        return canned.fault("quota", kind=kind)
    if trouble is Trouble.DOWN:
        return canned.fault("busy", kind=kind)
    return Fault("lost" if trouble is Trouble.LOST else "cut", crm="salesforce", kind=kind)


@pytest.fixture
def scene(equipped: Town) -> Scene:
    org = equipped.org

    faults = equipped.sandbox.world.faults

    def fill(number: int) -> None:
        for place in range(number):
            org.create("Account", {"Name": f"Account {place}"})
        equipped.sandbox.world.clock.advance(120)

    def sell(deal: Ref, name: str, number: int, price: int) -> None:
        product = org.create("Product2", {"Name": name})
        line = {"Name": f"Renewal {name}", "Quantity": number, "TotalPrice": number * price}
        org.create("OpportunityLineItem", {"OpportunityId": deal.id, "Product2Id": product, **line})

    return Scene(
        connector=equipped.connector,
        account=Ref("Account", equipped.account),
        contact=Ref("Contact", equipped.contact),
        opportunity=Ref("Opportunity", equipped.opportunity),
        owner=equipped.owner,
        owner_email=str(org.all("User")[0]["Email"]),
        secret=settings("").client_secret or "",
        change=lambda ref: org.update(ref.type, ref.id, {"Description": "changed"}),
        delete=lambda ref: org.delete(ref.type, ref.id),
        strike=lambda trouble, kind: faults.append(planned(trouble, kind)),
        refuse_token=lambda: faults.append(canned.fault("expired", times=1_000)),
        fill=fill,
        advance=equipped.sandbox.world.clock.advance,
        page=2_100,
        sell=sell,
        count_tasks=lambda: len(org.all("Task")),
        count_changes=lambda: len(equipped.sandbox.world.ledger),
        now=datetime.now(UTC),
    )


class TestSalesforce(ConnectorContract):
    """Everything that the contract asks for."""
