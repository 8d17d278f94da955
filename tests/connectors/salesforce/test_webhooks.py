"""Salesforce's outbound messages and Flow callouts: who may send them, and what they name."""

from __future__ import annotations

import json

import pytest
from defusedxml.ElementTree import fromstring

from connectors.deliveries import Posted, TooMuch, Unreadable, Untrusted
from connectors.salesforce import soap
from connectors.salesforce.webhooks import (
    SECRET_HEADER,
    WebhookSettings,
    callout,
    full_id,
    is_callout,
    outbound_message,
)
from rules.model import Ref
from tests.payloads import payload

URL = "https://winback.acme.example/hooks/sales/secret-path"
ORG_ID = "00DWb0000000001"
SECRET = "of-the-named-credential"
OURS = WebhookSettings(secrets=(SECRET,), org_id=ORG_ID)
FIRST = Ref("Opportunity", full_id("006Wb0000000001"))
SECOND = Ref("Opportunity", full_id("006Wb0000000002"))


def soap_post(body: bytes) -> Posted:
    return Posted("POST", URL, {"content-type": "text/xml; charset=UTF-8"}, body)


def json_post(body: bytes, secret: str | None = SECRET) -> Posted:
    headers = {"content-type": "application/json"}
    return Posted("POST", URL, headers | ({SECRET_HEADER: secret} if secret else {}), body)


def messages(file: str) -> Posted:
    return soap_post(payload(f"salesforce/{file}.xml"))


def test_full_ids() -> None:
    assert full_id("0017000000hOcHr") == "0017000000hOcHrAAK"
    assert full_id("0017000000hOcHrAAK") == "0017000000hOcHrAAK"


def test_a_message_names_its_record() -> None:
    assert outbound_message(messages("outbound_message"), OURS).refs == (FIRST,)


def test_several_notifications_and_one_twice() -> None:
    assert outbound_message(messages("outbound_two"), OURS).refs == (FIRST, SECOND)


def test_prefixes_and_namespaces_mean_nothing() -> None:
    found = outbound_message(messages("outbound_other_prefixes"), OURS)
    assert found.refs == (Ref("Cancellation__c", full_id("a01Wb0000000003")),)


@pytest.mark.parametrize("org_id", [ORG_ID, full_id(ORG_ID), None])
def test_the_organisation_by_15_or_18_characters(org_id: str | None) -> None:
    settings = WebhookSettings(secrets=(), org_id=org_id)
    assert outbound_message(messages("outbound_message"), settings).refs


def test_other_organisations_are_refused() -> None:
    with pytest.raises(Untrusted):
        outbound_message(messages("outbound_other_org"), OURS)
    nameless = payload("salesforce/outbound_message.xml").replace(b"OrganizationId", b"Nobody")
    with pytest.raises(Untrusted):
        outbound_message(soap_post(nameless), OURS)


def test_a_hundred_notifications_and_no_more() -> None:
    body = payload("salesforce/outbound_message.xml")
    start, end = body.index(b"   <Notification>"), body.index(b"  </notifications>")
    notice = body[start:end]
    full = body[:start] + notice * 100 + body[end:]
    assert outbound_message(soap_post(full), OURS).refs == (FIRST,)
    with pytest.raises(TooMuch):
        outbound_message(soap_post(body[:start] + notice * 101 + body[end:]), OURS)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not XML",
        b"<notifications/>",
        b'<?xml version="1.0" encoding="klingon"?><Envelope/>',
        payload("salesforce/outbound_without_records.xml"),
        payload("salesforce/outbound_with_entities.xml"),
        payload("salesforce/outbound_message.xml")[:900],
        payload("salesforce/outbound_message.xml").replace(b"006Wb0000000001", b"006 OR 1=1 --zz"),
        payload("salesforce/outbound_message.xml").replace(b"sf:Opportunity", b"sf:"),
        payload("salesforce/outbound_message.xml").replace(b"sObject", b"other"),
    ],
)
def test_what_is_no_outbound_message(body: bytes) -> None:
    with pytest.raises(Unreadable):
        outbound_message(soap_post(body), OURS)


@pytest.mark.parametrize("answer", [soap.ACK, soap.fault("bad request", ours=False)])
def test_answers_are_soap_envelopes(answer: str) -> None:
    root = fromstring(answer)
    assert root.tag == "{http://schemas.xmlsoap.org/soap/envelope/}Envelope"
    assert len(root[0]) == 1


def test_a_callout_names_its_records() -> None:
    found = callout(json_post(payload("salesforce/callout.json")), OURS)
    assert found.refs == (FIRST, Ref("Account", full_id("001Wb0000000007")))


def test_a_callout_with_one_record_and_a_short_id() -> None:
    assert callout(json_post(payload("salesforce/callout_one.json")), OURS).refs == (FIRST,)


@pytest.mark.parametrize(
    "record",
    [
        {"attributes": {"type": "Opportunity", "url": "/x"}, "Id": FIRST.id, "Type": "Renewal"},
        {"Type": "Opportunity", "Id": FIRST.id},
        {"object": "Opportunity", "id": FIRST.id, "name": "x"},
        {"sObject": "Opportunity", "recordId": FIRST.id},
        {"sobject_type": "Opportunity", "record_id": FIRST.id},
        {"record": "Opportunity", "id": FIRST.id[:15]},
    ],
)
def test_a_callout_may_name_type_and_id_as_others_do(record: dict[str, object]) -> None:
    assert callout(json_post(json.dumps(record).encode()), OURS).refs == (FIRST,)


@pytest.mark.parametrize("secret", [None, "wrong", f"{SECRET},{SECRET}", "nö"])
def test_a_callout_has_to_know_the_secret(secret: str | None) -> None:
    with pytest.raises(Untrusted):
        callout(json_post(payload("salesforce/callout.json"), secret), OURS)


def test_two_secrets_while_one_is_changed() -> None:
    both = WebhookSettings(secrets=("the new one", SECRET))
    for secret in both.secrets:
        assert callout(json_post(payload("salesforce/callout.json"), secret), both).refs


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no",
        b"[" * 100_000,
        b"7",
        b"{}",
        b'{"records": []}',
        b'{"records": {"type": "Account"}}',
        b'{"records": ["001Wb0000000007"]}',
        b'{"type": "Account; DROP", "id": "001Wb0000000007"}',
        payload("salesforce/callout_without_id.json"),
    ],
)
def test_what_is_no_callout(body: bytes) -> None:
    with pytest.raises(Unreadable):
        callout(json_post(body), OURS)


def test_a_callout_of_more_than_a_hundred() -> None:
    records = [{"type": "Account", "id": full_id("001Wb0000000007")}] * 101
    with pytest.raises(TooMuch):
        callout(json_post(json.dumps({"records": records}).encode()), OURS)


@pytest.mark.parametrize(
    ("media_type", "body", "json_callout"),
    [
        ("application/json; charset=utf-8", b"{}", True),
        ("text/xml", b"<x/>", False),
        ("application/soap+xml", b"<x/>", False),
        ("text/plain", b"  {}", True),
        ("", b"<x/>", False),
    ],
)
def test_the_two_ways_are_told_apart(media_type: str, body: bytes, json_callout: bool) -> None:
    assert is_callout(Posted("POST", URL, {"content-type": media_type}, body)) is json_callout
