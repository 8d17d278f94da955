"""Real parts for every test that asks: databases with our tables, and the sandbox.

The fixtures import what they start, so that the tests of `rules` load no database.
"""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from connectors.sandbox.server import Sandbox
    from tests.postgres import Postgres

settings.register_profile("suite", deadline=None)  # a busy machine is no fault of ours
settings.load_profile("suite")

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server of this session's (under xdist: of this worker's) own."""
    from tests.postgres import running_postgres  # noqa: PLC0415 - see the module's first lines

    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def migrated_postgres(postgres: Postgres) -> str:
    """The name of a database with our tables, made to be copied and not to be opened."""
    from integration.store.engine import upgrade  # noqa: PLC0415

    upgrade(postgres.create("migrated"))
    return "migrated"


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with our tables, made to be copied."""
    from integration.store.engine import upgrade  # noqa: PLC0415

    file = tmp_path_factory.mktemp("migrated") / "winback.db"
    upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture
def sqlite_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    """The URL of an empty store on SQLite."""
    # with it whatever lies beside the file: a write-ahead log may hold the last of it
    for file in migrated_sqlite.parent.glob(f"{migrated_sqlite.name}*"):
        shutil.copy(file, tmp_path)
    return f"sqlite:///{tmp_path / migrated_sqlite.name}"


@pytest.fixture
def postgres_url(postgres: Postgres, migrated_postgres: str) -> Iterator[str]:
    """The URL of an empty store on PostgreSQL, dropped after the test."""
    database = f"test_{next(_numbers)}"
    yield postgres.create(database, template=migrated_postgres)
    postgres.drop(database)


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty store; the test runs once on each database."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Both CRMs, empty, on loopback ports of this test's own."""
    from connectors.sandbox.server import start  # noqa: PLC0415

    with start() as both:
        yield both
