"""Salesforce's two ways to push: outbound messages (SOAP), and a Flow's HTTP callout (JSON).

Neither is signed. An outbound message shows the organisation's id and knows a secret address;
a callout can send a fixed header from its named credential. So both are hints only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from connectors.deliveries import (
    MOST_EVENTS,
    Delivery,
    Posted,
    TooMuch,
    Unreadable,
    Untrusted,
    is_one_of,
    read_json,
)
from connectors.salesforce import soap
from connectors.salesforce.reading import short
from rules.model import Ref

SECRET_HEADER: Final = "x-winback-secret"  # noqa: S105 - the header's name

_ID = re.compile(r"[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?")
_TYPE = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}")
_SUFFIX: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """`secrets` are what a callout's header may hold. Without `org_id` the secret address alone
    speaks for an outbound message."""

    secrets: tuple[str, ...]
    org_id: str | None = None


def is_callout(posted: Posted) -> bool:
    """By its media type, and where that says neither, by how the body begins."""
    media_type = posted.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type.endswith(("/json", "+json")):
        return True
    return not media_type.endswith(("/xml", "+xml")) and posted.body.lstrip()[:1] in (b"{", b"[")


def outbound_message(posted: Posted, settings: WebhookSettings) -> Delivery:
    """Raises `DeliveryRefused`."""
    message = soap.read(posted.body)
    org_id = settings.org_id
    if org_id is not None and not is_one_of(short(message.org_id), [short(org_id)]):
        raise Untrusted("the message is of another organisation")
    return Delivery(_refs(message.records))


def callout(posted: Posted, settings: WebhookSettings) -> Delivery:
    """`{"records": [{"type": "Opportunity", "id": "006..."}]}`, or one such record alone.
    Raises `DeliveryRefused`."""
    given = posted.headers.get(SECRET_HEADER, "")
    if not is_one_of(given, settings.secrets):
        raise Untrusted("X-Winback-Secret is missing or wrong")
    return Delivery(_refs(_record(one) for one in _records(posted.body)))


def _records(body: bytes) -> list[Any]:
    told = read_json(body)
    found = told.get("records", [told]) if isinstance(told, dict) else told
    if not isinstance(found, list) or not found:
        raise Unreadable("the callout names no records")
    if len(found) > MOST_EVENTS:
        raise TooMuch(f"more than {MOST_EVENTS} records in one callout")
    return found


def _record(told: object) -> tuple[str, str]:
    """The admin writes the body, so other usual names for the two are taken too, and a record as
    Salesforce itself puts it into JSON, with its type in `attributes`."""
    if not isinstance(told, Mapping):
        raise Unreadable("a record of the callout is not an object")
    told = {_plain(name): value for name, value in told.items()}
    if isinstance(attributes := told.get("attributes"), Mapping):
        told = {**told, "type": attributes.get("type")}
    type = next((told[name] for name in _TYPE_NAMES if name in told), None)
    id = next((told[name] for name in _ID_NAMES if name in told), None)
    if not isinstance(type, str) or not isinstance(id, str):
        raise Unreadable("a record of the callout has no type or no id")
    return type.strip(), id.strip()


_TYPE_NAMES: Final = ("type", "object", "objecttype", "sobject", "sobjecttype", "record")
_ID_NAMES: Final = ("id", "recordid")


def _plain(name: str) -> str:
    return name.lower().replace("_", "")


def _refs(records: Iterable[tuple[str, str]]) -> tuple[Ref, ...]:
    found: dict[Ref, None] = {}
    for type, id in records:
        if not _TYPE.fullmatch(type) or not _ID.fullmatch(id):
            raise Unreadable("a record has no type or no id")
        found[Ref(type, full_id(id))] = None
    return tuple(found)


def full_id(id: str) -> str:
    """The 18 characters of an id: a formula of an admin may give the first 15 only. The suffix
    has one sign for the capitals of each five characters."""
    if len(id) != 15:
        return id
    suffix = ""
    for start in (0, 5, 10):
        capitals = (sign.isupper() for sign in id[start : start + 5])
        suffix += _SUFFIX[sum(1 << place for place, one in enumerate(capitals) if one)]
    return id + suffix
