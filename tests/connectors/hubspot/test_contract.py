"""The contract of all connectors, kept by this one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connectors.sandbox.hubspot.owners import PortalOwner
from connectors.sandbox.server import Sandbox
from connectors.sandbox.world import Fault
from rules.model import Ref
from tests.connectors.contract import ConnectorContract, Scene

from .company import customer
from .conftest import Connect


@pytest.fixture
def scene(sandbox: Sandbox, connect: Connect) -> Scene:
    portal = sandbox.hubspot
    portal.add_owner(PortalOwner("71", "ann@acme.example", "Ann", "Lee"))
    acme = customer(portal)
    connector = connect()
    connector.provision([("price", "Price")], plan_only=False)

    def fault(action: str, **more: object) -> None:
        sandbox.world.faults.append(Fault(action, crm="hubspot", **more))  # type: ignore[arg-type]

    return Scene(
        connector=connector,
        account=Ref("companies", acme.company),
        contact=Ref("contacts", acme.contact),
        opportunity=Ref("deals", acme.deal),
        owner="71",
        change=lambda ref: portal.update(ref.type, ref.id, {"description": "changed"}),
        delete=lambda ref: portal.delete(ref.type, ref.id),
        lose_next_write_answer=lambda: fault("lost", kind="write"),
        refuse_token=lambda: fault("status", status=401, times=1_000),
        count_tasks=lambda: len(portal.all("tasks")),
        now=datetime.now(UTC),
    )


class TestHubSpot(ConnectorContract):
    """Everything that the contract asks for."""
