"""Whether anything that is stored already waits for a round: what a lost wake-up would leave."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy import Connection

from integration.store import claiming, crms
from integration.store.tables import customers, signals, suppressions


class Due(StrEnum):
    """What a round would find."""

    NOTHING = "nothing"
    ROWS = "rows"  # signals, changed customers, rows of the outbox, people to be forgotten
    CALL = "call"  # the CRM was to be left alone for a while, which is over


def due_work(connection: Connection, crm: str, now: datetime) -> Due:
    """What waits at a CRM now. One that is paused or to be left alone has nothing, but who asked
    to be forgotten waits for no CRM."""
    state = crms.state(connection, crm)
    if _to_forget(connection, crm):
        return Due.ROWS
    if state.paused or (state.blocked_until is not None and state.blocked_until > now):
        return Due.NOTHING
    if state.blocked_until is not None:
        return Due.CALL
    due_at = claiming.next_due(connection, crm)
    if due_at is not None and due_at <= now:
        return Due.ROWS
    return Due.ROWS if _named_or_changed(connection, crm) else Due.NOTHING


def _to_forget(connection: Connection, crm: str) -> bool:
    asked = sa.exists().where(suppressions.c.crm == crm, suppressions.c.contact_id.is_not(None))
    return connection.execute(sa.select(asked)).scalar_one()


def _named_or_changed(connection: Connection, crm: str) -> bool:
    named = sa.exists().where(signals.c.crm == crm)
    changed = sa.exists().where(customers.c.crm == crm, customers.c.changed_at.is_not(None))
    return connection.execute(sa.select(sa.or_(named, changed))).scalar_one()
