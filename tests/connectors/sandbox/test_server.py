"""The server itself: connections, clock, planned faults, `/_sandbox`."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pytest
import requests

from connectors.sandbox.control import ACTIONS
from connectors.sandbox.server import Sandbox, start
from connectors.sandbox.world import Fault
from tests.connectors.sandbox.salesforce_calls import Caller


@pytest.fixture
def running() -> Iterator[Sandbox]:
    with start() as sandbox:
        yield sandbox


@pytest.fixture
def call(running: Sandbox) -> Caller:
    return Caller(running)


def _control(sandbox: Sandbox, what: str, **body: object) -> requests.Response:
    return requests.post(f"{sandbox.salesforce_url}/_sandbox/{what}", json=body, timeout=5)


def test_both_crms_answer_on_their_own_sockets(running: Sandbox) -> None:
    assert requests.get(running.salesforce_url + "/services/data", timeout=5).status_code == 200
    assert requests.get(running.hubspot_url + "/crm/v3/owners", timeout=5).status_code == 401


def test_the_date_header_tells_the_sandbox_clock(running: Sandbox, call: Caller) -> None:
    _control(running, "clock", set="2017-12-31T12:00:00Z")
    told = parsedate_to_datetime(
        requests.get(f"{call.url}/services/data", timeout=5).headers["Date"]
    )
    assert abs((told - datetime(2017, 12, 31, 12, tzinfo=UTC)).total_seconds()) < 5


def test_a_chunked_body_is_read(call: Caller) -> None:
    def chunks() -> Iterator[bytes]:
        yield b'{"Name": '
        yield b'"Chunky"}'

    assert call("POST", "sobjects/Account", data=chunks()).status_code == 201
    assert call.org.all("Account")[0]["Name"] == "Chunky"


def test_one_connection_serves_many_calls(call: Caller) -> None:
    began = time.monotonic()
    for _ in range(50):
        call("GET", "limits")
    assert time.monotonic() - began < 2.0  # 40 ms a call is what Nagle would cost


def test_latency_is_added_to_api_calls_alone() -> None:
    with start(latency=0.2) as sandbox:
        began = time.monotonic()
        requests.get(f"{sandbox.salesforce_url}/_sandbox/calls", timeout=5)
        assert time.monotonic() - began < 0.15
        requests.get(f"{sandbox.salesforce_url}/services/data", timeout=5)
        assert time.monotonic() - began >= 0.2


def test_a_planned_status_strikes_after_skip_and_only_so_often(call: Caller) -> None:
    call.org.world.faults.append(Fault("status", kind="other", status=420, skip=1, times=2))
    statuses = [call("GET", "limits").status_code for _ in range(5)]
    assert statuses == [200, 420, 420, 200, 200]


@pytest.mark.parametrize(
    ("action", "written"), [("reset", 0), ("hang", 0), ("lost", 1), ("cut", 1)]
)
def test_a_broken_write_is_done_or_not_as_planned(call: Caller, action: str, written: int) -> None:
    call.org.world.faults.append(Fault(action, method="POST", seconds=0.1))
    with pytest.raises(requests.RequestException):
        call("POST", "sobjects/Account", json={"Name": "Acme"})
    assert len(call.org.all("Account")) == written


def test_a_late_write_lands_after_the_caller_gave_up(call: Caller) -> None:
    call.org.world.faults.append(Fault("late", method="POST", seconds=0.2))
    with pytest.raises(requests.ConnectionError):
        call("POST", "sobjects/Account", json={"Name": "Acme"})
    assert call.org.all("Account") == []
    time.sleep(0.4)
    assert len(call.org.all("Account")) == 1


def test_html_and_dripping_answers(call: Caller) -> None:
    call.org.world.faults += [Fault("html"), Fault("drip", seconds=0.3)]
    html = call("GET", "limits")
    assert (html.status_code, html.headers["Content-Type"]) == (503, "text/html;charset=UTF-8")
    began = time.monotonic()
    assert call("GET", "limits").json()["DailyApiRequests"]
    assert time.monotonic() - began >= 0.25


def test_faults_are_planned_listed_and_cleared_from_outside(running: Sandbox) -> None:
    planned = _control(running, "faults", plan=[{"action": a} for a in ACTIONS]).json()
    assert [one["action"] for one in planned] == list(ACTIONS)
    assert _control(running, "faults", clear=True).json() == []
    assert _control(running, "faults", answer="quota", times=2).json()[0]["status"] == 403
    named = {"crm": "hubspot", "answer": "daily"}
    assert _control(running, "faults", **named).json()[1]["body"]["policyName"] == "DAILY"
    assert "expired" in _control(running, "faults", answer="flood").json()["error"]
    assert "action is one of" in _control(running, "faults", action="explode").json()["error"]
    assert "no colour" in _control(running, "faults", action="reset", colour="red").json()["error"]


def test_a_person_changes_records_and_the_ledger_says_who(running: Sandbox, call: Caller) -> None:
    made = _control(running, "change", verb="create", type="Account", fields={"Name": "Acme"})
    id = made.json()["id"]
    call("PATCH", f"sobjects/Account/{id}", json={"Phone": "1"})
    _control(running, "change", verb="delete", type="Account", id=id)
    _control(running, "change", verb="undelete", type="Account", id=id)
    ledger = requests.get(f"{call.url}/_sandbox/ledger?since=1", timeout=5).json()
    assert [(one["verb"], one["by"]) for one in ledger] == [
        ("update", "api"),
        ("delete", "person"),
        ("restore", "person"),
    ]
    state = requests.get(f"{call.url}/_sandbox/state?type=Account", timeout=5).json()
    assert state["Account"][0]["Phone"] == "1"


def test_changes_reach_hubspot_from_either_socket(running: Sandbox) -> None:
    answer = _control(
        running, "change", crm="hubspot", verb="create", type="companies", fields={"name": "Acme"}
    )
    assert running.hubspot.get("companies", answer.json()["id"])


def test_calls_are_counted_by_kind(running: Sandbox, call: Caller) -> None:
    call("GET", "limits")
    call("GET", "query", params={"q": "SELECT COUNT() FROM Account"})
    call("POST", "composite/sobjects/Account", json={"ids": ["x"], "fields": ["Id"]})
    call("POST", "sobjects/Account", json={"Name": "Acme"})
    counted = requests.get(f"{running.salesforce_url}/_sandbox/calls", timeout=5).json()
    assert counted["salesforce"] == {"auth": 1, "other": 1, "read": 2, "write": 1}


def test_reset_empties_both(running: Sandbox, call: Caller) -> None:
    call.org.create("Account", {"Name": "Acme"})
    running.hubspot.create("companies", {"name": "Acme"})
    _control(running, "reset")
    assert call.org.all("Account") == []
    assert running.hubspot.all("companies") == []
    assert running.world.ledger == []


def test_what_is_not_imitated_says_so(running: Sandbox, call: Caller) -> None:
    for answer in (
        call("GET", "search?q=x"),
        call("POST", f"{call.url}/services/Soap/u/59.0", data="<x/>"),
        _control(running, "earthquake"),
    ):
        assert answer.status_code == 501
        assert "sandbox" in json.dumps(answer.json())
