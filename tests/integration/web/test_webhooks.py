"""The doors that CRMs push to: acknowledged means stored, and nothing else is told."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, Engine

from connectors.deliveries import Delivery, Posted
from connectors.hubspot.signatures import SIGNATURE_V3, TIMESTAMP, signed_v3
from integration.assembly import assemble
from integration.config import read_config
from integration.engine.door import Wake
from integration.store import inbox
from integration.store.engine import begin, connect, reading
from integration.store.tables import customers, recoveries, signals, tasks
from integration.web.app import create_app
from integration.web.channels import channels
from integration.web.health import Watched
from integration.web.serving import Place, Server
from integration.web.storing import GATHERED_FOR, Inbox, OneByOne, Received, Together, storing
from integration.web.webhooks import LARGEST_DELIVERY, Intake, hooks
from rules.model import Ref
from tests.payloads import payload

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PUBLIC_URL = "https://winback.acme.example"
ENVIRON = {
    "TOKEN": "t",
    "CLIENT": "c",
    "SECRET": "s",
    "APP_SECRET": "hub-app-secret",
    "PATH_SECRET": "6f1ed002ab5595859014ebf0951522d9",
    "FLOW_SECRET": "of-the-named-credential",
}
SALES = f"/hooks/sales/{ENVIRON['PATH_SECRET']}"
RULES = f"""
[company]
name = "Acme"
first_day = 2026-01-01

[crm.hub]
kind = "hubspot"
base_url = "https://api.hubapi.com"
token = "env:TOKEN"
portal_id = 8675309
public_url = "{PUBLIC_URL}"
webhook_secrets = ["env:APP_SECRET"]

[crm.sales]
kind = "salesforce"
base_url = "https://acme.my.salesforce.com"
client_id = "env:CLIENT"
client_secret = "env:SECRET"
org_id = "00DWb0000000001"
path_secret = "env:PATH_SECRET"
webhook_secrets = ["env:FLOW_SECRET"]

[crm.closed]
kind = "hubspot"
base_url = "https://api.hubapi.com"
token = "env:TOKEN"

[[watch]]
name = "cancelled"
crm = "hub"
record = "2-4410"
"""


class Bell:
    """A door that only counts who was woken."""

    def __init__(self) -> None:
        self.rung: list[tuple[str, Wake, datetime | None]] = []

    def wake(
        self,
        crm: str,
        kind: Wake,
        at: datetime | None = None,
        connection: Connection | None = None,
    ) -> None:
        assert connection is not None  # in the transaction that stores
        self.rung.append((crm, kind, at))


class Stage:
    """The app over a store, and what came of it."""

    def __init__(self, engine: Engine, app: Flask, bell: Bell) -> None:
        self.engine = engine
        self.app = app
        self.bell = bell
        self.client: FlaskClient = app.test_client()

    def waiting(self, crm: str) -> set[tuple[str, str]]:
        with reading(self.engine) as connection:
            found = connection.execute(
                sa.select(signals.c.type, signals.c.record_id).where(signals.c.crm == crm)
            )
            return {(row.type, row.record_id) for row in found}

    def hubspot(self, body: bytes, path: str = "/hooks/hub", **headers: str) -> int:
        return self.client.post(path, data=body, headers=signed(body, path) | headers).status_code


def signed(body: bytes, path: str = "/hooks/hub") -> dict[str, str]:
    stamp = str(int(NOW.timestamp() * 1000))
    sent = Posted("POST", PUBLIC_URL + path, {TIMESTAMP: stamp}, body)
    return {TIMESTAMP: stamp, SIGNATURE_V3: signed_v3(ENVIRON["APP_SECRET"], sent)}


@contextmanager
def stage(
    url: str, folder: Path, text: str = RULES, inbox_url: str | None = None
) -> Iterator[Stage]:
    """The app with its doors; `inbox_url` for an inbox that is not where the rules are."""
    file = folder / "rules.toml"
    file.write_text(text, encoding="utf-8")
    config = read_config(file, ENVIRON)
    home, engine, bell = connect(url), connect(inbox_url or url), Bell()
    open_channels = channels(config, ENVIRON, assemble(config, ENVIRON, home))
    deliveries = storing(Inbox(engine, bell, lambda: NOW))
    doors = hooks(Intake(open_channels, deliveries, lambda: NOW))
    try:
        yield Stage(engine, create_app(Watched(engine, ("hub", "sales"), {}), doors), bell)
    finally:
        deliveries.close()
        home.dispose()
        engine.dispose()


@pytest.fixture
def acme(sqlite_url: str, tmp_path: Path) -> Iterator[Stage]:
    with stage(sqlite_url, tmp_path) as made:
        yield made


@pytest.fixture
def away(sqlite_url: str, tmp_path: Path) -> Iterator[Stage]:
    """The database does not answer."""
    with stage(sqlite_url, tmp_path, inbox_url=f"sqlite:///{tmp_path}/none/w.db") as made:
        yield made


# ---- HubSpot


def test_a_webhook_is_stored_and_wakes_a_round(database_url: str, tmp_path: Path) -> None:
    with stage(database_url, tmp_path) as acme:
        assert acme.hubspot(payload("hubspot/association_change.json")) == 204
        assert acme.waiting("hub") == {("deals", "9001"), ("companies", "501")}
        assert acme.bell.rung == [("hub", Wake.DRAIN, NOW + GATHERED_FOR)]


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
    """As gunicorn hands bodies over: with `Transfer-Encoding: chunked` no length is told."""
    body = payload("hubspot/creation.json").ljust(LARGEST_DELIVERY + extra)
    environ = {"wsgi.input_terminated": True}
    more = {"content_length": None} if chunked else {}
    answer = acme.client.post(
        "/hooks/hub", data=body, headers=signed(body), environ_overrides=environ, **more
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
        assert acme.bell.rung == [("sales", Wake.DRAIN, NOW + GATHERED_FOR)]


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


# ---- storing


def delivery(number: int) -> Received:
    return Received("hub", "tasks", Delivery((Ref("deals", str(number)),)))


class SlowBell(Bell):
    """Rung once in each transaction, which it makes a long one."""

    def wake(self, *args: Any, **more: Any) -> None:
        time.sleep(0.05)
        super().wake(*args, **more)


def test_many_deliveries_share_a_commit_and_a_round(acme: Stage) -> None:
    bell = SlowBell()
    together = Together(Inbox(acme.engine, bell, lambda: NOW))
    callers = [threading.Thread(target=together.store, args=(delivery(n),)) for n in range(30)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    together.close()
    assert len(acme.waiting("hub")) == 30
    assert len(bell.rung) < 10


def test_everybody_in_a_group_hears_of_its_failure(away: Stage) -> None:
    together = Together(Inbox(away.engine, away.bell, lambda: NOW))
    failed = []

    def call(number: int) -> None:
        with pytest.raises(sa.exc.OperationalError):
            together.store(delivery(number))
        failed.append(number)

    callers = [threading.Thread(target=call, args=(n,)) for n in range(5)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    together.close()
    assert sorted(failed) == list(range(5))


def test_each_database_has_the_way_that_suits_it(postgres_url: str, acme: Stage) -> None:
    for engine, way in ((connect(postgres_url), OneByOne), (acme.engine, Together)):
        made = storing(Inbox(engine, acme.bell, lambda: NOW))
        assert isinstance(made, way)
        made.close()
        engine.dispose()


def test_over_a_real_server(acme: Stage) -> None:
    """Chunked bodies, a body that is too long, and many callers at once."""
    server = Server(acme.app, Place("127.0.0.1", 0))
    threading.Thread(target=server.serve, daemon=True).start()
    bodies = [_creation(number) for number in range(40)]
    callers = [
        threading.Thread(target=lambda b=body: statuses.append(_post(server.url, b)))
        for body in bodies
    ]
    statuses: list[int] = []
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert statuses == [204] * 40
    assert len(acme.waiting("hub")) == 40
    assert _chunked(server.url, _creation(77).ljust(LARGEST_DELIVERY + 1)) == 413
    assert _chunked(server.url, _creation(78)) == 204
    assert ("contacts", "78") in acme.waiting("hub")
    server.close()


def _creation(number: int) -> bytes:
    (event,) = json.loads(payload("hubspot/creation.json"))
    return json.dumps([{**event, "objectId": number}]).encode()


def _post(url: str, body: bytes) -> int:
    return requests.post(
        f"{url}/hooks/hub", data=body, headers=signed(body), timeout=10
    ).status_code


def _chunked(url: str, body: bytes) -> int:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=10)
    pieces = (body[at : at + 65_536] for at in range(0, len(body), 65_536))
    connection.request("POST", "/hooks/hub", pieces, signed(body), encode_chunked=True)
    status = connection.getresponse().status
    connection.close()
    return status
