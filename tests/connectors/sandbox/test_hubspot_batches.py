"""Batches: what fails alone, what fails the whole call, and what is read back."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.sandbox.hubspot.crm import HubSpotPortal
from tests.connectors.sandbox.hubspot_calls import DUE, call, new_portal, task_row

TASKS = "/crm/v3/objects/tasks/batch"


@pytest.fixture
def portal() -> HubSpotPortal:
    return new_portal()


@pytest.fixture
def company(portal: HubSpotPortal) -> str:
    return portal.create("companies", {"name": "Acme"})


def traced(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"inputs": [{**row, "objectWriteTraceId": f"t{n}"} for n, row in enumerate(rows)]}


def test_tasks_are_created_on_their_company(portal: HubSpotPortal, company: str) -> None:
    rows = [task_row("Call", company), task_row("Write", company)]
    response = call(portal, "POST", f"{TASKS}/create", {"inputs": rows})

    assert response.status == 201
    ids = [row["id"] for row in response.body["results"]]
    assert portal.linked("companies", company, "tasks") == ids
    assert portal.get("tasks", ids[0])["hs_timestamp"] == "2026-11-23T09:00:00.000Z"
    assert [entry.verb for entry in portal.world.ledger if entry.type == "tasks"] == ["create"] * 2


def test_one_bad_row_fails_a_create_without_trace_ids(portal: HubSpotPortal, company: str) -> None:
    rows = [task_row("Good", company), task_row("Bad", company, no_such="1")]
    response = call(portal, "POST", f"{TASKS}/create", {"inputs": rows})

    assert response.status == 400
    assert response.body["errors"][0]["code"] == "PROPERTY_DOESNT_EXIST"
    assert response.body["errors"][0]["context"] == {"propertyName": ["no_such"]}
    assert portal.all("tasks") == []


def test_with_trace_ids_good_rows_pass_beside_bad_ones(portal: HubSpotPortal, company: str) -> None:
    bad_owner = task_row("Bad", company, hubspot_owner_id="907")  # a user id is no owner id
    no_company = task_row("Worse", "424242")
    undated = {"properties": {"hs_task_subject": "No due date"}}
    body = traced(task_row("Good", company), bad_owner, no_company, undated)
    response = call(portal, "POST", f"{TASKS}/create", body)

    assert response.status == 207
    assert [row["objectWriteTraceId"] for row in response.body["results"]] == ["t0"]
    assert response.body["numErrors"] == 3
    told = [
        (row["context"]["objectWriteTraceId"][0], row["errors"][0]["code"])
        for row in response.body["errors"]
    ]
    assert told == [
        ("t1", "INVALID_OWNER_ID"),
        ("t2", "INVALID_OBJECT_IDS"),
        ("t3", "MISSING_REQUIRED_PROPERTIES"),
    ]


def test_a_portal_may_refuse_to_answer_in_part(portal: HubSpotPortal, company: str) -> None:
    portal.partial_batches = False
    body = traced(task_row("Good", company), task_row("Bad", company, no_such="1"))
    assert call(portal, "POST", f"{TASKS}/create", body).status == 400
    assert portal.all("tasks") == []


def test_an_update_fails_row_by_row_by_itself(portal: HubSpotPortal, company: str) -> None:
    id = portal.create("tasks", {"hs_timestamp": DUE})
    rows = [
        {"id": id, "properties": {"hs_task_status": "COMPLETED"}},
        {"id": "424242", "properties": {"hs_task_status": "COMPLETED"}},
    ]
    response = call(portal, "POST", f"{TASKS}/update", {"inputs": rows})

    assert response.status == 207
    assert response.body["errors"][0]["category"] == "OBJECT_NOT_FOUND"
    assert response.body["errors"][0]["context"]["id"] == ["424242"]
    assert portal.get("tasks", id)["hs_task_completion_date"]


def test_an_update_takes_no_id_twice(portal: HubSpotPortal, company: str) -> None:
    row = {"id": company, "properties": {"name": "Twice"}}
    response = call(
        portal, "POST", "/crm/v3/objects/companies/batch/update", {"inputs": [row, row]}
    )
    assert response.status == 400
    assert "unique" in response.body["message"]


def test_values_are_checked_by_type(portal: HubSpotPortal) -> None:
    id = portal.create("deals", {"dealname": "One"})
    wrong = {
        "amount": "much",
        "closedate": "soon",
        "dealtype": "Newbusiness",
        "dealstage": "nowhere",
        "hs_is_closed": "true",
    }
    response = call(portal, "PATCH", f"/crm/v3/objects/deals/{id}", {"properties": wrong})

    assert (response.status, response.body["category"]) == (400, "VALIDATION_ERROR")
    codes = {row["context"]["propertyName"][0]: row["code"] for row in response.body["errors"]}
    assert codes == {
        "amount": "INVALID_NUMBER",
        "closedate": "INVALID_DATE",
        "dealtype": "INVALID_OPTION",
        "dealstage": "INVALID_OPTION",
        "hs_is_closed": "READ_ONLY_VALUE",
    }


def test_upsert_by_a_unique_property(portal: HubSpotPortal) -> None:
    portal.define_property("tasks", "winback_key", unique=True)
    row = {
        "id": "1:listen:1",
        "idProperty": "winback_key",
        "properties": {"hs_timestamp": DUE, "hs_task_subject": "Call"},
    }
    first = call(portal, "POST", f"{TASKS}/upsert", {"inputs": [row]}).body["results"][0]
    again = call(portal, "POST", f"{TASKS}/upsert", {"inputs": [row]}).body["results"][0]

    assert (first["new"], again["new"]) == (True, False)
    assert first["id"] == again["id"]
    assert len(portal.all("tasks")) == 1


def test_two_rows_cannot_hold_one_unique_value(portal: HubSpotPortal) -> None:
    portal.define_property("tasks", "winback_key", unique=True)
    rows = [task_row("One", winback_key="k"), task_row("Two", winback_key="K")]
    response = call(portal, "POST", f"{TASKS}/create", traced(*rows))
    assert response.status == 207
    assert response.body["errors"][0]["errors"][0]["code"] == "CONFLICTING_UNIQUE_VALUE"


def test_reading_tells_what_is_not_there(portal: HubSpotPortal, company: str) -> None:
    gone = portal.create("companies", {"name": "Gone"})
    portal.delete("companies", gone)
    body = {"inputs": [{"id": company}, {"id": gone}], "properties": ["name"]}
    response = call(portal, "POST", "/crm/objects/2026-09/companies/batch/read", body)

    assert response.status == 207
    assert [row["properties"]["name"] for row in response.body["results"]] == ["Acme"]
    assert response.body["errors"][0]["context"]["id"] == [gone]


def test_a_merged_id_answers_with_the_survivor(portal: HubSpotPortal, company: str) -> None:
    loser = portal.create("companies", {"name": "Acme Ltd", "domain": "acme.example"})
    deal = portal.create("deals", {"dealname": "One"}, {"companies": [loser]})
    portal.merge("companies", company, loser)

    body = {"inputs": [{"id": loser}], "properties": ["name", "domain", "hs_merged_object_ids"]}
    row = call(portal, "POST", "/crm/v3/objects/companies/batch/read", body).body["results"][0]
    assert row["id"] == company
    assert row["properties"]["name"] == "Acme"
    assert row["properties"]["domain"] == "acme.example"
    assert row["properties"]["hs_merged_object_ids"] == loser
    assert portal.linked("deals", deal, "companies") == [company]


def test_a_merge_may_make_a_third_id(portal: HubSpotPortal, company: str) -> None:
    loser = portal.create("companies", {"name": "Acme Ltd"})
    survivor = portal.merge("companies", company, loser, new_id=True)
    assert survivor not in (company, loser)
    assert portal.get("companies", company) == portal.get("companies", loser)
    assert portal.get("companies", company)["hs_object_id"] == survivor


@pytest.mark.parametrize("resolves", [True, False])
def test_a_merged_deals_old_id_may_resolve_or_not(portal: HubSpotPortal, resolves: bool) -> None:
    portal.merged_deals_resolve = resolves
    winner, loser = (portal.create("deals", {"dealname": name}) for name in ("One", "Two"))
    portal.merge("deals", winner, loser)
    answer = call(portal, "POST", "/crm/v3/objects/deals/batch/read", {"inputs": [{"id": loser}]})
    assert [row["id"] for row in answer.body["results"]] == ([winner] if resolves else [])
    assert portal.get("deals", winner)["hs_merged_object_ids"] == loser


def test_at_most_a_hundred_rows(portal: HubSpotPortal) -> None:
    rows = [task_row(f"Task {n}") for n in range(101)]
    assert call(portal, "POST", f"{TASKS}/create", {"inputs": rows}).status == 400
