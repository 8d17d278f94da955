"""The portal over a real socket, by HubSpot's own client."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from hubspot import Client

from connectors.sandbox.hubspot.canned import fault
from connectors.sandbox.hubspot.owners import PortalOwner
from connectors.sandbox.server import Sandbox, start
from connectors.sandbox.world import Fault
from tests.connectors.sandbox.hubspot_calls import task_row


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with start() as running:
        yield running


@pytest.fixture
def client(sandbox: Sandbox) -> Any:
    return Client.create(access_token="sandbox", host=sandbox.hubspot_url).crm


def test_the_client_searches_reads_and_knows_the_set_up(sandbox: Sandbox, client: Any) -> None:
    sandbox.hubspot.add_owner(PortalOwner("7", "ann@acme.example", "Ann", "Ames", 907))
    company = sandbox.hubspot.create("companies", {"name": "Acme"})
    links = {"companies": [company]}
    deal = sandbox.hubspot.create("deals", {"dealname": "D", "dealstage": "closedlost"}, links)

    found = client.deals.search_api.do_search({"limit": 5, "properties": ["hs_is_closed_lost"]})
    assert [(row.id, row.properties["hs_is_closed_lost"]) for row in found.results] == [
        (deal, "true")
    ]
    read = client.associations.v4.batch_api.get_page(
        "deals", "companies", {"inputs": [{"id": deal}]}
    )
    assert read.results[0].to[0].to_object_id == company
    assert client.owners.owners_api.get_page().results[0].user_id == 907
    stages = client.pipelines.pipelines_api.get_all("deals").results[0].stages
    assert stages[-1].metadata == {"isClosed": "true", "probability": "0.0"}
    assert client.properties.core_api.get_by_name("deals", "amount").type == "number"


def test_the_client_understands_a_207(sandbox: Sandbox, client: Any) -> None:
    rows = [{**task_row("Good"), "objectWriteTraceId": "a"}]
    rows.append({**task_row("Bad", no_such="1"), "objectWriteTraceId": "b"})
    answer = client.objects.tasks.batch_api.create({"inputs": rows})
    assert answer.num_errors == 1
    assert answer.errors[0].context["objectWriteTraceId"] == ["b"]
    assert len(answer.results) == 1


def test_a_create_may_land_after_the_caller_gave_up(sandbox: Sandbox) -> None:
    url = f"{sandbox.hubspot_url}/crm/v3/objects/tasks/batch/create"
    sandbox.world.faults.append(Fault("late", crm="hubspot", kind="write", seconds=0.05))
    with pytest.raises(requests.ConnectionError):
        post(url, {"inputs": [task_row("Late")]})
    assert sandbox.hubspot.all("tasks") == []
    until = time.monotonic() + 5
    while not sandbox.hubspot.all("tasks") and time.monotonic() < until:
        time.sleep(0.01)
    assert [row["hs_task_subject"] for row in sandbox.hubspot.all("tasks")] == ["Late"]


def test_every_other_row_of_a_batch_is_locked(sandbox: Sandbox) -> None:
    url = f"{sandbox.hubspot_url}/crm/v3/objects/tasks/batch/create"
    sandbox.world.faults.append(Fault("partial", kind="write"))
    rows = [{**task_row(f"Call {n}"), "objectWriteTraceId": str(n)} for n in range(3)]
    told, taken = (post(url, {"inputs": rows}) for _ in range(2))
    assert (told.status_code, taken.status_code) == (207, 201)
    assert [row["objectWriteTraceId"] for row in told.json()["results"]] == ["1"]
    assert [error["category"] for error in told.json()["errors"]] == ["LOCKED", "LOCKED"]


def test_a_canned_refusal_strikes_once(sandbox: Sandbox) -> None:
    url = f"{sandbox.hubspot_url}/crm/v3/objects/tasks/batch/create"
    sandbox.world.faults.append(fault("burst", kind="write"))
    refused, taken = (post(url, {"inputs": [task_row("Call")]}) for _ in range(2))
    assert (refused.status_code, refused.json()["policyName"]) == (429, "TEN_SECONDLY_ROLLING")
    assert taken.status_code == 201


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("objects/tasks/batch/create", b"{"),
        ("objects/tasks/batch/create", b"[]"),
        ("objects/tasks/batch/create", b'{"inputs": {}}'),
        ("objects/tasks/batch/create", b'{"inputs": [1]}'),
        ("objects/tasks/batch/create", b'{"inputs": [{"properties": []}]}'),
        ("objects/tasks/batch/create", b'{"inputs": [{"associations": [{"to": "1"}]}]}'),
        ("objects/tasks/batch/create", b'{"inputs": [{"associations": {"to": 1}}]}'),
        ("objects/tasks/batch/read", b'{"inputs": [{"id": "1"}], "properties": 5}'),
        ("objects/deals/search", b'{"properties": 5}'),
        ("objects/deals/search", b'{"sorts": [1]}'),
        ("objects/deals/search", b'{"filterGroups": [{"filters": {"value": 1}}]}'),
        ("properties/deals", b'{"options": [5]}'),
        ("schemas", b'{"name": "x", "labels": 5}'),
    ],
)
def test_a_body_of_no_sense_is_refused(sandbox: Sandbox, path: str, body: bytes) -> None:
    url = f"{sandbox.hubspot_url}/crm/v3/{path}"
    answer = requests.post(url, body, headers={"Authorization": "Bearer sandbox"}, timeout=5)
    assert (answer.status_code, answer.json()["category"]) == (400, "VALIDATION_ERROR")


def post(url: str, body: Any) -> requests.Response:
    headers = {"Authorization": "Bearer sandbox"}
    return requests.post(url, json=body, headers=headers, timeout=5)
