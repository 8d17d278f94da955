"""A release of the past at work: what its tables let it do, it goes on doing while a newer release
changes them. Its code is not here; its tables are, as its migrations made them."""

from __future__ import annotations

import threading
import time
from datetime import UTC, date, datetime, timedelta
from types import TracebackType
from typing import Any

import sqlalchemy as sa
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from integration.store.engine import MIGRATIONS, begin, connect, reading, upgrade
from integration.store.upsert import insert

NOT_OURS = ("alembic_", "procrastinate_")
PAUSE = 0.03
"""Seconds between two webhooks of one caller. Sixteen without a pause keep each other from the
release's two connections for six seconds, with no upgrade at all."""


def revisions() -> list[str]:
    """All that there ever were, the first one first."""
    scripts = ScriptDirectory(str(MIGRATIONS))
    return [script.revision for script in scripts.walk_revisions()][::-1]


class PastRelease:
    """Makes the store at `url` as it was at a revision, and works on it as one did then."""

    def __init__(self, url: str, revision: str) -> None:
        upgrade(url, revision)
        self.url = url
        self.engine = connect(url, connections=2)
        self._metadata = sa.MetaData()
        self._metadata.reflect(self.engine, only=lambda name, _: not str(name).startswith(NOT_OURS))

    @property
    def tables(self) -> list[sa.Table]:
        return self._metadata.sorted_tables

    def fill(self, numbers: range) -> None:
        """A row for each number in each table; all that can be filled is."""
        with begin(self.engine) as connection:
            for table in self.tables:
                rows = [{c.name: _value(c, number) for c in table.columns} for number in numbers]
                connection.execute(sa.insert(table), rows)

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """What the tables have, as that release sees it."""
        with reading(self.engine) as connection:
            return {t.name: [tuple(row) for row in _all(connection, t)] for t in self.tables}

    def take(self, record_id: str) -> None:
        """A webhook's record, stored as every release did it. Raises SQLAlchemyError."""
        signals = self._metadata.tables["signals"]
        row = {
            **{column.name: _value(column, 1) for column in signals.columns},
            "record_id": record_id,
            "generation": 1,
        }
        with begin(self.engine) as connection:
            connection.execute(
                insert(connection, signals)
                .values(row)
                .on_conflict_do_update(
                    index_elements=["crm", "type", "record_id"],
                    set_={"generation": signals.c.generation + 1},
                )
            )

    def taken(self) -> set[str]:
        with reading(self.engine) as connection:
            rows = connection.execute(sa.select(self._metadata.tables["signals"].c.record_id))
            return set(rows.scalars())

    def close(self) -> None:
        self.engine.dispose()


class Callers:
    """Webhooks at all times, while somebody upgrades: what was acknowledged, what failed, and
    how long the slowest one took."""

    def __init__(self, release: PastRelease, at_once: int = 2) -> None:
        self.acknowledged: set[str] = set()
        self.failed: list[str] = []
        self.slowest = 0.0  # seconds
        self._release = release
        self._ended = threading.Event()
        self._threads = [
            threading.Thread(target=self._call, args=(number,)) for number in range(at_once)
        ]

    def _call(self, caller: int) -> None:
        number = 0
        while not self._ended.is_set():
            record_id, began = f"{caller}-{number}", time.monotonic()
            try:
                self._release.take(record_id)
            except sa.exc.SQLAlchemyError as error:
                self.failed.append(str(error).splitlines()[0])
            else:
                self.acknowledged.add(record_id)
            self.slowest = max(self.slowest, time.monotonic() - began)
            number += 1
            time.sleep(PAUSE)

    def __enter__(self) -> Callers:
        for thread in self._threads:
            thread.start()
        while not (self.acknowledged or self.failed):
            time.sleep(0.001)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        before = len(self.acknowledged)
        until = time.monotonic() + 10.0
        while len(self.acknowledged) == before and time.monotonic() < until:
            time.sleep(0.001)  # one more, on the new tables
        self._ended.set()
        for thread in self._threads:
            thread.join()


def _all(connection: Connection, table: sa.Table) -> list[Any]:
    return list(connection.execute(sa.select(table).order_by(*table.primary_key)))


def _value(column: sa.Column[Any], number: int) -> Any:
    for key in column.foreign_keys:
        return _value(key.column, number)
    made: dict[type, Any] = {
        str: f"{column.name}{number}",
        int: number,
        bool: False,
        date: date(2026, 1, 1) + timedelta(days=number),
        datetime: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number),
        dict: {"a": number},
    }
    wanted = dict if isinstance(column.type, sa.JSON) else column.type.python_type
    return made.get(wanted, number)
