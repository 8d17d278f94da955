"""Rule files as they were put in force: a decision carries the number of its revision.

A file that is run directly is put in force by running it. Once somebody publishes, the published
revision is in force, whatever file lies there, until another one is published.
"""

from __future__ import annotations

import functools
import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy import Connection

from integration.store.tables import losses, publications, recoveries, revisions, tasks
from integration.store.upsert import insert


class How(StrEnum):
    """How a text came into force."""

    RAN = "ran"  # the file was run as it lay there
    PUBLISHED = "published"
    ROLLED_BACK = "rolled back"


class Plans(StrEnum):
    """What becomes of recoveries under way."""

    KEEP = "keep"
    REPLAN = "replan"


@dataclass(frozen=True, slots=True)
class Revision:
    """A text as it was last put in force."""

    number: int
    text: str
    at: datetime
    how: How
    by: str
    why: str
    plans: Plans

    @property
    def published(self) -> bool:
        return self.how is not How.RAN


def ran(connection: Connection, text: str, now: datetime) -> int:
    """The number of the text of a file that is run. It is in force from now on, unless it is
    already."""
    number = _number(connection, text, now)
    current = current_revision(connection)
    if current is None or current.number != number:
        _put(connection, number, now, How.RAN, "", "", Plans.KEEP)
    return number


def publish(
    connection: Connection,
    text: str,
    now: datetime,
    *,
    by: str = "",
    why: str = "",
    plans: Plans = Plans.KEEP,
    how: How = How.PUBLISHED,
) -> int:
    """Put a text in force on purpose; answers its number. A text that was there before has its
    number again."""
    number = _number(connection, text, now)
    _put(connection, number, now, how, by, why, plans)
    return number


def _number(connection: Connection, text: str, now: datetime) -> int:
    digest = hashlib.sha256(text.encode()).hexdigest()
    made = insert(connection, revisions).values(digest=digest, text=text, published_at=now)
    connection.execute(made.on_conflict_do_nothing(index_elements=["digest"]))
    number = sa.select(revisions.c.number).where(revisions.c.digest == digest)
    return int(connection.execute(number).scalar_one())


def _put(
    connection: Connection, number: int, now: datetime, how: How, by: str, why: str, plans: Plans
) -> None:
    connection.execute(
        sa.insert(publications).values(
            revision=number, at=now, how=how.value, by=by, why=why, plans=plans.value
        )
    )


# ---- what was put in force


def current_revision(connection: Connection) -> Revision | None:
    """The revision that is in force."""
    row = connection.execute(_publications().order_by(publications.c.id.desc()).limit(1)).first()
    return _revision(row) if row else None


def kept_dry(connection: Connection) -> frozenset[str]:
    """The CRMs into which the rules in force have nothing written."""
    current = current_revision(connection)
    return _dry_in(current.text) if current else frozenset()


@functools.lru_cache(maxsize=4)
def _dry_in(text: str) -> frozenset[str]:
    """Of a rule file, which was checked before it became a revision."""
    crms = tomllib.loads(text).get("crm", {})
    return frozenset(name for name, keys in crms.items() if keys.get("dry_run"))


def in_force(connection: Connection) -> tuple[int, datetime] | None:
    """The number of the revision that was put in force last, and when."""
    current = current_revision(connection)
    return (current.number, current.at) if current else None


def history(connection: Connection) -> list[Revision]:
    """Everything that was ever put in force, the oldest first."""
    return [_revision(r) for r in connection.execute(_publications().order_by(publications.c.id))]


def number_of(connection: Connection, text: str) -> int | None:
    digest = hashlib.sha256(text.encode()).hexdigest()
    query = sa.select(revisions.c.number).where(revisions.c.digest == digest)
    return connection.execute(query).scalar()


def text_of(connection: Connection, number: int) -> str | None:
    query = sa.select(revisions.c.text).where(revisions.c.number == number)
    return connection.execute(query).scalar()


def decisions(connection: Connection) -> Mapping[int, tuple[int, int]]:
    """How many losses and tasks were decided by each revision."""
    found: dict[int, tuple[int, int]] = {}
    for index, table in enumerate((losses, tasks)):
        counted = sa.select(table.c.revision, sa.func.count()).group_by(table.c.revision)
        for number, count in connection.execute(counted):
            before = found.get(number, (0, 0))
            found[number] = (count, before[1]) if index == 0 else (before[0], count)
    return found


def followed(connection: Connection, crm: str) -> list[int]:
    """The revisions whose plans open recoveries of a CRM follow."""
    query = (
        sa.select(recoveries.c.revision)
        .distinct()
        .where(recoveries.c.crm == crm, recoveries.c.ended_on.is_(None))
    )
    return [number for number in connection.execute(query).scalars() if number is not None]


def _publications() -> sa.Select[tuple[object, ...]]:
    return sa.select(publications, revisions.c.text).join(
        revisions, revisions.c.number == publications.c.revision
    )


def _revision(row: sa.Row[tuple[object, ...]]) -> Revision:
    found = row._mapping  # noqa: SLF001 - SQLAlchemy's own name for a row by column names
    return Revision(
        number=found["revision"],
        text=found["text"],
        at=found["at"],
        how=How(found["how"]),
        by=found["by"],
        why=found["why"],
        plans=Plans(found["plans"]),
    )
