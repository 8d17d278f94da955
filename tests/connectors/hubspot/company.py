"""Small portals to test against, and pushes to send them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from connectors.base import Cursor, Page, Push, PushKind
from connectors.hubspot.connector import HubSpotConnector
from connectors.sandbox.hubspot.crm import HubSpotPortal
from connectors.stream import Stream
from rules.model import Field, Kind, Ref, Snapshot, TaskDraft

NOW = datetime(2026, 11, 21, tzinfo=UTC)
COMPANIES = Stream("companies", Kind.ACCOUNT)
CONTACTS = Stream("contacts", Kind.CONTACT)
DEALS = Stream("deals", Kind.OPPORTUNITY)
TASKS = Stream("tasks", Kind.TASK)
OWNERS = Stream("owners", Kind.OWNER)


@dataclass(frozen=True, slots=True)
class Customer:
    """One company with a contact and a lost deal, by their ids."""

    company: str
    contact: str
    deal: str


def customer(portal: HubSpotPortal, name: str = "Acme", **deal: Any) -> Customer:
    company = portal.create("companies", {"name": name, "domain": f"{name.lower()}.example"})
    contact = portal.create("contacts", {"firstname": "Ann"}, {"companies": [company]})
    properties = {"dealname": f"{name} renewal", "dealstage": "closedlost", **deal}
    links = {"companies": [company], "contacts": [contact]}
    return Customer(company, contact, portal.create("deals", properties, links))


def create(of: Customer, key: str = "r1:listen:1", **changes: Any) -> Push:
    draft = {
        "key": key,
        "subject": "Call Ann",
        "body": f"Listen.\n[winback:{key}]",
        "due_on": date(2026, 11, 24),
        "due_at": datetime(2026, 11, 24, 9, tzinfo=UTC),
        "owner_id": "",
        "account_id": of.company,
        "contact_id": of.contact,
        "record": Ref("deals", of.deal),
        **changes,
    }
    return Push(f"push-{key}", PushKind.TASK_CREATE, task=TaskDraft(**draft))


def fill(ref: Ref, push_id: str = "f1", **values: str | None) -> Push:
    return Push(push_id, PushKind.FIELD, ref, values={Field(k): v for k, v in values.items()})


def poll(
    connector: HubSpotConnector, stream: Stream, cursor: Cursor | None = None
) -> tuple[list[Snapshot], Page]:
    """All snapshots of a poll, and its last page."""
    pages = list(connector.changed(stream, cursor, NOW))
    return [one for page in pages for one in page.snapshots], pages[-1]


def ids(snapshots: Sequence[Snapshot]) -> list[str]:
    return [one.ref.id for one in snapshots]
