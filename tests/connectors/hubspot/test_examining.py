"""What a portal says of itself, for `winback doctor`."""

from __future__ import annotations

import pytest

from connectors.errors import CredentialsRefused
from connectors.examination import Allowance, Question
from connectors.sandbox.hubspot.crm import HubSpotPortal
from connectors.sandbox.hubspot.owners import PortalOwner
from connectors.sandbox.server import Sandbox
from connectors.sandbox.world import Fault

from .company import customer
from .conftest import Connect

REASONS = [("price", "Price")]


def test_a_portal_that_is_set_up_is_fine_and_left_as_it_was(
    sandbox: Sandbox, portal: HubSpotPortal, connect: Connect
) -> None:
    connector = connect()
    connector.provision(REASONS, plan_only=False)
    written = len(sandbox.world.ledger)
    told = connector.examine(Question())
    assert [one for one in told.findings if not one.ok] == []
    assert told.allowance is not None
    assert told.allowance.of == portal.daily_limit
    assert len(sandbox.world.ledger) == written


@pytest.mark.parametrize("verb", ["read", "write"])
def test_a_scope_that_is_missing_is_named(
    portal: HubSpotPortal, connect: Connect, verb: str
) -> None:
    portal.refused_scopes.add(f"crm.objects.deals.{verb}")
    told = connect().examine(Question())
    named = [one.sentence for one in told.findings if f"crm.objects.deals.{verb}" in one.sentence]
    assert len(named) == 1


def test_a_missing_schema_scope_is_named_too(portal: HubSpotPortal, connect: Connect) -> None:
    portal.refused_scopes.add("crm.schemas.contacts.read")
    told = connect().examine(Question())
    assert any("crm.schemas.contacts.read" in one.sentence for one in told.findings)


def test_a_category_that_our_own_property_does_not_offer(connect: Connect) -> None:
    connector = connect()
    connector.provision(REASONS, plan_only=False)
    told = connector.examine(Question(reasons=("price", "service"))).findings
    assert [(one.what, one.sentence) for one in told if not one.ok] == [
        ("companies.winback_reason", "lacks service: run winback provision"),
        ("deals.winback_reason", "lacks service: run winback provision"),
    ]


def test_picklists_people_and_what_was_left_behind(portal: HubSpotPortal, connect: Connect) -> None:
    gone = PortalOwner("77", "Gone@x.example", "Bo", "Li", user_id=1, archived=True)
    portal.add_owner(gone)
    portal.define_property("deals", "why", "enumeration", ["a", "b"])
    acme = customer(portal)
    portal.create("companies", {"name": "B", "hubspot_owner_id": "77"})
    asked = (("deal", "why"), ("deals", "dealname"), ("2-99", "x"))
    told = connect().examine(Question(picklists=asked, people=("gone@x.example", "no@x.example")))
    assert told.picklists == {("deal", "why"): ("a", "b")}
    assert told.people is not None
    assert [(one.id, one.active) for one in told.people] == [("77", False)]
    assert told.left_behind == 1
    assert acme.company


def test_a_portal_that_tells_no_daily_limit(portal: HubSpotPortal, connect: Connect) -> None:
    portal.daily_limit = None
    assert connect().examine(Question()).allowance is None
    portal.daily_limit = 5_000
    assert isinstance(connect().examine(Question()).allowance, Allowance)


def test_a_refused_token_is_raised_and_a_strange_refusal_of_nothing_is_not(
    sandbox: Sandbox, connect: Connect
) -> None:
    with pytest.raises(CredentialsRefused):
        connect(token="pat-wrong").examine(Question())
    sandbox.world.faults.append(Fault("status", path="batch/update", status=500, times=9))
    told = connect().examine(Question())
    assert all(one.ok for one in told.findings if one.what.endswith(": writing"))


def test_queues_stand_among_the_owners(portal: HubSpotPortal, connect: Connect) -> None:
    portal.add_owner(PortalOwner("900", first_name="Care", type="QUEUE"))
    portal.add_owner(PortalOwner("901", first_name="Sales", type="QUEUE"))
    told = connect().examine(Question(queues=("care", "901", "Nobody")))
    assert told.queues is not None
    assert {one.id for one in told.queues} == {"900", "901"}
