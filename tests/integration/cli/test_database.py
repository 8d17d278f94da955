"""`winback db upgrade`, and the help of the commands for ops."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from integration.cli.main import main
from integration.store.migrated import newest
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


def test_a_sqlite_store_is_made_where_there_is_none(desk: Desk, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'fresh.db'}"
    assert desk("db", "upgrade", DATABASE_URL=url).exit_code == 0
    assert (tmp_path / "fresh.db").is_file()


@pytest.mark.parametrize(
    "command",
    [
        *("check", "provision", "status", "explain", "parked", "requeue", "pause", "resume"),
        *("resume-held", "db upgrade", "sandbox"),
    ],
)
def test_help_has_an_example(command: str) -> None:
    result = CliRunner().invoke(main, [*command.split(), "--help"])
    assert result.exit_code == 0
    assert "Example: " in result.stdout
