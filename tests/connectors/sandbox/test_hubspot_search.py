"""Search as the search guide and the measured facts describe it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from connectors.sandbox.hubspot.crm import HubSpotPortal
from tests.connectors.sandbox.hubspot_calls import call, new_portal, query_of, search

BY_ID = [{"propertyName": "hs_object_id", "direction": "ASCENDING"}]


@pytest.fixture
def portal() -> HubSpotPortal:
    portal = new_portal()
    portal.search_limit = None
    return portal


@pytest.fixture
def deals(portal: HubSpotPortal) -> dict[str, str]:
    """Name -> id of a few deals."""
    rows: dict[str, dict[str, str]] = {
        "won": {"dealstage": "closedwon", "amount": "900", "closedate": "2026-01-31"},
        "lost": {"dealstage": "closedlost", "amount": "90", "closed_lost_reason": "Too Expensive"},
        "open": {"dealstage": "contractsent"},
    }
    return {
        name: portal.create("deals", {"dealname": f"Deal {name}", **row})
        for name, row in rows.items()
    }


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        (("hs_is_closed_lost", "EQ", "true"), "lost"),
        (("hs_is_closed", "EQ", "true"), "won lost"),
        (("dealstage", "EQ", "closedwon"), "won"),
        (("dealstage", "EQ", "ClosedWon"), ""),  # enumerations are case-sensitive
        (("dealname", "EQ", "DEAL OPEN"), "open"),  # texts are not
        (("dealname", "IN", ["deal open"]), "open"),
        (("dealname", "IN", ["Deal open"]), ""),  # but IN on texts wants lower case
        (("amount", "GT", "100"), "won"),  # numbers, not texts
        (("amount", "BETWEEN", ("90", "900")), "won lost"),
        (("amount", "NEQ", "900"), "lost open"),  # a missing value is not 900
        (("amount", "LT", "1000"), "won lost"),  # nor is it below 1000
        (("dealstage", "NOT_IN", ["closedwon", "closedlost"]), "open"),
        (("closed_lost_reason", "CONTAINS_TOKEN", "expensive"), "lost"),
        (("closed_lost_reason", "CONTAINS_TOKEN", "expen*"), "lost"),
        (("closed_lost_reason", "NOT_CONTAINS_TOKEN", "expensive"), "won open"),
        (("amount", "HAS_PROPERTY", None), "won lost"),
        (("amount", "NOT_HAS_PROPERTY", None), "open"),
        (("closedate", "LTE", "1769817600000"), "won"),  # 2026-01-31 in milliseconds
        (("closedate", "LT", "2026-01-31T00:00:00Z"), ""),
    ],
)
def test_operators(
    portal: HubSpotPortal, deals: dict[str, str], rule: tuple[str, str, Any], found: str
) -> None:
    assert search(portal, "deals", [rule]) == [deals[name] for name in found.split()]


def test_groups_are_or_and_filters_are_and(portal: HubSpotPortal, deals: dict[str, str]) -> None:
    lost_cheap = [("hs_is_closed_lost", "EQ", "true"), ("amount", "LT", "100")]
    dear = [("amount", "GTE", "900")]
    found = search(portal, "deals", lost_cheap, dear, sorts=["-amount"])
    assert found == [deals["won"], deals["lost"]]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"limit": 201}, "limit"),
        ({"after": "9900", "limit": 200}, "10000"),
        ({"after": "page2"}, "after"),
        ({"sorts": ["amount", "dealname"]}, "one sort"),
        ({"query": "x" * 3_000}, "3000"),
        (query_of(*[[("amount", "GT", "1")]] * 6), "groups"),
        (query_of([("amount", "GT", "1")] * 7), "filters"),
        (query_of([("no_such", "EQ", "1")]), "no_such"),
        (query_of([("amount", "LIKE", "1")]), "LIKE"),
        (query_of([("amount", "GT", "much")]), "much"),
        (query_of([("amount", "IN", None)]), "values"),
    ],
)
def test_what_search_refuses(portal: HubSpotPortal, body: dict[str, Any], says: str) -> None:
    response = call(portal, "POST", "/crm/v3/objects/deals/search", body)
    assert response.status == 400
    assert says in response.body["message"]


def test_pages_by_offset_until_the_end(portal: HubSpotPortal) -> None:
    ids = [portal.create("companies", {"name": f"Company {n}"}) for n in range(5)]
    path = "/crm/objects/2026-09/companies/search"
    first = call(portal, "POST", path, {"limit": 3}).body
    assert [row["id"] for row in first["results"]] == ids[:3]
    assert (first["total"], first["paging"]["next"]["after"]) == (5, "3")
    last = call(portal, "POST", path, {"limit": 3, "after": "3"}).body
    assert [row["id"] for row in last["results"]] == ids[3:]
    assert "paging" not in last


def test_a_keyset_walk_sees_every_record_once(portal: HubSpotPortal) -> None:
    ids = [portal.create("companies", {"name": f"Company {n}"}) for n in range(25)]
    seen: list[str] = []
    while True:
        last = seen[-1] if seen else "0"
        rules = [("hs_object_id", "GT", last), ("hs_lastmodifieddate", "GTE", "0")]
        page = search(portal, "companies", rules, sorts=BY_ID, limit=10)
        if not page:
            break
        seen += page
    assert seen == ids


def test_contacts_name_their_last_change_otherwise(portal: HubSpotPortal) -> None:
    id = portal.create("contacts", {"email": "bo@acme.example"})
    assert search(portal, "contacts", [("lastmodifieddate", "GTE", "0")]) == [id]
    wrong = query_of([("hs_lastmodifieddate", "GTE", "0")])
    assert call(portal, "POST", "/crm/v3/objects/contacts/search", wrong).status == 400


def test_the_index_lags_behind_the_records(portal: HubSpotPortal) -> None:
    id = portal.create("companies", {"name": "Old"})
    portal.index_lag_seconds = 10
    portal.update("companies", id, {"name": "New"})
    fresh = portal.create("companies", {"name": "Fresh"})

    assert search(portal, "companies", [("name", "EQ", "old")]) == [id]
    portal.world.clock.advance(11)
    assert search(portal, "companies", [("name", "EQ", "old")]) == []
    assert search(portal, "companies") == [id, fresh]


def test_a_clock_set_back_hides_nothing(portal: HubSpotPortal) -> None:
    portal.index_lag_seconds = 10
    id = portal.create("companies", {"name": "Old"})
    portal.world.clock.set(portal.world.clock.now() - timedelta(days=900))
    assert search(portal, "companies") == [id]


def test_archived_records_are_never_found(portal: HubSpotPortal) -> None:
    id = portal.create("companies", {"name": "Gone"})
    portal.delete("companies", id)
    assert search(portal, "companies") == []
    portal.restore("companies", id)
    assert search(portal, "companies") == [id]


def test_by_association(portal: HubSpotPortal) -> None:
    company = portal.create("companies", {"name": "Acme"})
    deal = portal.create("deals", {"dealname": "One"}, {"companies": [company]})
    portal.create("deals", {"dealname": "Other"})
    assert search(portal, "deals", [("associations.company", "EQ", company)]) == [deal]


def test_what_was_asked_for_comes_as_text_or_null(portal: HubSpotPortal) -> None:
    portal.create("deals", {"dealname": "One", "amount": 12, "dealstage": "closedlost"})
    body = {"properties": ["amount", "hs_is_closed_lost", "closed_lost_reason", "no_such"]}
    row = call(portal, "POST", "/crm/v3/objects/deals/search", body).body["results"][0]
    stamps = {"createdate", "hs_lastmodifieddate", "hs_object_id"}
    shown = {name: text for name, text in row["properties"].items() if name not in stamps}
    assert shown == {"amount": "12", "hs_is_closed_lost": "true", "closed_lost_reason": None}
    assert row["updatedAt"] == row["properties"]["hs_lastmodifieddate"]
    assert row["updatedAt"].endswith("Z")
