"""A store in one file, whichever database it comes from: a SQLite database with all of its rows,
and a table that says what it is and what each table has to add up to.

It is taken from one moment of a store that may be at work, and needs none of the database's own
programs. It goes back into either database; one of an older revision is brought up to date in a
copy of its own on the way.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from integration.store import moving, restored
from integration.store.engine import reading, upgrade
from integration.store.json_text import from_json, to_json
from integration.store.migrated import is_behind, newest
from integration.store.tables import copied as copied_tables

TABLE = "winback_backup"
ROWS_AT_ONCE = 2_000

Copied = moving.Copied
Checked = Callable[[str, int, int], None]
"""Told after each batch: the table, how many of its rows are checked, and of how many."""


class BadBackup(Exception):
    """A file that cannot be restored, with a sentence."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a table of a backup adds up to."""

    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup says of itself. `tables` has Alembic's too."""

    taken_at: datetime
    store: str  # where it was taken, without its password
    revision: str
    tables: dict[str, Content]

    @property
    def counts(self) -> dict[str, int]:
        """How many rows it has of each table that is copied; the file has empty ones too."""
        return {t.name: self.tables[t.name].rows for t in copied_tables if t.name in self.tables}


def write(
    source: Engine,
    file: Path,
    *,
    taken_at: datetime,
    store: str,
    copied: Copied,
    checked: Checked,
) -> Backup:
    """Write the store as it is at one moment; the file is there when it is whole, and only for
    its owner to read. One that was there is replaced. Raises OSError and `CountsDiffer`."""
    part = file.with_name(f".{file.name}.part")
    part.unlink(missing_ok=True)
    try:
        copy(source, part, copied)
        with closing(sqlite3.connect(part)) as connection:
            backup = Backup(taken_at, store, newest(), _contents(connection, checked))
            _tell(connection, backup)
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    return backup


def copy(source: Engine, file: Path, copied: Copied) -> None:
    """The store as it is at one moment, in a new SQLite file that only its owner may read. Raises
    OSError and `CountsDiffer`."""
    os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    upgrade(str(_url(file)))
    engine = _opened(file)
    try:
        with snapshot(source) as from_, engine.begin() as to:
            moving.copy(from_, to, copied)
    finally:
        engine.dispose()


def look_at(file: Path) -> Backup:
    """What a file says of itself. Raises `BadBackup`."""
    try:
        with closing(_reading(file)) as connection:
            [(told,)] = connection.execute(f"SELECT told FROM {TABLE}")  # noqa: S608 - a constant
    except (sqlite3.Error, ValueError):
        raise BadBackup(
            f"{file} is no backup that `winback backup` has written, or it was cut short"
        ) from None
    found = json.loads(told)
    return Backup(
        taken_at=datetime.fromisoformat(found["taken_at"]),
        store=found["store"],
        revision=found["revision"],
        tables={name: Content(**content) for name, content in found["tables"].items()},
    )


def restore(
    file: Path, target: Engine, *, now: datetime, copied: Copied, checked: Checked
) -> dict[str, int]:
    """Put a backup into a database without rows of ours, whole or not at all; answers how many
    rows each table has now. Raises `BadBackup`, `moving.NotEmpty` and `moving.CountsDiffer`."""
    backup = look_at(file)
    _refuse_damaged(file, backup, checked)
    with (
        _up_to_date(file, backup) as source,
        source.connect() as from_,
        moving.empty_store(target) as to,
    ):
        rows = moving.copy(from_, to, copied)
        restored.note(to, backup.taken_at, now)
    return rows


@contextmanager
def snapshot(source: Engine) -> Iterator[Connection]:
    """A transaction that sees the store as it is now, whatever is written meanwhile."""
    if source.dialect.name == "postgresql":
        source = source.execution_options(isolation_level="REPEATABLE READ")
    with reading(source) as connection:  # SQLite's, in WAL, sees one moment as it is
        yield connection


def _refuse_damaged(file: Path, backup: Backup, checked: Checked) -> None:
    try:
        with closing(_reading(file)) as connection:
            found = _contents(connection, checked)
    except sqlite3.Error:  # whose words may quote a row
        raise BadBackup(f"{file} is damaged: it cannot be read to its end") from None
    wrong = sorted(
        name
        for name in backup.tables.keys() | found.keys()
        if backup.tables.get(name) != found.get(name)
    )
    if wrong:
        raise BadBackup(
            f"{file} is damaged: what stands in {', '.join(wrong)} is not what was written"
        )


@contextmanager
def _up_to_date(file: Path, backup: Backup) -> Iterator[Engine]:
    """The backup at the revision of this program."""
    if backup.revision == newest():
        yield from _disposed(_opened(file, "mode=ro"))
        return
    if not is_behind(backup.revision):
        raise BadBackup(
            f"{file} is from a newer winback: its tables are at revision {backup.revision},"
            f" this program knows them up to {newest()}"
        )
    with tempfile.TemporaryDirectory(prefix="winback-restore-") as folder:
        copy = Path(folder) / "backup"
        shutil.copyfile(file, copy)
        upgrade(str(_url(copy)))
        yield from _disposed(_opened(copy))


def _disposed(engine: Engine) -> Iterator[Engine]:
    try:
        yield engine
    finally:
        engine.dispose()


def _url(file: Path, mode: str = "") -> sa.URL:
    if not mode:
        return sa.URL.create("sqlite", database=str(file))
    return sa.make_url(f"sqlite:///{file.absolute().as_uri()}?{mode}&uri=true")


def _opened(file: Path, mode: str = "") -> Engine:
    """Unlike a store, a backup keeps no log beside it, and is no file to work on."""
    return sa.create_engine(_url(file, mode), json_serializer=to_json, json_deserializer=from_json)


def _reading(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)


def _contents(connection: sqlite3.Connection, checked: Checked) -> dict[str, Content]:
    """Over the values as the file has them, so that tables of any revision can be checked."""
    tables = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table'"
        " AND name NOT LIKE 'sqlite_%' AND name <> ? ORDER BY name",
        (TABLE,),
    ).fetchall()
    return {name: _content(connection, name, checked) for (name,) in tables}


def _content(connection: sqlite3.Connection, name: str, checked: Checked) -> Content:
    quoted = '"' + name.replace('"', '""') + '"'
    [(total,)] = connection.execute(f"SELECT count(*) FROM {quoted}")  # noqa: S608 - quoted
    digest, done = hashlib.sha256(), 0
    cursor = connection.execute(f"SELECT * FROM {quoted} ORDER BY rowid")  # noqa: S608 - quoted
    while rows := cursor.fetchmany(ROWS_AT_ONCE):
        for row in rows:
            digest.update(repr(row).encode("utf-8", "surrogatepass"))
        done += len(rows)
        checked(name, done, total)
    return Content(total, digest.hexdigest())


def _tell(connection: sqlite3.Connection, backup: Backup) -> None:
    connection.execute("PRAGMA journal_mode = DELETE")  # one file, not three
    told = json.dumps({**asdict(backup), "taken_at": backup.taken_at.isoformat()})
    connection.execute(f"CREATE TABLE {TABLE} (told TEXT NOT NULL)")
    connection.execute(f"INSERT INTO {TABLE} VALUES (?)", (told,))  # noqa: S608 - a constant
    connection.commit()
