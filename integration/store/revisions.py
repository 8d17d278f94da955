"""Rule files as they were put in force: a decision carries the number of its revision."""

from __future__ import annotations

import hashlib
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from integration.store.tables import revisions


def publish(connection: Connection, text: str, now: datetime) -> int:
    """The number of this text's revision; a text that is in force already keeps its number."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    known = connection.execute(
        sa.select(revisions.c.number).where(revisions.c.digest == digest)
    ).scalar()
    if known is not None:
        return int(known)
    number = connection.execute(
        sa.insert(revisions)
        .values(digest=digest, text=text, published_at=now)
        .returning(revisions.c.number)
    ).scalar_one()
    return int(number)
