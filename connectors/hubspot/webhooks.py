"""HubSpot's webhooks: a signed JSON array of events, read into the records that they name.

Only ids are taken from an event; HubSpot sends no record with it, at least once and in any
order. What we do not know (`conversation.*`, another portal's events) is passed over, so that
it is acknowledged: HubSpot sends everything that is not answered 2xx again for a day. An event
of a kind that we do know, without its ids, makes the whole delivery unreadable: then HubSpot's
own log shows it to the admin, and the next poll has the records.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from connectors.deliveries import (
    MOST_EVENTS,
    Delivery,
    Posted,
    TooMuch,
    Unreadable,
    read_json,
)
from connectors.hubspot import signatures
from connectors.hubspot.paths import CONTACTS, type_name
from rules.model import Ref

Event = Mapping[str, Any]

_OBJECT: Final = "object"  # its type stands in `objectTypeId`
_WEBHOOK_TYPES: Final = {
    # webhooks name types in the singular; those that `paths` does not know
    "line_item": "line_items",
    "product": "products",
}
_ID = re.compile(r"[0-9]{1,19}")
_TYPE = re.compile(r"[A-Za-z0-9_-]{1,100}")


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """What a webhook has to prove and to be about. None lets any portal or app pass: all of them
    share the app's secret."""

    secrets: tuple[str, ...]
    versions: tuple[str, ...] = (signatures.V3,)
    portal_id: str | None = None
    app_id: str | None = None


def receive(posted: Posted, settings: WebhookSettings, now: datetime) -> Delivery:
    """Raises `DeliveryRefused`."""
    signatures.check(posted, settings.secrets, settings.versions, now)
    refs: dict[Ref, None] = {}
    erased: dict[Ref, None] = {}
    for kind, event in _events(posted.body):
        if not _ours(event, settings):
            continue
        type, _, change = kind.partition(".")
        if change == "privacyDeletion" and _record_type(event, type) == CONTACTS:
            erased[Ref(CONTACTS, _id(event, "objectId"))] = None
        elif change in _NAMED:
            refs.update(dict.fromkeys(_NAMED[change](event, _record_type(event, type))))
    return Delivery(tuple(ref for ref in refs if ref not in erased), tuple(erased))


def _events(body: bytes) -> Iterator[tuple[str, Event]]:
    """All events of a body with what they are called; one that stands alone, outside of an
    array, is taken too."""
    told = read_json(body)
    events = told if isinstance(told, list) else [told]
    if len(events) > MOST_EVENTS:
        raise TooMuch(f"more than {MOST_EVENTS} events in one delivery")
    for event in events:
        if not isinstance(event, dict):
            raise Unreadable("an event is not an object")
        if not (kind := _kind(event)):
            raise Unreadable("an event has neither subscriptionType nor eventType")
        yield kind, event


def _kind(event: Event) -> str:
    """HubSpot's guide says `eventType`, its samples `subscriptionType`."""
    kind = event.get("subscriptionType") or event.get("eventType")
    return kind if isinstance(kind, str) else ""


def _ours(event: Event, settings: WebhookSettings) -> bool:
    portal, app = settings.portal_id, settings.app_id
    return (portal is None or str(event.get("portalId")) == portal) and (
        app is None or str(event.get("appId")) == app
    )


def _record_type(event: Event, type: str) -> str:
    """The type's name in paths; `object.*` names it by its id."""
    named = event.get("objectTypeId") if type == _OBJECT else type
    if not isinstance(named, str):
        raise Unreadable("an event does not name its record's type")
    return _spelt(named)


@lru_cache(maxsize=256)
def _spelt(type: str) -> str:
    if not _TYPE.fullmatch(type):
        raise Unreadable("an event does not name its record's type")
    return _WEBHOOK_TYPES.get(type.lower(), type_name(type))


# ---- which records an event names


def _changed(event: Event, type: str) -> Iterable[Ref]:
    return (Ref(type, _id(event, "objectId")),)


def _merged(event: Event, type: str) -> Iterator[Ref]:
    """The winner, those that went into it, and what they live on as, which may be new."""
    losers = event.get("mergedObjectIds") or []
    if not isinstance(losers, list):
        raise Unreadable("mergedObjectIds is not a list")
    found = [event.get(name) for name in ("primaryObjectId", "newObjectId", "objectId")]
    named = [one for one in (*found, *losers) if one is not None]
    if not named:
        raise Unreadable("a merge names no record")
    yield from (Ref(type, _checked_id(one)) for one in named)


def _associated(event: Event, type: str) -> Iterator[Ref]:
    """Both ends: which of the two holds the association for us is not decided here. The type of
    the other end is in `associationType` (`DEAL_TO_COMPANY`), in whichever direction."""
    yield Ref(type, _id(event, "fromObjectId"))
    written = event.get("associationType")
    left, found, right = written.partition("_TO_") if isinstance(written, str) else ("", "", "")
    to_type = event.get("toObjectTypeId") or (right.lower() if found else None)
    if isinstance(to_type, str) and _TYPE.fullmatch(to_type):
        yield Ref(_spelt(to_type), _id(event, "toObjectId"))
    if left and _TYPE.fullmatch(left) and _spelt(left.lower()) != type:
        yield Ref(_spelt(left.lower()), _id(event, "fromObjectId"))


def _id(event: Event, name: str) -> str:
    return _checked_id(event.get(name))


def _checked_id(given: object) -> str:
    text = str(given) if isinstance(given, (int, str)) and not isinstance(given, bool) else ""
    if not _ID.fullmatch(text):
        raise Unreadable("an event names no record")
    return text


_NAMED: Final[Mapping[str, Callable[[Event, str], Iterable[Ref]]]] = {
    "creation": _changed,
    "propertyChange": _changed,
    "deletion": _changed,  # the record itself tells: it may have been restored since
    "restore": _changed,
    "merge": _merged,
    "associationChange": _associated,
}
