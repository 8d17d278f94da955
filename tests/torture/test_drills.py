"""Every fault in its small size, on the databases that it is about, against both CRMs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.postgres import Postgres
from tests.torture.faults import FAULTS, Fault
from tests.torture.place import Place, Size, Store
from tests.torture.scene import postgres_stores, sqlite_stores

pytestmark = pytest.mark.slow

SMALL = [(fault, store) for fault in FAULTS for store in fault.small]


@pytest.fixture
def sqlite(migrated_sqlite: Path, tmp_path: Path) -> Place:
    return Place("sqlite", Size.SMALL, tmp_path, sqlite_stores(migrated_sqlite, tmp_path))


@pytest.fixture
def postgresql(postgres: Postgres, migrated_postgres: str, tmp_path: Path) -> Place:
    stores = postgres_stores(postgres, migrated_postgres)
    return Place("postgres", Size.SMALL, tmp_path, stores, postgres=postgres)


@pytest.mark.parametrize(
    ("fault", "store"), SMALL, ids=[f"{fault.name}-{store}" for fault, store in SMALL]
)
def test_small(fault: Fault, store: Store, request: pytest.FixtureRequest) -> None:
    place = request.getfixturevalue({"sqlite": "sqlite", "postgres": "postgresql"}[store])
    assert fault.drill(place).faults == []
