"""The token of each CRM that all processes share, sealed, and who logs in for the next one.

Only on PostgreSQL, whose clock counts. Nothing is locked while somebody logs in: who begins writes
down until when others wait, so that one who is killed or stopped meanwhile holds nobody up for
longer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from integration.store.tables import log_ins
from integration.store.upsert import insert


@dataclass(frozen=True, slots=True)
class LogIn:
    """How it stands with a CRM's token. `number` counts the log-ins that were begun; the last of
    them is `under_way`, has `failed` (refused or unavailable) with a sentence, or is over."""

    number: int = 0
    token: str | None = None
    under_way: bool = False
    failed: str | None = None
    sentence: str = ""


def standing(connection: Connection, crm: str, mark: str, wait: timedelta) -> LogIn:
    """For the credentials of this mark; those of others are only counted. Who waits longer than
    `wait` would do so for a clock that was set back."""
    under_way = log_ins.c.until.between(_clock(), _clock() + wait)
    query = sa.select(log_ins, under_way.label("under_way"))
    row = connection.execute(query.where(log_ins.c.crm == crm)).first()
    if row is None:
        return LogIn()
    if row.mark != mark:
        return LogIn(row.number)
    return LogIn(row.number, row.token, bool(row.under_way), row.failed, row.sentence or "")


def begin(connection: Connection, crm: str, mark: str, seen: LogIn, wait: timedelta) -> int | None:
    """The log-in after the one that was seen, for which others wait so long; its number, None
    where somebody else has begun it. The token that stood there is of no use any more."""
    made = insert(connection, log_ins).values(crm=crm, number=0)
    connection.execute(made.on_conflict_do_nothing(index_elements=["crm"]))
    begun = (
        sa.update(log_ins)
        .where(log_ins.c.crm == crm, log_ins.c.number == seen.number)
        .values(
            number=log_ins.c.number + 1,
            mark=mark,
            token=None,
            until=_clock() + wait,
            failed=None,
            sentence=None,
        )
    )
    number: int | None = connection.execute(begun.returning(log_ins.c.number)).scalar()
    return number


def keep(connection: Connection, crm: str, mark: str, token: str) -> None:
    """The sealed token of a log-in, also of one that nobody waits for any more; the first of
    several stands."""
    wanted = (log_ins.c.mark == mark, log_ins.c.token.is_(None))
    _end(connection, crm, *wanted, token=token, failed=None, sentence=None)


def fail(connection: Connection, crm: str, number: int, failed: str, sentence: str) -> None:
    """For those who wait for this log-in."""
    _end(connection, crm, log_ins.c.number == number, failed=failed, sentence=sentence)


def give_up(connection: Connection, crm: str, number: int) -> None:
    """It came to no end: one of those who wait does it."""
    _end(connection, crm, log_ins.c.number == number)


def _end(connection: Connection, crm: str, *where: sa.ColumnElement[bool], **values: Any) -> None:
    ended = sa.update(log_ins).where(log_ins.c.crm == crm, *where)
    connection.execute(ended.values(until=None, **values))


def _clock() -> sa.ColumnElement[Any]:
    return sa.func.clock_timestamp(type_=sa.DateTime(timezone=True))
