"""Records by id: present, archived, merged, foreign."""

from __future__ import annotations

import pytest

from connectors.errors import CredentialsRefused, Unavailable
from connectors.sandbox.hubspot.crm import HubSpotPortal
from connectors.sandbox.server import Sandbox
from connectors.sandbox.world import Fault
from rules.model import Account, Opportunity

from .company import COMPANIES, CONTACTS, DEALS, OWNERS, customer, ids
from .conftest import Connect


def test_many_records_in_full_batches(portal: HubSpotPortal, connect: Connect) -> None:
    deals = [customer(portal, f"C{n}").deal for n in range(250)]
    connector = connect()
    assert sorted(ids(connector.read(DEALS, deals))) == sorted(deals)
    assert connector.calls.read == 3 + 2  # batches of 100, and one association call a pair


def test_archived_and_merged_records_by_the_id_that_was_asked_for(
    portal: HubSpotPortal, connect: Connect
) -> None:
    acme, globex, initech = (customer(portal, name) for name in ("Acme", "Globex", "Initech"))
    portal.delete("companies", acme.company)
    portal.merge("companies", initech.company, globex.company)
    asked = [acme.company, globex.company, initech.company, "999999999", "not an id"]
    found = {one.ref.id: one for one in connect().read(COMPANIES, asked)}
    assert set(found) == {acme.company, globex.company, initech.company}
    assert found[acme.company].deleted
    assert found[globex.company].merged_into == initech.company
    assert found[initech.company].merged_into is None


def test_a_merge_into_a_third_record(portal: HubSpotPortal, connect: Connect) -> None:
    acme, globex = customer(portal), customer(portal, "Globex")
    survivor = portal.merge("contacts", acme.contact, globex.contact, new_id=True)
    found = connect().read(CONTACTS, [acme.contact, globex.contact])
    assert {one.ref.id: one.merged_into for one in found} == {
        acme.contact: survivor,
        globex.contact: survivor,
    }


def test_the_primary_company_is_the_deals_account(portal: HubSpotPortal, connect: Connect) -> None:
    acme, globex = customer(portal), customer(portal, "Globex")
    portal.associate("deals", acme.deal, "companies", globex.company, primary=True)
    (deal,) = connect().read(DEALS, [acme.deal])
    assert isinstance(deal.entity, Opportunity)
    assert deal.entity.account_id == globex.company


def test_a_deal_of_nobody(portal: HubSpotPortal, connect: Connect) -> None:
    lonely = portal.create("deals", {"dealname": "?", "dealstage": "closedlost"})
    (deal,) = connect().read(DEALS, [lonely])
    assert (deal.account_id, deal.contact_id) == (None, None)


@pytest.mark.parametrize("version", ["2026-03", "2026-09", "v3"])
def test_every_version_of_the_paths(version: str, portal: HubSpotPortal, connect: Connect) -> None:
    acme = customer(portal)
    (deal,) = connect(api_version=version).read(DEALS, [acme.deal])
    assert deal.account_id == acme.company


def test_a_version_that_never_was(connect: Connect) -> None:
    with pytest.raises(ValueError, match='no API version "v9"'):
        connect(api_version="v9")


@pytest.mark.parametrize(
    "body", ["not json", [1], {"results": {}}, {"results": [7]}, {"status": "COMPLETE"}]
)
def test_an_answer_of_another_shape(body: object, sandbox: Sandbox, connect: Connect) -> None:
    acme = customer(sandbox.hubspot)
    connector = connect()
    connector.streams([])
    sandbox.world.faults.append(Fault("status", kind="read", status=200, body=body))
    with pytest.raises(Unavailable):
        connector.read(COMPANIES, [acme.company])


def test_a_list_whose_page_token_repeats(sandbox: Sandbox, connect: Connect) -> None:
    body = {"results": [{"id": "1"}], "paging": {"next": {"after": "same"}}}
    sandbox.world.faults.append(Fault("status", path="owners", status=200, body=body, times=9))
    with pytest.raises(Unavailable, match="same page token twice"):
        connect().read(OWNERS, ["1"])


def test_an_answer_that_is_a_web_page(sandbox: Sandbox, connect: Connect) -> None:
    acme = customer(sandbox.hubspot)
    connector = connect()
    connector.streams([])
    sandbox.world.faults.append(Fault("status", kind="read", status=200, body="<html>Hello</html>"))
    with pytest.raises(Unavailable):
        connector.read(COMPANIES, [acme.company])


def test_names_of_any_kind(portal: HubSpotPortal, connect: Connect) -> None:
    name = 'O\'Neil "Ünï" & <Söhne> 😀 مرحبا'
    made = portal.create("companies", {"name": name})
    (company,) = connect().read(COMPANIES, [made])
    assert isinstance(company.entity, Account)
    assert company.entity.name == name


def test_a_scope_that_the_token_lacks(portal: HubSpotPortal, connect: Connect) -> None:
    acme = customer(portal)
    portal.refused_scopes.add("crm.objects.deals.read")
    with pytest.raises(CredentialsRefused, match=r"crm\.objects\.deals\.read"):
        connect().read(DEALS, [acme.deal])
