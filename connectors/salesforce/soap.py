"""Outbound messages of Salesforce: the SOAP envelope, read by local names, and its two answers.

The namespaces differ between enterprise and partner messages, and the prefix of `xsi:type` is
promised by nobody. Entities and DTDs are refused.
https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/sforce_api_om_outboundmessaging_notifications.htm
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from connectors.deliveries import MOST_EVENTS, TooMuch, Unreadable

MEDIA_TYPE: Final = "text/xml; charset=utf-8"

_ENVELOPE: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/">'
    "<soapenv:Body>{}</soapenv:Body></soapenv:Envelope>"
)
ACK: Final = _ENVELOPE.format(
    '<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound">'
    "<Ack>true</Ack></notificationsResponse>"
)
"""Covers every notification of a message, so it is sent when all of them are stored."""


@dataclass(frozen=True, slots=True)
class Message:
    """`records` are (type, id) as Salesforce spells them."""

    org_id: str
    records: tuple[tuple[str, str], ...]


def fault(sentence: str, *, ours: bool) -> str:
    """Salesforce sends the message again for 24 hours. The sentence must need no escaping."""
    code = "Server" if ours else "Client"
    return _ENVELOPE.format(
        f"<soapenv:Fault><faultcode>soapenv:{code}</faultcode>"
        f"<faultstring>{sentence}</faultstring></soapenv:Fault>"
    )


def read(body: bytes) -> Message:
    """Raises `DeliveryRefused`."""
    try:
        root = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise Unreadable("the body is not the XML of an outbound message") from None
    message = _child(_child(root, "Body"), "notifications")
    if _local(root.tag) != "Envelope" or message is None:
        raise Unreadable("the body is not an outbound message")
    notices = list(_children(message, "Notification"))
    if not notices:
        raise Unreadable("the message holds no notification")
    if len(notices) > MOST_EVENTS:
        raise TooMuch(f"more than {MOST_EVENTS} notifications in one message")
    records = tuple(_record(_child(notice, "sObject")) for notice in notices)
    return Message(_text(_child(message, "OrganizationId")), records)


def _record(element: Element | None) -> tuple[str, str]:
    if element is None:
        raise Unreadable("a notification holds no record")
    written = next((v for name, v in element.attrib.items() if _local(name) == "type"), "")
    return written.rpartition(":")[2].strip(), _text(_child(element, "Id"))


def _children(parent: Element | None, name: str) -> Iterator[Element]:
    for element in () if parent is None else parent:
        if _local(element.tag) == name:
            yield element


def _child(parent: Element | None, name: str) -> Element | None:
    return next(_children(parent, name), None)


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _text(element: Element | None) -> str:
    return ((element.text if element is not None else None) or "").strip()
