"""Rule files as they were put in force: a decision carries the number of its revision."""

from __future__ import annotations

import hashlib
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from integration.store.tables import revisions
from integration.store.upsert import insert


def publish(connection: Connection, text: str, now: datetime) -> int:
    """The number of this text's revision. A text that was in force before has its number again,
    and is put in force now unless it still is."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    known = connection.execute(
        sa.select(revisions.c.number).where(revisions.c.digest == digest)
    ).scalar()
    if known is not None:
        current = in_force(connection)
        if current is None or current[0] != known:
            again = sa.update(revisions).where(revisions.c.number == known)
            connection.execute(again.values(published_at=now))
        return int(known)
    made = insert(connection, revisions).values(digest=digest, text=text, published_at=now)
    connection.execute(made.on_conflict_do_nothing(index_elements=["digest"]))
    number = sa.select(revisions.c.number).where(revisions.c.digest == digest)
    return int(connection.execute(number).scalar_one())


def in_force(connection: Connection) -> tuple[int, datetime] | None:
    """The revision that was put in force last, and when."""
    row = connection.execute(
        sa.select(revisions.c.number, revisions.c.published_at)
        .order_by(revisions.c.published_at.desc(), revisions.c.number.desc())
        .limit(1)
    ).first()
    return (row.number, row.published_at) if row else None
