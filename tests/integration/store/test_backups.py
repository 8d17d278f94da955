"""A store in one file: of one moment, from any revision, and back whole or not at all."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from connectors.base import PushKind
from integration.store import backups, claiming, crms, moving, restored
from integration.store.backups import Backup
from integration.store.engine import begin, connect, reading, upgrade
from integration.store.migrated import newest, stands_at
from integration.store.tables import crms as crms_table
from integration.store.tables import pushes, revisions
from tests.integration.store.records import LEASE, NO_TIME, NOW, field_push
from tests.postgres import Postgres

_servers = get_context("forkserver")


def unseen(_table: str, _done: int, _of: int) -> None:
    """Nobody watches."""


def restore(file: Path, url: str, copied: moving.Copied = unseen) -> None:
    target = connect(url)
    try:
        backups.restore(file, target, now=NOW, copied=copied, checked=unseen)
    finally:
        target.dispose()


def fill(engine: Engine) -> None:
    with begin(engine) as connection:
        crms.state(connection, "sales")
        field_push(connection)


@pytest.fixture
def backup(sqlite_url: str, tmp_path: Path) -> Path:
    """Of a store with one row to push."""
    engine, file = connect(sqlite_url), tmp_path / "winback.backup"
    fill(engine)
    backups.write(engine, file, taken_at=NOW, store="here", copied=unseen, checked=unseen)
    engine.dispose()
    return file


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    yield postgres.create("without_tables")
    postgres.drop("without_tables")


def test_a_backup_is_of_one_moment_whatever_is_written_meanwhile(
    engine: Engine, tmp_path: Path
) -> None:
    def go_on(table: str, _done: int, _of: int) -> None:
        if table == "crms":  # others of that moment are copied after it
            with begin(engine) as connection:
                field_push(connection, "D2")

    fill(engine)
    backup = backups.write(
        engine, tmp_path / "b", taken_at=NOW, store="", copied=go_on, checked=unseen
    )
    assert (backup.tables["customers"].rows, backup.tables["pushes"].rows) == (1, 1)
    with reading(engine) as connection:
        assert moving.counts(connection)["pushes"] == 2


def test_the_database_goes_on_counting_after_a_restore(backup: Path, empty_url: str) -> None:
    restore(backup, empty_url)
    target = connect(empty_url)
    with begin(target) as connection:
        field_push(connection, "D2")
        assert moving.counts(connection)["pushes"] == 2
    target.dispose()


def die(_table: str, _done: int, _of: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def restore_and_die(file: Path, url: str) -> None:
    restore(file, url, die)


def test_a_kill_in_the_middle_leaves_the_target_as_it_was(backup: Path, empty_url: str) -> None:
    """`winback db move` fills its target by the same transaction."""
    child = _servers.Process(target=restore_and_die, args=(backup, empty_url))
    child.start()
    child.join(60)
    assert child.exitcode == -signal.SIGKILL
    target = connect(empty_url)
    assert sa.inspect(target).get_table_names() == []
    target.dispose()
    restore(backup, empty_url)


def test_a_backup_of_an_earlier_revision_is_brought_up_to_date_on_the_way(
    tmp_path: Path, empty_url: str
) -> None:
    file = tmp_path / "old.backup"
    upgrade(f"sqlite:///{file}", "0005")
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(
            "INSERT INTO revisions (digest, text, published_at) VALUES ('d', 't', '2026-01-01')"
        )
        tables = backups._contents(connection, unseen)
        backups._tell(connection, Backup(NOW, "old", "0005", tables))
    before = file.read_bytes()
    restore(file, empty_url)
    target = connect(empty_url)
    assert stands_at(target) == newest()
    with reading(target) as connection:
        assert connection.execute(sa.select(revisions.c.text)).scalars().all() == ["t"]
        assert moving.counts(connection)["publications"] == 1  # made by a later migration
    target.dispose()
    assert file.read_bytes() == before


def test_a_batch_that_had_not_begun_when_the_backup_was_taken_may_be_sent_since(
    sqlite_url: str, empty_url: str, tmp_path: Path
) -> None:
    engine = connect(sqlite_url)
    with begin(engine) as connection:
        field_push(connection)
        claiming.claim(connection, "sales", PushKind.FIELD, 9, NOW, LEASE, tells=True)
    file = tmp_path / "claimed.backup"
    backups.write(engine, file, taken_at=NOW, store="", copied=unseen, checked=unseen)
    engine.dispose()
    restore(file, empty_url)
    restored = connect(empty_url)
    with begin(restored) as connection:
        claiming.orphans(connection, "sales", NOW, lease=LEASE, grace=NO_TIME, all_leases=True)
        assert list(connection.execute(sa.select(pushes.c.state)).scalars()) == ["unknown"]
    restored.dispose()


def test_a_restored_store_looks_first_until_a_day_after_it_was_polled(
    backup: Path, empty_url: str
) -> None:
    restore(backup, empty_url)
    target = connect(empty_url)
    with begin(target) as connection:
        crms.state(connection, "met later")
        for name in ("sales", "met later"):
            assert crms.looks_first(connection, name, NOW.replace(year=2030))
            crms.polled(connection, name, NOW)
            assert crms.looks_first(connection, name, NOW)
            restored.over(connection, name, NOW)
            assert not crms.looks_first(connection, name, NOW + crms.AFTER_POLL)
            restored.over(connection, name, NOW + crms.AFTER_POLL)
        kept = connection.execute(sa.select(crms_table.c.look_first_until)).scalars().all()
    target.dispose()
    assert kept == [None, None]
