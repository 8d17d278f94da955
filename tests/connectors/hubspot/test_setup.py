"""Streams, set-up, checks and links."""

from __future__ import annotations

from connectors.base import Unmade
from connectors.hubspot.connector import HubSpotSettings
from connectors.hubspot.interview import INTERVIEW
from connectors.sandbox.hubspot.crm import HubSpotPortal
from connectors.sandbox.server import Sandbox
from connectors.sandbox.world import Fault
from connectors.stream import Stream
from rules.model import Field, Kind, Ref

from .company import COMPANIES, DEALS, TASKS, customer, poll
from .conftest import Connect

REASONS = [("price", "Price"), ("service", "Service")]


def test_streams_are_merged_named_alike_and_exist(portal: HubSpotPortal, connect: Connect) -> None:
    portal.define_type("cancellations")
    watched = [
        Stream("deal", Kind.RECORD, ("closed_lost_reason",)),
        Stream("0-3", Kind.RECORD, ("dealtype",), contact_field="main_contact"),
        Stream("cancellations", Kind.RECORD),
        Stream("subscription", Kind.CONTRACT),
    ]
    found = connect().streams(watched)
    assert [one.type for one in found] == [
        "owners",
        "companies",
        "contacts",
        "deals",
        "cancellations",
        "tasks",
    ]
    assert found[3] == Stream(
        "deals",
        Kind.OPPORTUNITY,
        ("closed_lost_reason", "dealtype"),
        contact_field="main_contact",
    )


def test_a_custom_object_hangs_on_its_company(portal: HubSpotPortal, connect: Connect) -> None:
    acme = customer(portal)
    portal.define_type("cancellations")
    portal.define_property("cancellations", "why", "string")
    made = portal.create("cancellations", {"why": "price"}, {"companies": [acme.company]})
    (one,), _ = poll(connect(), Stream("cancellations", Kind.RECORD, ("why",)))
    assert (one.ref.id, one.account_id, one.fields) == (made, acme.company, {"why": "price"})


def test_provision_tells_makes_and_then_rests(portal: HubSpotPortal, connect: Connect) -> None:
    connector = connect()
    planned = connector.provision(REASONS, plan_only=True)
    made = connector.provision(REASONS, plan_only=False)
    assert made == [one.replace("would create", "created") for one in planned]
    assert connector.provision(REASONS, plan_only=False) == []
    assert any("deals: would create property winback_reason" in one for one in planned)
    acme = customer(portal)
    (deal,) = connector.read(DEALS, [acme.deal])
    assert deal.ours[Field.REASON] is None


def test_provision_adds_options_and_drops_none(portal: HubSpotPortal, connect: Connect) -> None:
    portal.define_property(
        "deals", "winback_reason", "enumeration", ["weather"], field_type="select"
    )
    told = connect().provision(REASONS, plan_only=False)
    assert "deals: added to winback_reason the options price, service" in told
    options = portal.catalogues["deals"].properties["winback_reason"].options
    assert [one.value for one in options] == ["weather", "price", "service"]


def test_the_exit_interview_is_asked_on_companies_alone(
    portal: HubSpotPortal, connect: Connect
) -> None:
    connect().provision(REASONS, plan_only=False)
    made = portal.catalogues["companies"].properties
    asked = [made[question.name] for question in INTERVIEW]
    assert {one.group for one in asked} == {"winback"}
    assert [one.type for one in asked if one.options] == [
        "enumeration",
        "bool",
        *["enumeration"] * 2,
    ]
    assert len(made["winback_budget_month"].options) == 12
    assert "winback_trigger" not in portal.catalogues["deals"].properties


def test_a_property_that_is_refused_keeps_no_other_from_being_made(
    sandbox: Sandbox, portal: HubSpotPortal, connect: Connect
) -> None:
    refused = Fault("status", method="POST", path="properties/2026-03/companies", skip=1)
    refused.status, refused.body = 400, {"category": "VALIDATION_ERROR"}
    sandbox.world.faults.append(refused)
    told = connect().provision(REASONS, plan_only=False)
    [unmade] = [one for one in told if isinstance(one, Unmade)]
    assert unmade.startswith("companies: winback_reason could not be set up")
    assert "winback_fault" in portal.catalogues["companies"].properties


def test_a_portal_without_task_properties_is_told_and_lived_with(
    portal: HubSpotPortal, connect: Connect
) -> None:
    portal.custom_task_properties = False
    told = connect().provision(REASONS, plan_only=False)
    assert any("marker" in one for one in told if one.startswith("tasks"))


def test_check_says_what_to_do(portal: HubSpotPortal, connect: Connect) -> None:
    connector = connect()
    streams = [Stream("deals", Kind.OPPORTUNITY, ("lost_why",)), Stream("2-99", Kind.RECORD)]
    faults = {one.what: one.sentence for one in connector.check(streams) if not one.ok}
    assert set(faults) == {"deals.lost_why", "deals: our properties", "2-99"}
    assert "winback provision" in faults["deals: our properties"]
    connector.provision(REASONS, plan_only=False)
    assert all(one.ok for one in connector.check([COMPANIES, DEALS, TASKS]))


def test_check_with_a_wrong_token_or_portal(portal: HubSpotPortal, connect: Connect) -> None:
    (refused,) = connect(token="pat-wrong").check([DEALS])
    assert not refused.ok
    assert "token" in refused.sentence
    assert "pat-wrong" not in refused.sentence
    (other,) = connect(portal_id="1").check([DEALS])
    assert str(portal.portal_id) in other.sentence


def test_links_lead_to_the_record(portal: HubSpotPortal, connect: Connect) -> None:
    connector = connect()
    link = connector.link(Ref("deal", "12"))
    assert link.endswith(f"/contacts/{portal.portal_id}/record/0-3/12")
    assert connector.link(Ref("2-77", "5")).endswith("/record/2-77/5")


def test_the_token_stands_in_no_text() -> None:
    assert "pat-secret" not in repr(HubSpotSettings("portal", "pat-secret"))
