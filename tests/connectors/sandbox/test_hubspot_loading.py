"""A portal filled from a folder of CSV files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from connectors.sandbox.hubspot.crm import HubSpotPortal
from connectors.sandbox.world import World
from tests.connectors.sandbox.hubspot_calls import call, search


@pytest.fixture
def portal() -> HubSpotPortal:
    return HubSpotPortal(World())


def write(folder: Path, name: str, *lines: str) -> None:
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8-sig")


def test_records_keep_ids_stamps_and_links(portal: HubSpotPortal, tmp_path: Path) -> None:
    write(tmp_path, "companies.csv", "hs_object_id,name", "500,Acme", "501,Zenith", ",Unnumbered")
    write(tmp_path, "contacts.csv", "hs_object_id,email,company_id", "600,bo@acme.example,500")
    write(
        tmp_path,
        "deals.csv",
        "hs_object_id,dealname,dealstage,companies,contact_id,hs_lastmodifieddate",
        "700,Renewal,Closed Lost,501;500,600,2017-03-01",
    )
    portal.load(tmp_path)

    deal = portal.get("deals", "700")
    assert (deal["dealstage"], deal["hs_is_closed_lost"]) == ("closedlost", "true")
    assert deal["hs_lastmodifieddate"] == "2017-03-01T00:00:00.000Z"
    assert portal.linked("deals", "700", "companies") == ["501", "500"]
    assert portal.linked("contacts", "600", "deals") == ["700"]
    deals, companies = portal.types.get("deals"), portal.types.get("companies")
    assert portal.associations.is_primary(deals, 700, companies, 501)
    assert len({row["hs_object_id"] for row in portal.all("companies")}) == 3
    assert portal.world.ledger == []


def test_custom_objects_and_columns_get_types(portal: HubSpotPortal, tmp_path: Path) -> None:
    write(tmp_path, "companies.csv", "hs_object_id,name,vip,zip_code", "500,Acme,true,01234")
    write(
        tmp_path,
        "subscriptions.csv",
        "company_id,status,ends_on,annual_value",
        "500,active,2026-12-31,1200.50",
        "500,cancelled,2025-06-30,900",
    )
    told = {"subscriptions": {"status": {"type": "enumeration", "options": ["active"]}}}
    (tmp_path / "_schema.json").write_text(json.dumps(told))
    portal.load(tmp_path)

    known = portal.catalogue(portal.types.get("subscriptions")).properties
    assert [known[name].type for name in ("status", "ends_on", "annual_value")] == [
        "enumeration",
        "date",
        "number",
    ]
    assert [option.value for option in known["status"].options] == ["active", "cancelled"]
    assert portal.get("companies", "500")["zip_code"] == "01234"
    ended = search(portal, "subscriptions", [("ends_on", "LT", "2026-01-01")])
    assert portal.linked("subscriptions", ended[0], "companies") == ["500"]


def test_owners_and_pipelines(portal: HubSpotPortal, tmp_path: Path) -> None:
    write(
        tmp_path,
        "owners.csv",
        "id,email,firstName,lastName,archived,teams",
        "41,ann@acme.example,Ann,Ames,False,North",
        "42,bo@acme.example,Bo,Bates,True,",
    )
    write(
        tmp_path,
        "pipelines.csv",
        "pipeline_id,pipeline_label,stage_id,stage_label,probability,is_closed",
        "77,Renewals,771,Due,0.5,false",
        "77,Renewals,772,Churned,0.0,true",
    )
    write(tmp_path, "deals.csv", "dealname,dealstage,hubspot_owner_id", "Renewal,772,40")
    portal.load(tmp_path)

    (deal,) = portal.all("deals")
    assert (deal["pipeline"], deal["hs_is_closed_lost"]) == ("77", "true")
    assert deal["hubspot_owner_id"] == "40"  # long gone, and still on the record
    (owner,) = call(portal, "GET", "/crm/v3/owners").body["results"]
    assert (owner["id"], owner["teams"][0]["name"]) == ("41", "North")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("One,nowhere,", "deals.csv:2"),
        ("One,closedlost,999", "no company 999"),
    ],
)
def test_faults_name_file_and_line(
    portal: HubSpotPortal, tmp_path: Path, line: str, says: str
) -> None:
    write(tmp_path, "deals.csv", "dealname,dealstage,company_id", line)
    with pytest.raises(ValueError, match=says):
        portal.load(tmp_path)
