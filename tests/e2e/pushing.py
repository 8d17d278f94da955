"""Plays the part of both CRMs that pushes: what the sandbox's ledger says was written, by a
person or by us, goes out as signed webhooks, outbound messages and Flow callouts."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

import requests

from connectors.deliveries import Posted
from connectors.hubspot.signatures import SIGNATURE_V3, TIMESTAMP, signed_v3
from connectors.sandbox.server import Sandbox
from connectors.sandbox.world import LedgerEntry

APP_SECRET = "app-secret"
PATH_SECRET = "0f5e1f2fcd7e4ffab3c4f25de1f3a1b0"
FLOW_SECRET = "flow-secret"
MOST = 100  # events in a request

_SINGULAR = {"companies": "company", "contacts": "contact", "deals": "deal"}
_TYPE_IDS = {"tasks": "0-27"}

_SOAP = """<?xml version="1.0" encoding="UTF-8"?>
<E:Envelope xmlns:E="http://schemas.xmlsoap.org/soap/envelope/"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><E:Body>
<notifications xmlns="http://soap.sforce.com/2005/09/outbound">
<OrganizationId>{org}</OrganizationId>{notices}</notifications></E:Body></E:Envelope>"""
_NOTICE = """<Notification><Id>04l{number:012}AAA</Id><sObject xsi:type="sf:{type}"
 xmlns:sf="urn:sobject.enterprise.soap.sforce.com"><sf:Id>{id}</sf:Id></sObject></Notification>"""


@dataclass(frozen=True)
class Request:
    """One request that a CRM makes."""

    path: str
    body: bytes
    headers: Mapping[str, str]

    def send(self, url: str) -> None:
        """Signed at the moment of sending, as a CRM does with a second try too."""
        headers = dict(self.headers)
        if self.path == "/hooks/hub":
            headers[TIMESTAMP] = str(int(time.time() * 1000))
            bare = Posted("POST", url + self.path, headers, self.body)
            headers[SIGNATURE_V3] = signed_v3(APP_SECRET, bare)
        answer = requests.post(url + self.path, data=self.body, headers=headers, timeout=10)
        assert answer.ok, (answer.status_code, answer.text)


class Player:
    """Reads the ledger on from where it stopped."""

    def __init__(self, sandbox: Sandbox, org_id: str) -> None:
        self._world = sandbox.world
        self._portal_id = sandbox.hubspot.portal_id
        self._org_id = org_id
        self._seen = self._newest()

    def requests(self) -> list[Request]:
        """What the CRMs have to tell since the last time."""
        with self._world.lock:
            new = [one for one in self._world.ledger if one.number > self._seen]
        self._seen = max((one.number for one in new), default=self._seen)
        told = [one for one in new if one.verb != "schema"]
        return [
            *self._hubspot([one for one in told if one.crm == "hubspot"]),
            *self._salesforce([one for one in told if one.crm == "salesforce"]),
        ]

    def _newest(self) -> int:
        with self._world.lock:
            return max((one.number for one in self._world.ledger), default=0)

    def _hubspot(self, entries: Iterable[LedgerEntry]) -> Iterator[Request]:
        numbers = itertools.count(1)
        events = [
            {
                "eventId": next(numbers),
                "portalId": self._portal_id,
                "occurredAt": int(entry.at.timestamp() * 1000),
                "attemptNumber": 0,
                **event,
            }
            for entry in entries
            for event in _events(entry)
        ]
        for part in _parts(events):
            body = json.dumps(part).encode()
            yield Request("/hooks/hub", body, {"Content-Type": "application/json"})

    def _salesforce(self, entries: Sequence[LedgerEntry]) -> Iterator[Request]:
        """A flow sends outbound messages for one type each; callouts tell what those cannot."""
        path = f"/hooks/sales/{PATH_SECRET}"
        saved = [one for one in entries if one.verb in ("create", "update")]
        for type in sorted({one.type for one in saved}):
            for part in _parts([one for one in saved if one.type == type]):
                notices = "".join(
                    _NOTICE.format(number=one.number, type=escape(type), id=one.id) for one in part
                )
                body = _SOAP.format(org=self._org_id, notices=notices).encode()
                yield Request(path, body, {"Content-Type": "text/xml; charset=UTF-8"})
        records = [
            {"type": one.type, "id": id}
            for one in entries
            if one.verb in ("delete", "restore", "merge")
            for id in filter(None, (one.id, one.fields.get("loser")))
        ]
        for part in _parts(records):
            headers = {"Content-Type": "application/json", "X-Winback-Secret": FLOW_SECRET}
            yield Request(path, json.dumps({"records": part}).encode(), headers)


def _parts(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), MOST):
        yield items[start : start + MOST]


def _events(entry: LedgerEntry) -> Iterator[dict[str, Any]]:
    """What HubSpot tells of one write, for all properties subscribed."""
    name = _SINGULAR.get(entry.type, "object")
    typed = {"objectTypeId": _TYPE_IDS[entry.type]} if entry.type in _TYPE_IDS else {}
    record = {"objectId": int(entry.id), **typed}
    fields = dict(entry.fields)
    linked = fields.pop("associations", None) or fields.pop("dissociated", None) or {}
    if entry.verb == "merge":
        merged = [int(one) for one in fields["merged"]]
        yield {
            "subscriptionType": f"{name}.merge",
            "primaryObjectId": int(entry.id),
            "mergedObjectIds": merged,
            "newObjectId": int(entry.id),
        }
        return
    words = {"create": "creation", "delete": "deletion", "restore": "restore"}
    if entry.verb in words:
        yield {"subscriptionType": f"{name}.{words[entry.verb]}", **record}
    for property, value in fields.items():
        changed = {"propertyName": property, "propertyValue": value}
        yield {"eventType": f"{name}.propertyChange", **record, **changed}
    for other, ids in linked.items():
        for id in ids if name != "object" else ():
            yield {
                "subscriptionType": f"{name}.associationChange",
                "associationType": f"{name}_TO_{_SINGULAR.get(other, other)}".upper(),
                "fromObjectId": int(entry.id),
                "toObjectId": int(id),
                "associationRemoved": False,
            }
