"""When each push channel last brought something, and when something it brought was refused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from integration.store.tables import deliveries
from integration.store.upsert import insert


@dataclass(frozen=True, slots=True)
class Arrival:
    """A delivery that came by a channel; `refused` says why it was not taken, if it was not."""

    crm: str
    channel: str
    at: datetime
    refused: str = ""


@dataclass(frozen=True, slots=True)
class LastDelivery:
    """What is known of one channel; None where it never happened."""

    channel: str
    accepted_at: datetime | None
    refused_at: datetime | None
    refused_because: str | None

    @property
    def is_refused(self) -> bool:
        """The last that came by this channel was not taken."""
        if self.refused_at is None:
            return False
        return self.accepted_at is None or self.refused_at > self.accepted_at


def note(connection: Connection, arrivals: Iterable[Arrival]) -> None:
    """Keep the last arrival of each channel, accepted and refused."""
    newest = {(one.crm, one.channel, bool(one.refused)): one for one in arrivals}
    for _, one in sorted(newest.items()):  # in one order, so that two processes cannot deadlock
        told: dict[str, datetime | str] = {"accepted_at": one.at}
        if one.refused:
            told = {"refused_at": one.at, "refused_because": one.refused}
        row = insert(connection, deliveries).values(crm=one.crm, channel=one.channel, **told)
        connection.execute(row.on_conflict_do_update(index_elements=["crm", "channel"], set_=told))


def last(connection: Connection, crm: str) -> tuple[LastDelivery, ...]:
    """By channel."""
    rows = connection.execute(
        sa.select(deliveries).where(deliveries.c.crm == crm).order_by(deliveries.c.channel)
    )
    return tuple(
        LastDelivery(row.channel, row.accepted_at, row.refused_at, row.refused_because)
        for row in rows
    )
