"""Records as a connector reads them, and the row of a customer that pushes hang on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from connectors.base import PushKind
from integration.store import claiming, outbox
from integration.store.claiming import Tried
from integration.store.identity import Types
from integration.store.outbox import Row
from integration.store.tables import customers
from rules.model import Account, Contact, Kind, Opportunity, Ref, Snapshot

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TYPES = Types(account="Account", contact="Contact")
LEASE = timedelta(minutes=2)
NO_TIME = timedelta(0)


def account(id: str = "A1", name: str = "Acme", **more: Any) -> Snapshot:
    ref = Ref("Account", id)
    return Snapshot(ref, Kind.ACCOUNT, Account(id, name), account_id=id, **more)


def contact(id: str = "C1", **more: Any) -> Snapshot:
    return Snapshot(Ref("Contact", id), Kind.CONTACT, Contact(id, "Eva Bauer"), **more)


def deal(id: str = "D1", **more: Any) -> Snapshot:
    return Snapshot(Ref("Opportunity", id), Kind.OPPORTUNITY, Opportunity(id, "Renewal"), **more)


def customer(connection: Connection) -> int:
    made = connection.execute(
        sa.insert(customers).values(crm="sales").returning(customers.c.id)
    ).scalar_one()
    return int(made)


def field_push(connection: Connection, record_id: str = "D1", **more: Any) -> None:
    """A wanted field on a record; rows of one record are one stream."""
    wanted = {
        "crm": "sales",
        "kind": PushKind.FIELD,
        "stream": f"Opportunity:{record_id}",
        "type": "Opportunity",
        "customer_id": customer(connection),
        "payload": {"ref": ["Opportunity", record_id], "values": {"reason": "price"}},
        "now": NOW,
        **more,
    }
    outbox.add(connection, **wanted)


def claimed(connection: Connection, limit: int = 100, now: datetime = NOW) -> list[Row]:
    """The next batch: of those first that were tried least."""
    for tried in Tried:
        kind = PushKind.FIELD
        if rows := claiming.claim(connection, "sales", kind, limit, now, LEASE, tried=tried):
            return rows
    return []
