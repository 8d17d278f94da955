"""A store in a file holds names and words of customers: nobody else on the machine reads them."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
import sqlalchemy as sa

from integration.store.engine import begin, connect, upgrade
from integration.store.tables import crms

FILE = "winback.db"


def rights(folder: Path) -> dict[str, int]:
    return {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.glob(f"{FILE}*")}


def test_a_new_store_and_its_side_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / FILE}"
    upgrade(url)
    engine = connect(url)
    with begin(engine) as connection:
        connection.execute(sa.insert(crms).values(name="sales"))
        assert rights(tmp_path) == {FILE: 0o600, f"{FILE}-wal": 0o600, f"{FILE}-shm": 0o600}
    engine.dispose()


def test_rights_that_somebody_gave_are_kept(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / FILE}"
    upgrade(url)
    (tmp_path / FILE).chmod(0o640)
    upgrade(url)
    assert rights(tmp_path)[FILE] == 0o640


def test_a_folder_that_is_not_there_is_told_by_sqlite(tmp_path: Path) -> None:
    with pytest.raises(sa.exc.OperationalError, match="unable to open database file"):
        upgrade(f"sqlite:///{tmp_path / 'nowhere' / FILE}")
