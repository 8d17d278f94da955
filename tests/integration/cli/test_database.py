"""`winback db upgrade`, and the help of the commands for ops."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from connectors.sandbox.server import Sandbox
from integration.cli.main import main
from integration.store.engine import begin, connect
from integration.store.migrated import newest
from tests import worlds
from tests.integration.cli.conftest import Desk
from tests.postgres import Postgres


def test_an_empty_postgres_gets_its_tables_once(desk: Desk, postgres: Postgres) -> None:
    url = postgres.create("fresh")
    refused = desk("status", DATABASE_URL=url)
    assert refused.exit_code == 2
    assert "run `winback db upgrade`" in refused.stderr
    made = desk("db", "upgrade", DATABASE_URL=url)
    assert made.stdout.endswith(f": from nothing to revision {newest()}\n")
    again = desk("db", "upgrade", DATABASE_URL=url)
    assert again.stdout.endswith(f": at revision {newest()} already\n")
    assert desk("status", DATABASE_URL=url).exit_code == 0


@pytest.mark.parametrize("command", ["once", "run", "status", "worker"])
def test_an_address_that_no_database_is_behind_is_told_by_all_alike(
    desk: Desk, command: str
) -> None:
    quoting = "postgresql://winback:geheim/winback"  # what stands where the port should
    for url in ("nonsense", "mysql://host/winback", "sqlite://", "sqlite:///:memory:", quoting):
        refused = desk(command, DATABASE_URL=url)
        assert refused.exit_code == 2
        assert "geheim" not in refused.output
        assert "DATABASE_URL is no address of a store; write sqlite:///" in refused.stderr


@pytest.mark.parametrize("command", ["once", "run", "status", "db upgrade"])
def test_a_file_that_is_no_store_is_told_by_all_alike(
    desk: Desk, tmp_path: Path, command: str
) -> None:
    (tmp_path / "notes.txt").write_text("no database, but long enough to be looked at " * 30)
    for name, told in (
        ("gone/winback.db", f"there is no folder {tmp_path / 'gone'} for the store"),
        ("notes.txt", "notes.txt is no store: the file there is something else. Set DATABASE_URL"),
    ):
        refused = desk(*command.split(), DATABASE_URL=f"sqlite:///{tmp_path / name}")
        assert refused.exit_code == 2
        assert told in refused.stderr


def test_a_file_that_cannot_be_opened_is_told(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "folder.db").mkdir()
    refused = desk("once", DATABASE_URL=f"sqlite:///{tmp_path / 'folder.db'}")
    assert refused.exit_code == 2
    assert "folder.db cannot be opened: this user has to be able" in refused.stderr


def test_the_release_before_goes_on_with_the_store_of_a_newer_one(
    each_desk: Desk, tmp_path: Path
) -> None:
    desk = each_desk
    desk.once()
    engine = connect(desk.url)
    with begin(engine) as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    upgraded = desk("db", "upgrade")
    assert upgraded.exit_code == 0
    assert "at revision 9999 of a newer winback" in upgraded.stdout
    assert (desk("once").exit_code, desk("status").exit_code) == (0, 0)
    refused = desk("backup", str(tmp_path / "b"))
    assert refused.exit_code == 2
    assert "a copy would not be whole; use the newer one" in refused.stderr


def test_a_sqlite_store_is_made_where_there_is_none(desk: Desk, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'fresh.db'}"
    assert desk("db", "upgrade", DATABASE_URL=url).exit_code == 0
    assert (tmp_path / "fresh.db").is_file()


def test_a_store_moves_to_postgres_and_goes_on_there(
    sandbox: Sandbox, sqlite_url: str, postgres: Postgres, tmp_path: Path
) -> None:
    lost = worlds.hubspot_losses(sandbox.hubspot, 3)
    desk = Desk(sandbox, sqlite_url, worlds.rule_file(tmp_path, sandbox))
    worlds.provision(sqlite_url, desk.config)
    assert desk("once").exit_code == 0
    lost += worlds.hubspot_losses(sandbox.hubspot, 2)
    url = postgres.create("moved")

    moved = json.loads(desk("db", "move", "--json", "--to", url).stdout)
    assert moved["rows"]["customers"] == 3
    assert moved["rows"]["pushes"] > 0
    here, there = desk.json("status"), json.loads(desk("status", "--json", DATABASE_URL=url).stdout)
    assert here["crms"] == there["crms"]

    assert desk("once", DATABASE_URL=url).exit_code == 0
    tasks = len(sandbox.hubspot.all("tasks"))
    assert tasks == len(lost) * len(worlds.TASK_KEYS)
    again = desk("db", "move", "--to", url)
    assert again.exit_code == 2
    assert f"/moved?host={quote(str(postgres.folder), '')} has a store already" in again.stderr


def test_what_cannot_be_moved_is_told(desk: Desk) -> None:
    for words, sentence in (
        (("--to", "sqlite:///other.db"), "--to is no address of a PostgreSQL"),
        (("--to", "nonsense"), "--to is no address of a PostgreSQL"),
        (("--to", "postgresql://winback:geheim/new"), "--to is no address of a PostgreSQL"),
    ):
        refused = desk("db", "move", *words)
        assert refused.exit_code == 2
        assert "geheim" not in refused.output
        assert sentence in refused.stderr
    refused = desk("db", "move", "--to", "postgresql://h/n", DATABASE_URL="postgresql://h/other")
    assert refused.exit_code == 2
    assert "only a SQLite store is moved" in refused.stderr


def test_a_target_that_cannot_be_had_is_named(
    desk: Desk, sqlite_url: str, postgres: Postgres
) -> None:
    desk.once()
    away = desk("db", "move", "--to", "postgresql://ann:geheim@127.0.0.1:1/new")
    assert away.exit_code == 1
    assert "the database postgresql://ann:***@127.0.0.1:1/new is away: " in away.stderr
    refused = desk("db", "move", "--to", postgres.url("nowhere"))
    assert refused.exit_code == 2
    assert '"nowhere" does not exist. Set WINBACK_MOVE_TO right' in refused.stderr
    assert sqlite_url not in away.stderr + refused.stderr


@pytest.mark.parametrize("command", ["web", "worker", "clock"])
def test_processes_that_share_a_store_refuse_sqlite(desk: Desk, command: str) -> None:
    refused = desk(command)
    assert refused.exit_code == 2
    assert "Use `winback run`" in refused.stderr
    assert "`winback db move`" in refused.stderr


@pytest.mark.parametrize(
    "command",
    [
        *("check", "provision", "status", "explain", "parked", "requeue", "pause", "resume"),
        *("resume-held", "db upgrade", "db move", "sandbox", "web", "worker", "clock"),
    ],
)
def test_help_has_an_example(command: str) -> None:
    result = CliRunner().invoke(main, [*command.split(), "--help"])
    assert result.exit_code == 0
    assert "Example: " in result.stdout
