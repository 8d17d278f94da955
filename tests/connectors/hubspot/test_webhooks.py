"""HubSpot's webhooks: who may send them, and which records each kind of event names."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.deliveries import Delivery, DeliveryRefused, Posted, TooMuch, Unreadable, Untrusted
from connectors.hubspot.signatures import (
    SIGNATURE,
    SIGNATURE_V3,
    SIGNATURE_VERSION,
    TIMESTAMP,
    check,
    decoded,
    signed_v1,
    signed_v2,
    signed_v3,
)
from connectors.hubspot.webhooks import WebhookSettings, receive
from rules.model import Ref
from tests.payloads import payload

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
URL = "https://winback.acme.example/hooks/hub"
SECRET = "6e5b5a1c-hub-app-secret"
OURS = WebhookSettings(secrets=(SECRET,), portal_id="8675309")

# HubSpot's own documents and client tests: nobody here computed these
KNOWN_SECRET = "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy"
KNOWN_URL = "https://www.example.com/webhook_uri"
KNOWN_EVENTS = (
    b'[{"eventId":1,"subscriptionId":12345,"portalId":62515,"occurredAt":1564113600000,'
    b'"subscriptionType":"contact.creation","attemptNumber":0,"objectId":123,"changeSource":"CRM",'
    b'"changeFlag":"NEW","appId":54321}]'
)
KNOWN_EXAMPLE = b'{"example_field":"example_value"}'
KNOWN_TIMED = b"{'example_field':'example_value'}"
KNOWN_V1 = "232db2615f3d666fe21a8ec971ac7b5402d33b9a925784df3ca654d05f4817de"
KNOWN_V2 = "9569219f8ba981ffa6f6f16aa0f48637d35d728c7e4d93d0d52efaa512af7900"
KNOWN_V2_OF_GET = "eee2dddcc73c94d699f5e395f4b9d454a069a6855fbfa152e91e88823087200e"
KNOWN_V3 = "K36dawei4A+QBNolUOqo7s91KQDWQ5MXZ/QufNYuk/Y="


def stamp(at: datetime = NOW) -> str:
    return str(int(at.timestamp() * 1000))


def posted(body: bytes, at: datetime = NOW, url: str = URL) -> Posted:
    """Signed as HubSpot does it today."""
    bare = Posted("POST", url, {TIMESTAMP: stamp(at)}, body)
    return replace(bare, headers={**bare.headers, SIGNATURE_V3: signed_v3(SECRET, bare)})


def delivered(body: bytes, **settings: Any) -> Delivery:
    return receive(posted(body), replace(OURS, **settings), NOW)


# ---- signatures


@pytest.mark.parametrize(
    ("version", "method", "body", "headers"),
    [
        ("v1", "POST", KNOWN_EVENTS, {SIGNATURE: KNOWN_V1, SIGNATURE_VERSION: "v1"}),
        ("v2", "POST", KNOWN_EXAMPLE, {SIGNATURE: KNOWN_V2, SIGNATURE_VERSION: "v2"}),
        ("v2", "GET", b"", {SIGNATURE: KNOWN_V2_OF_GET, SIGNATURE_VERSION: "v2"}),
        ("v3", "POST", KNOWN_TIMED, {SIGNATURE_V3: KNOWN_V3, TIMESTAMP: "1693657560000"}),
    ],
)
def test_known_signatures(version: str, method: str, body: bytes, headers: dict[str, str]) -> None:
    at = datetime.fromtimestamp(1693657560, UTC)
    signed = Posted(method, KNOWN_URL, headers, body)
    check(signed, [SECRET, KNOWN_SECRET], (version,), at)
    for changed in (replace(signed, body=body + b" "), replace(signed, url=KNOWN_URL + "2")):
        if version != "v1" or changed.body != body:  # v1 does not cover the address
            with pytest.raises(Untrusted):
                check(changed, [KNOWN_SECRET], (version,), at)


def test_the_address_is_decoded_as_hubspot_does() -> None:
    given = "https://a.example/hooks/hub?to=x%3a%2F%2f%3F%40%21%24%27%28%29%2A%2C%3B&name=a%20b%26c"
    assert decoded(given) == "https://a.example/hooks/hub?to=x://?@!$'()*,;&name=a%20b%26c"


@pytest.mark.parametrize("seconds", [0, 299, -299])
def test_signed_within_five_minutes(seconds: int) -> None:
    body = payload("hubspot/creation.json")
    sent = posted(body, NOW + timedelta(seconds=seconds))
    assert receive(sent, OURS, NOW).refs == (Ref("contacts", "123"),)


@pytest.mark.parametrize("seconds", [301, -301, 31_536_000])
def test_stale_and_early_ones_are_refused(seconds: int) -> None:
    sent = posted(payload("hubspot/creation.json"), NOW + timedelta(seconds=seconds))
    with pytest.raises(Untrusted):
        receive(sent, OURS, NOW)


def bad_headers() -> dict[str, Mapping[str, str]]:
    good = posted(payload("hubspot/creation.json")).headers
    signature, timestamp = good[SIGNATURE_V3], good[TIMESTAMP]
    arabic = "".join(chr(0x660 + int(digit)) for digit in timestamp)
    return {
        "none at all": {},
        "no signature": {TIMESTAMP: timestamp},
        "no timestamp": {SIGNATURE_V3: signature},
        "empty signature": {**good, SIGNATURE_V3: ""},
        "not ASCII": {**good, SIGNATURE_V3: "sïgnature"},
        "repeated signature": {**good, SIGNATURE_V3: f"{signature}, {signature}"},
        "repeated timestamp": {**good, TIMESTAMP: f"{timestamp},{timestamp}"},
        "timestamp in other digits": {**good, TIMESTAMP: arabic},
        "timestamp with a sign": {**good, TIMESTAMP: f"+{timestamp}"},
        "timestamp of another century": {**good, TIMESTAMP: "9" * 40},
        "an older version only": {SIGNATURE: signed_v1(SECRET, posted(b"[]"))},
    }


@pytest.mark.parametrize("case", list(bad_headers()))
def test_headers_that_prove_nothing(case: str) -> None:
    sent = replace(posted(payload("hubspot/creation.json")), headers=bad_headers()[case])
    with pytest.raises(Untrusted):
        receive(sent, OURS, NOW)


@pytest.mark.parametrize(
    "change",
    [{"body": b"[]"}, {"url": URL.replace("https", "http")}, {"method": "PUT"}],
)
def test_what_is_signed_cannot_be_changed(change: dict[str, Any]) -> None:
    sent = posted(payload("hubspot/creation.json"))
    with pytest.raises(Untrusted):
        receive(replace(sent, **change), OURS, NOW)


def test_two_secrets_while_one_is_changed() -> None:
    body = payload("hubspot/creation.json")
    assert delivered(body, secrets=("the new one", SECRET)).refs
    assert delivered(body, secrets=(SECRET, "the old one")).refs
    with pytest.raises(Untrusted):
        delivered(body, secrets=("the new one",))


@pytest.mark.parametrize(("version", "sign"), [("v1", signed_v1), ("v2", signed_v2)])
@pytest.mark.parametrize("named", [True, False])
def test_older_versions_where_the_file_asks_for_them(version: str, sign: Any, named: bool) -> None:
    sent = Posted("POST", URL, {}, payload("hubspot/creation.json"))
    headers = {SIGNATURE: sign(SECRET, sent)} | ({SIGNATURE_VERSION: version} if named else {})
    signed = replace(sent, headers=headers)
    assert receive(signed, replace(OURS, versions=("v3", version)), NOW).refs
    other = {"v1": "v2", "v2": "v1"}[version]
    for versions in (("v3",), ("v3", other)):
        with pytest.raises(Untrusted):
            receive(signed, replace(OURS, versions=versions), NOW)


def test_an_older_signature_does_not_save_a_stale_one() -> None:
    stale = posted(payload("hubspot/creation.json"), NOW - timedelta(hours=1))
    both = replace(stale, headers={**stale.headers, SIGNATURE: signed_v1(SECRET, stale)})
    with pytest.raises(Untrusted):
        receive(both, replace(OURS, versions=("v3", "v1")), NOW)


# ---- events


@pytest.mark.parametrize(
    ("file", "refs"),
    [
        ("property_change", [("deals", "9001")]),
        ("event_type", [("companies", "501")]),
        ("creation", [("contacts", "123")]),
        ("deletion", [("deals", "9002")]),
        ("restore", [("deals", "9002")]),
        ("merge", [("companies", "501"), ("companies", "502"), ("companies", "503")]),
        ("association_change", [("deals", "9001"), ("companies", "501")]),
        ("object", [("2-4410", "77"), ("deals", "9003"), ("tasks", "555")]),
        ("not_for_us", [("tickets", "31")]),
    ],
)
def test_records_that_events_name(file: str, refs: list[tuple[str, str]]) -> None:
    found = delivered(payload(f"hubspot/{file}.json"))
    assert {(ref.type, ref.id) for ref in found.refs} == set(refs)
    assert not found.erased


def test_a_person_who_was_erased_is_not_read_again() -> None:
    found = delivered(payload("hubspot/privacy_deletion.json"))
    assert found == Delivery(erased=(Ref("contacts", "123"),))


@pytest.mark.parametrize(
    ("kind", "type_id", "erased"),
    [
        ("object.privacyDeletion", "0-1", (Ref("contacts", "123"),)),
        ("object.privacyDeletion", "0-2", ()),  # a company's number may be a person's as well
        ("company.privacyDeletion", None, ()),
    ],
)
def test_only_people_are_erased(kind: str, type_id: str | None, erased: tuple[Ref, ...]) -> None:
    [event] = json.loads(payload("hubspot/privacy_deletion.json"))[:1]
    told = {**event, "subscriptionType": kind, "objectTypeId": type_id}
    assert delivered(json.dumps([told]).encode()) == Delivery(erased=erased)


def test_other_portals_and_other_apps_are_passed_over() -> None:
    body = payload("hubspot/creation.json")
    assert delivered(body, portal_id="1") == Delivery()
    assert delivered(body, app_id="1") == Delivery()
    assert delivered(body, portal_id=None, app_id="1160452").refs


def test_one_event_outside_of_an_array_is_taken() -> None:
    (event,) = json.loads(payload("hubspot/creation.json"))
    assert delivered(json.dumps(event).encode()).refs == (Ref("contacts", "123"),)


def test_a_hundred_events_and_no_more() -> None:
    (event,) = json.loads(payload("hubspot/creation.json"))
    many = [{**event, "objectId": number} for number in range(100)]
    assert len(delivered(json.dumps(many).encode()).refs) == 100
    with pytest.raises(TooMuch):
        delivered(json.dumps([*many, event]).encode())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not JSON",
        b"\x1f\x8b compressed",
        b"[NaN]",
        b"[" * 100_000,
        b'[{"subscriptionType":"deal.creation","objectId":' + b"9" * 5_000 + b"}]",
        b'["deal.creation"]',
        b'[{"subscriptionType":7}]',
        b'[{"subscriptionType":"deal.creation","objectId":true,"portalId":8675309}]',
        b'[{"subscriptionType":"deal.creation","objectId":"1 OR 1","portalId":8675309}]',
        b'[{"subscriptionType":"object.creation","objectId":1,"portalId":8675309}]',
        b'[{"subscriptionType":"deal.merge","portalId":8675309}]',
        b'[{"subscriptionType":"deal.merge","objectId":1,"mergedObjectIds":2,"portalId":8675309}]',
        payload("hubspot/no_events.json"),
        payload("hubspot/no_id.json"),
    ],
)
def test_what_is_signed_and_no_delivery(body: bytes) -> None:
    with pytest.raises(Unreadable):
        delivered(body)


def test_refusals_tell_nothing_of_the_body() -> None:
    with pytest.raises(DeliveryRefused) as refused:
        delivered(b'[{"subscriptionType":"deal.creation","objectId":"zebra","portalId":8675309}]')
    assert "zebra" not in str(refused.value)
