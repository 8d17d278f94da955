"""A third connector, written by the guide in `connectors/README.md`, keeps the contract."""

from __future__ import annotations

import pytest

from connectors.sandbox.world import Fault
from connectors.transport import CallKind
from rules.model import Ref
from tests.connectors.contract import ConnectorContract, Scene, Trouble
from tests.connectors.tiny.conftest import Office
from tests.connectors.tiny.connector import RolodexConnector


def planned(trouble: Trouble, kind: CallKind) -> Fault:
    if trouble is Trouble.LIMIT:
        return Fault("status", kind=kind, status=429, headers={"Retry-After": "30"})
    action = {Trouble.DOWN: "status", Trouble.LOST: "lost", Trouble.CUT: "cut"}[trouble]
    return Fault(action, kind=kind, status=503)


@pytest.fixture
def scene(office: Office) -> Scene:
    rolodex, world = office.rolodex, office.world
    connector = RolodexConnector("small", office.url, rolodex.token, ("sale",))
    connector.provision([("price", "Price")], plan_only=False)

    def fill(number: int) -> None:
        for place in range(number):
            rolodex.add("client", name=f"Client {place}")

    return Scene(
        connector=connector,
        account=Ref("client", office.client),
        contact=Ref("person", office.person),
        opportunity=Ref("sale", office.sale),
        owner=office.owner,
        owner_email="ann@acme.example",
        secret=rolodex.token,
        change=lambda ref: rolodex.change(ref.id, name="changed"),
        delete=lambda ref: rolodex.delete(ref.id),
        strike=lambda trouble, kind: world.faults.append(planned(trouble, kind)),
        refuse_token=lambda: world.faults.append(Fault("status", status=401, times=1_000)),
        fill=fill,
        advance=world.clock.advance,
        page=150,
        count_tasks=lambda: len(rolodex.all("todo")),
        count_changes=lambda: len(world.ledger),
    )


class TestRolodex(ConnectorContract):
    """Everything that the contract asks for."""
