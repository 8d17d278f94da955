"""The contract of all connectors, kept by this one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connectors.sandbox.hubspot import canned
from connectors.sandbox.hubspot.owners import PortalOwner
from connectors.sandbox.server import Sandbox
from connectors.sandbox.world import Fault
from connectors.transport import CallKind
from rules.model import Ref
from tests.connectors.contract import ConnectorContract, Scene, Trouble

from .company import customer
from .conftest import Connect


def planned(trouble: Trouble, kind: CallKind) -> Fault:
    if trouble is Trouble.LIMIT:
        return canned.fault("burst", kind=kind)
    if trouble is Trouble.DOWN:
        return canned.fault("gateway", kind=kind)
    return Fault("lost" if trouble is Trouble.LOST else "cut", crm="hubspot", kind=kind)


@pytest.fixture
def scene(sandbox: Sandbox, connect: Connect) -> Scene:
    portal = sandbox.hubspot
    portal.add_owner(PortalOwner("71", "ann@acme.example", "Ann", "Lee"))
    acme = customer(portal)
    connector = connect()
    connector.provision([("price", "Price")], plan_only=False)

    def fill(number: int) -> None:
        for place in range(number):
            portal.create("companies", {"name": f"Company {place}"})

    def sell(deal: Ref, name: str, number: int, price: int) -> None:
        line = {"name": name, "quantity": str(number), "price": str(price)}
        portal.create("line_items", line, {"deals": [deal.id]})

    return Scene(
        connector=connector,
        account=Ref("companies", acme.company),
        contact=Ref("contacts", acme.contact),
        opportunity=Ref("deals", acme.deal),
        owner="71",
        owner_email="ann@acme.example",
        secret=portal.token,
        change=lambda ref: portal.update(ref.type, ref.id, {"description": "changed"}),
        delete=lambda ref: portal.delete(ref.type, ref.id),
        strike=lambda trouble, kind: sandbox.world.faults.append(planned(trouble, kind)),
        refuse_token=lambda: sandbox.world.faults.append(canned.fault("expired", times=1_000)),
        fill=fill,
        advance=sandbox.world.clock.advance,
        page=1_100,
        sell=sell,
        count_tasks=lambda: len(portal.all("tasks")),
        count_changes=lambda: len(sandbox.world.ledger),
        now=datetime.now(UTC),
    )


class TestHubSpot(ConnectorContract):
    """Everything that the contract asks for."""
