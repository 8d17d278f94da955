"""A company whose CRMs push, with its database and without."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.web.doors import Stage, stage


@pytest.fixture
def acme(sqlite_url: str, tmp_path: Path) -> Iterator[Stage]:
    with stage(sqlite_url, tmp_path) as made:
        yield made


@pytest.fixture
def away(sqlite_url: str, tmp_path: Path) -> Iterator[Stage]:
    """The database does not answer."""
    with stage(sqlite_url, tmp_path, inbox_url=f"sqlite:///{tmp_path}/none/w.db") as made:
        yield made
