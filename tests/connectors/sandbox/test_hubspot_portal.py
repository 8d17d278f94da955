"""The portal around its records: paths, keys, limits, associations, set-up, owners."""

from __future__ import annotations

import pytest

from connectors.sandbox.hubspot.canned import fault
from connectors.sandbox.hubspot.crm import HubSpotPortal
from connectors.sandbox.hubspot.limits import Limiter
from connectors.sandbox.hubspot.owners import PortalOwner
from connectors.sandbox.wire import Request
from tests.connectors.sandbox.hubspot_calls import call, new_portal, task_row

REASON = {
    "groupName": "winback",
    "name": "winback_reason",
    "label": "Reason",
    "type": "enumeration",
    "fieldType": "select",
    "options": [{"label": "Price", "value": "price", "displayOrder": 1, "hidden": False}],
}


@pytest.fixture
def portal() -> HubSpotPortal:
    return new_portal()


@pytest.mark.parametrize("header", ["", "bearer sandbox", "Bearer  sandbox", "Bearer other"])
def test_the_key_has_to_be_exact(portal: HubSpotPortal, header: str) -> None:
    request = Request("GET", "/crm/v3/owners", headers={"authorization": header})
    response = portal.handle(request)
    assert (response.status, response.body["category"]) == (401, "INVALID_AUTHENTICATION")


@pytest.mark.parametrize("version", ["v3", "2026-03", "2026-09"])
def test_old_and_dated_paths_lead_to_one_place(portal: HubSpotPortal, version: str) -> None:
    id = portal.create("companies", {"name": "Acme"})
    old, dated = f"/crm/{version}/objects", f"/crm/objects/{version}"
    path = f"{old if version == 'v3' else dated}/companies/{id}"
    assert call(portal, "GET", path).body["properties"]["name"] == "Acme"


def test_calls_are_counted_by_kind(portal: HubSpotPortal) -> None:
    kinds = {
        ("POST", "/crm/v3/objects/deals/search"): "search",
        ("POST", "/crm/objects/2026-09/tasks/batch/read"): "read",
        ("POST", "/crm/v4/associations/deals/tasks/batch/read"): "read",
        ("GET", "/crm/v3/objects/deals"): "read",
        ("POST", "/crm/v3/objects/tasks/batch/create"): "write",
        ("PATCH", "/crm/v3/objects/deals/1"): "write",
        ("GET", "/crm/v3/owners"): "other",
        ("POST", "/crm/v3/properties/deals"): "other",
        ("POST", "/oauth/2026-03/token"): "auth",
    }
    assert {key: portal.kind_of(Request(*key)) for key in kinds} == kinds


def test_a_missing_record_is_an_html_page(portal: HubSpotPortal) -> None:
    gone = portal.create("deals", {"dealname": "Gone"})
    portal.delete("deals", gone)
    for id in ("424242", gone):
        response = call(portal, "GET", f"/crm/v3/objects/deals/{id}")
        assert response.status == 404
        assert response.headers["Content-Type"].startswith("text/html")
        assert "HTTP ERROR 404" in response.body
    archived = call(portal, "GET", f"/crm/v3/objects/deals/{gone}", query="archived=TRUE")
    assert archived.body["archived"] is True


def test_what_is_no_id_is_a_json_404(portal: HubSpotPortal) -> None:
    response = call(portal, "GET", "/crm/v3/objects/deals/abc")
    assert (response.status, response.body["category"]) == (404, "OBJECT_NOT_FOUND")


def test_unknown_types_and_what_is_not_imitated(portal: HubSpotPortal) -> None:
    response = call(portal, "GET", "/crm/v3/objects/x/1")
    assert response.status == 400
    assert response.body["message"] == "Unable to infer object type from: x"
    assert "category" not in response.body
    assert call(portal, "GET", "/crm/v3/objects/tickets/1").status == 501
    assert call(portal, "POST", "/oauth/v1/token").status == 501


def test_the_list_pages_by_id_and_shows_the_archived_apart(portal: HubSpotPortal) -> None:
    ids = [portal.create("companies", {"name": str(n)}) for n in range(3)]
    portal.delete("companies", ids[2])
    first = call(portal, "GET", "/crm/v3/objects/companies", query="limit=1").body
    assert [row["id"] for row in first["results"]] == ids[:1]
    after = first["paging"]["next"]["after"]
    rest = call(portal, "GET", "/crm/v3/objects/companies", query=f"limit=9&after={after}").body
    assert [row["id"] for row in rest["results"]] == ids[1:2]
    gone = call(portal, "GET", "/crm/v3/objects/companies", query="archived=true").body
    assert [row["id"] for row in gone["results"]] == ids[2:]


def test_searches_have_a_limit_of_their_own(portal: HubSpotPortal) -> None:
    path = "/crm/v3/objects/deals/search"
    answers = [call(portal, "POST", path, {}) for _ in range(6)]
    assert [answer.status for answer in answers] == [200] * 5 + [429]
    assert answers[-1].body["policyName"] == "SECONDLY"
    assert answers[0].headers == {}
    other = call(portal, "GET", "/crm/v3/owners")
    assert other.headers["X-HubSpot-RateLimit-Remaining"] == "189"


def test_burst_and_day_refuse_by_policy(portal: HubSpotPortal) -> None:
    portal.burst_limit = 1
    call(portal, "GET", "/crm/v3/owners")
    refused = call(portal, "GET", "/crm/v3/owners")
    assert (refused.status, refused.body["policyName"]) == (429, "TEN_SECONDLY_ROLLING")
    portal.burst_limit, portal.daily_limit = None, 1
    assert call(portal, "GET", "/crm/v3/owners").body["policyName"] == "DAILY"
    portal.world.clock.advance(86_400)
    assert call(portal, "GET", "/crm/v3/owners").status == 200


def test_a_burst_is_over_after_ten_seconds(portal: HubSpotPortal) -> None:
    portal.burst_limit, now, ticks = 1, portal.world.clock.now(), iter([0.0, 0.0, 9.0, 10.1, 10.1])
    limiter = Limiter(portal, lambda: next(ticks))
    answers = [limiter.admit(False, now, "UTC") for _ in range(3)]
    assert answers == [None, "TEN_SECONDLY_ROLLING", None]


def test_canned_faults_carry_hubspots_bodies() -> None:
    assert fault("daily").body["policyName"] == "DAILY"
    assert fault("locked", kind="write", times=3).status == 423
    assert fault("migrating").headers["Retry-After"] == "30"


def test_associations_are_read_with_their_types(portal: HubSpotPortal) -> None:
    first, second = (portal.create("companies", {"name": name}) for name in ("One", "Two"))
    deal = portal.create("deals", {"dealname": "D"}, {"companies": [first, second]})
    alone = portal.create("deals", {"dealname": "Alone"})
    body = {"inputs": [{"id": deal}, {"id": alone}]}
    response = call(portal, "POST", "/crm/associations/2026-09/deals/companies/batch/read", body)

    assert response.status == 207
    (result,) = response.body["results"]
    types = {to["toObjectId"]: [t["typeId"] for t in to["associationTypes"]] for to in result["to"]}
    assert types == {int(first): [5, 341], int(second): [341]}
    (error,) = response.body["errors"]
    assert error["subCategory"] == "crm.associations.NO_ASSOCIATIONS_FOUND"


def test_associations_page(portal: HubSpotPortal) -> None:
    portal.association_page = 2
    company = portal.create("companies", {"name": "Acme"})
    ids = [portal.create("deals", {"dealname": str(n)}, {"companies": [company]}) for n in range(3)]
    path = f"/crm/v4/objects/companies/{company}/associations/deals"
    first = call(portal, "GET", path).body
    after = first["paging"]["next"]["after"]
    rest = call(portal, "GET", path, query=f"after={after}").body
    found = [row["toObjectId"] for row in first["results"] + rest["results"]]
    assert found == [int(id) for id in ids]
    assert call(portal, "GET", path.replace(company, "424242")).body["results"] == []


def test_a_default_association_is_made_once(portal: HubSpotPortal) -> None:
    company = portal.create("companies", {"name": "Acme"})
    deal = portal.create("deals", {"dealname": "D"})
    path = f"/crm/v4/objects/deals/{deal}/associations/default/companies/{company}"
    assert [call(portal, "PUT", path).status for _ in range(2)] == [200, 200]
    assert portal.linked("deals", deal, "companies") == [company]


def test_our_group_and_property_are_made_once(portal: HubSpotPortal) -> None:
    path = "/crm/v3/properties/deals"
    assert call(portal, "POST", path, REASON).status == 400  # no such group yet
    group = {"name": "winback", "label": "Winback"}
    assert [call(portal, "POST", f"{path}/groups", group).status for _ in (1, 2)] == [201, 409]
    assert [call(portal, "POST", path, REASON).status for _ in (1, 2)] == [201, 409]
    shown = call(portal, "GET", f"{path}/winback_reason").body
    assert shown["options"][0]["value"] == "price"


def test_a_patch_replaces_the_options(portal: HubSpotPortal) -> None:
    call(portal, "POST", "/crm/v3/properties/deals/groups", {"name": "winback", "label": "W"})
    call(portal, "POST", "/crm/v3/properties/deals", REASON)
    options = [{"label": "Budget", "value": "budget", "hidden": False}]
    path = "/crm/v3/properties/deals/winback_reason"
    call(portal, "PATCH", path, {"options": options})
    assert [row["value"] for row in call(portal, "GET", path).body["options"]] == ["budget"]


def test_properties_of_tasks_may_be_unique_or_not(portal: HubSpotPortal) -> None:
    body: dict[str, object] = {**REASON, "name": "winback_key", "type": "string"}
    body |= {"groupName": "taskinformation"}
    body |= {"fieldType": "text", "hasUniqueValue": True, "options": []}
    assert call(portal, "POST", "/crm/v3/properties/tasks", body).status == 400
    portal.unique_task_properties = True
    assert call(portal, "POST", "/crm/v3/properties/tasks", body).status == 201
    portal.custom_task_properties = False
    refused = call(portal, "POST", "/crm/v3/properties/tasks", {**body, "name": "other"})
    assert (refused.status, refused.body["category"]) == (403, "MISSING_SCOPES")


def test_an_admins_rule_holds_from_2026_09_on(portal: HubSpotPortal) -> None:
    portal.require_property("deals", "closed_lost_reason", when={"dealstage": "closedlost"})
    id = portal.create("deals", {"dealname": "D", "dealstage": "contractsent"})
    body = {"properties": {"dealstage": "closedlost"}}
    strict = call(portal, "PATCH", f"/crm/objects/2026-09/deals/{id}", body)
    assert (strict.status, strict.body["category"]) == (400, "VALIDATION_ERROR")
    assert call(portal, "PATCH", f"/crm/v3/objects/deals/{id}", body).status == 200


def test_deactivated_owners_come_apart(portal: HubSpotPortal) -> None:
    portal.add_owner(PortalOwner("8", "bo@acme.example", "Bo", "Bates", 908, archived=True))
    portal.add_owner(PortalOwner("9", type="QUEUE"))
    active = call(portal, "GET", "/crm/owners/2026-09").body["results"]
    assert [(row["id"], row["type"]) for row in active] == [("7", "PERSON"), ("9", "QUEUE")]
    (left,) = call(portal, "GET", "/crm/v3/owners", query="archived=true").body["results"]
    assert left["userIdIncludingInactive"] == 908
    assert "userId" not in left


def test_stages_say_what_is_lost(portal: HubSpotPortal) -> None:
    (pipeline,) = call(portal, "GET", "/crm/v3/pipelines/deals").body["results"]
    lost = [s["id"] for s in pipeline["stages"] if s["metadata"]["probability"] == "0.0"]
    assert lost == ["closedlost"]
    id = portal.create("deals", {"dealname": "D", "dealstage": "closedlost"})
    deal = portal.get("deals", id)
    assert (deal["hs_is_closed"], deal["hs_is_closed_won"]) == ("true", "false")
    assert deal["pipeline"] == "default"


def test_a_missing_scope_is_named(portal: HubSpotPortal) -> None:
    portal.refused_scopes = {"crm.objects.contacts.write"}
    response = call(portal, "POST", "/crm/v3/objects/tasks", task_row("Call"))
    assert (response.status, response.body["category"]) == (403, "MISSING_SCOPES")


def test_a_custom_object_has_a_schema(portal: HubSpotPortal) -> None:
    labels = {"singular": "Subscription", "plural": "Subscriptions"}
    made = call(portal, "POST", "/crm/v3/schemas", {"name": "subscription", "labels": labels})
    assert made.status == 201
    (listed,) = call(portal, "GET", "/crm/v3/schemas").body["results"]
    assert call(portal, "GET", "/crm-object-schemas/2026-03/schemas").body["results"] == [listed]
    assert call(portal, "GET", "/crm/schemas/2026-03").status == 501  # by analogy, and wrong
    for name in (listed["objectTypeId"], listed["fullyQualifiedName"], "subscriptions"):
        assert call(portal, "GET", f"/crm/v3/objects/{name}").status == 200
