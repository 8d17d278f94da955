"""The doors that CRMs push to: acknowledged means stored, and nothing else is told."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from connectors.deliveries import Posted
from connectors.hubspot.signatures import SIGNATURE_V3, TIMESTAMP, signed_v3
from integration.engine.door import Wake
from integration.store import inbox
from integration.store.engine import begin, reading
from integration.store.tables import customers, recoveries, tasks
from integration.web.webhooks import LARGEST_DELIVERY
from rules.model import Ref
from tests.integration.web.doors import ENVIRON, NOW, PUBLIC_URL, RULES, SALES, Stage, signed, stage
from tests.payloads import payload

# ---- HubSpot


def test_a_webhook_is_stored_and_wakes_a_round(database_url: str, tmp_path: Path) -> None:
    with stage(database_url, tmp_path) as acme:
        assert acme.hubspot(payload("hubspot/association_change.json")) == 204
        assert acme.waiting("hub") == {("deals", "9001"), ("companies", "501")}
        assert acme.bell.rung == [("hub", Wake.DRAIN, None)]


def test_the_same_webhook_twice_is_one_signal(database_url: str, tmp_path: Path) -> None:
    with stage(database_url, tmp_path) as acme:
        for _ in range(2):
            assert acme.hubspot(payload("hubspot/creation.json")) == 204
        assert acme.waiting("hub") == {("contacts", "123")}


def test_types_that_nobody_watches_are_dropped(acme: Stage) -> None:
    assert acme.hubspot(payload("hubspot/not_for_us.json")) == 204
    assert acme.waiting("hub") == set()
    assert acme.bell.rung == []


def test_of_the_tasks_only_ours_are_looked_at(acme: Stage) -> None:
    assert acme.hubspot(payload("hubspot/object.json")) == 204
    assert acme.waiting("hub") == {("2-4410", "77"), ("deals", "9003")}
    _make_task(acme.engine, crm_id="555")
    assert acme.hubspot(payload("hubspot/object.json")) == 204
    assert ("tasks", "555") in acme.waiting("hub")


def _make_task(engine: Engine, crm_id: str) -> None:
    day = NOW.date()
    with begin(engine) as connection:
        made = connection.execute(sa.insert(customers).values(crm="hub"))
        assert made.inserted_primary_key
        customer = made.inserted_primary_key[0]
        connection.execute(
            sa.insert(recoveries).values(
                id="r1", customer_id=customer, crm="hub", opened_on=day, revision=1
            )
        )
        connection.execute(
            sa.insert(tasks).values(
                key="r1:listen:1", recovery_id="r1", customer_id=customer, crm="hub",
                rule="listen", state="written", crm_id=crm_id, owner_id="7", due_on=day,
                made_on=day, due_unit="day", due_count=1, draft={}, facts={}, would_change=[],
                because="", score=0, revision=1,
            )
        )  # fmt: skip


def test_an_erased_person_stays_gone_whatever_comes_late(acme: Stage) -> None:
    assert acme.hubspot(payload("hubspot/privacy_deletion.json")) == 204
    assert acme.hubspot(payload("hubspot/creation.json")) == 204
    with reading(acme.engine) as connection:
        (signal,) = inbox.take(connection, "hub", 10)
    assert (signal.ref, signal.gone, signal.generation) == (Ref("contacts", "123"), True, 2)


@pytest.mark.parametrize(
    "headers",
    [
        {SIGNATURE_V3: ""},
        {SIGNATURE_V3: "d3Jvbmc="},
        {SIGNATURE_V3: "s\xefgnature"},
        {TIMESTAMP: ""},
        {TIMESTAMP: str(int((NOW - timedelta(seconds=301)).timestamp() * 1000))},
    ],
)
def test_whoever_is_not_hubspot_learns_nothing(acme: Stage, headers: dict[str, str]) -> None:
    body = payload("hubspot/creation.json")
    answer = acme.client.post("/hooks/hub", data=body, headers=signed(body) | headers)
    assert (answer.status_code, answer.json) == (401, {"error": "unauthorized"})
    assert acme.waiting("hub") == set()


def test_a_refused_body_is_not_logged(acme: Stage, caplog: pytest.LogCaptureFixture) -> None:
    body = b'[{"subscriptionType": "zebra-words"'
    assert acme.client.post("/hooks/hub", data=body).status_code == 401
    assert acme.hubspot(body) == 400
    assert "a delivery of hub is refused" in caplog.text
    assert "zebra" not in caplog.text


def test_other_portals_are_acknowledged_and_not_stored(acme: Stage) -> None:
    body = payload("hubspot/creation.json").replace(b"8675309", b"62515")
    assert acme.hubspot(body) == 204
    assert acme.waiting("hub") == set()


@pytest.mark.parametrize("file", ["no_events", "no_id"])
def test_what_cannot_be_read_is_told_and_not_stored(acme: Stage, file: str) -> None:
    assert acme.hubspot(payload(f"hubspot/{file}.json")) == 400
    assert acme.waiting("hub") == set()


def test_too_many_events(acme: Stage) -> None:
    (event,) = json.loads(payload("hubspot/creation.json"))
    assert acme.hubspot(json.dumps([event] * 101).encode()) == 413
    assert acme.waiting("hub") == set()


@pytest.mark.parametrize("extra", [0, 1])
@pytest.mark.parametrize("chunked", [False, True])
def test_the_length_that_counts_is_the_one_that_was_read(
    acme: Stage, extra: int, chunked: bool
) -> None:
    """As gunicorn by itself hands bodies over: in chunks they are told no length."""
    body = payload("hubspot/creation.json").ljust(LARGEST_DELIVERY + extra)
    headers = signed(body) | ({"Transfer-Encoding": "chunked"} if chunked else {})
    answer = acme.client.post(
        "/hooks/hub", data=body, headers=headers, environ_overrides={"wsgi.input_terminated": True}
    )
    assert answer.status_code == (413 if extra else 204)
    assert bool(acme.waiting("hub")) is not extra


def test_a_database_that_is_away_is_503(away: Stage) -> None:
    assert away.hubspot(payload("hubspot/creation.json")) == 503
    answer = away.client.post(SALES, data=payload("salesforce/outbound_message.xml"))
    assert (answer.status_code, "Ack" in answer.text) == (503, False)
    assert away.hubspot(payload("hubspot/not_for_us.json")) == 204  # there is nothing to store


@pytest.mark.parametrize(
    ("public_url", "path"),
    [
        (PUBLIC_URL, "/hooks/hub"),
        (f"{PUBLIC_URL}/hooks/hub", "/hooks/hub"),
        (PUBLIC_URL, "/hooks/hub?to=a%2Fb&name=c%20d"),
    ],
)
def test_the_signed_address_is_the_public_one(
    sqlite_url: str, tmp_path: Path, public_url: str, path: str
) -> None:
    body = payload("hubspot/creation.json")
    stamp = str(int(NOW.timestamp() * 1000))
    url = PUBLIC_URL + path.replace("%2F", "/")
    headers = {TIMESTAMP: stamp}
    headers[SIGNATURE_V3] = signed_v3("hub-app-secret", Posted("POST", url, headers, body))
    with stage(sqlite_url, tmp_path, RULES.replace(PUBLIC_URL, public_url)) as acme:
        assert acme.client.post(path, data=body, headers=headers).status_code == 204


# ---- Salesforce


def test_an_outbound_message_is_acknowledged_once_stored(database_url: str, tmp_path: Path) -> None:
    with stage(database_url, tmp_path) as acme:
        answer = acme.client.post(
            SALES, data=payload("salesforce/outbound_two.xml"), content_type="text/xml"
        )
        assert (answer.status_code, answer.mimetype) == (200, "text/xml")
        assert answer.text.count("<Ack>true</Ack>") == 1
        assert acme.waiting("sales") == {
            ("Opportunity", "006Wb0000000001IAA"),
            ("Opportunity", "006Wb0000000002IAA"),
        }
        assert acme.bell.rung == [("sales", Wake.DRAIN, None)]


@pytest.mark.parametrize(
    "file", ["outbound_other_org", "outbound_without_records", "outbound_with_entities"]
)
def test_other_messages_get_a_fault(acme: Stage, file: str) -> None:
    answer = acme.client.post(SALES, data=payload(f"salesforce/{file}.xml"))
    assert answer.status_code == 500
    assert "soapenv:Fault" in answer.text
    assert "Ack" not in answer.text
    assert acme.waiting("sales") == set()


def test_a_callout_is_stored(acme: Stage) -> None:
    def call(secret: str, file: str = "callout") -> int:
        return acme.client.post(
            SALES,
            data=payload(f"salesforce/{file}.json"),
            content_type="application/json",
            headers={"X-Winback-Secret": secret},
        ).status_code

    assert call("wrong") == 401
    assert call(ENVIRON["FLOW_SECRET"], "callout_without_id") == 400
    assert acme.waiting("sales") == set()
    assert call(ENVIRON["FLOW_SECRET"]) == 204
    assert acme.waiting("sales") == {
        ("Opportunity", "006Wb0000000001IAA"),
        ("Account", "001Wb0000000007IAA"),
    }


def test_a_callout_without_a_secret_of_its_own_shows_the_address_again(
    sqlite_url: str, tmp_path: Path
) -> None:
    text = RULES.replace('webhook_secrets = ["env:FLOW_SECRET"]\n', "")
    with stage(sqlite_url, tmp_path, text) as acme:
        for secret, status in (("", 401), (ENVIRON["PATH_SECRET"], 204)):
            answer = acme.client.post(
                SALES,
                data=payload("salesforce/callout.json"),
                content_type="application/json",
                headers={"X-Winback-Secret": secret},
            )
            assert answer.status_code == status


@pytest.mark.parametrize(
    "path",
    [
        "/hooks/nobody",
        "/hooks/closed",
        "/hooks/sales",
        "/hooks/sales/wrong",
        "/hooks/hub/wrong",
        "/hooks/sales/" + "9" * 32,
    ],
)
def test_doors_that_do_not_open_look_alike(acme: Stage, path: str) -> None:
    answer = acme.client.post(path, data=payload("salesforce/outbound_message.xml"))
    assert (answer.status_code, answer.json) == (404, {"error": "not found"})
