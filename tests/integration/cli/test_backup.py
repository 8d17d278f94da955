"""`winback backup` and `winback restore`: the whole store, and a CRM that knows more than it."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from connectors.sandbox.server import Sandbox
from integration.store.migrated import newest
from tests import worlds
from tests.integration.cli.conftest import Desk
from tests.postgres import Postgres


@pytest.fixture
def office(sandbox: Sandbox, database_url: str, tmp_path: Path) -> Desk:
    """Both CRMs with our fields in them."""
    desk = Desk(sandbox, database_url, tmp_path / "winback.toml")
    desk.rules()
    worlds.provision(database_url, desk.config)
    sandbox.hubspot.search_limit = None
    return desk


@pytest.fixture(params=["sqlite", "postgres"])
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without our tables, on each of the two."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'elsewhere.db'}"
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    yield postgres.create("elsewhere")
    postgres.drop("elsewhere")


def lose(sandbox: Sandbox, number: int) -> None:
    worlds.salesforce_losses(sandbox.salesforce, number)
    worlds.hubspot_losses(sandbox.hubspot, number)


def tasks(sandbox: Sandbox) -> Counter[str]:
    """How often each task stands in a CRM, by its key."""
    bodies = [task["Description"] for task in sandbox.salesforce.all("Task")]
    bodies += [task["hs_task_body"] for task in sandbox.hubspot.all("tasks")]
    return Counter(body.rsplit("[winback:", 1)[1] for body in bodies)


def test_what_was_done_since_the_backup_is_not_done_again(
    office: Desk, elsewhere: str, tmp_path: Path
) -> None:
    lose(office.sandbox, 2)
    assert office("once").exit_code == 0
    lose(office.sandbox, 1)
    file = tmp_path / "winback.backup"
    assert office("backup", str(file)).exit_code == 0
    lose(office.sandbox, 2)
    assert office("once").exit_code == 0
    made = tasks(office.sandbox)
    assert (len(made), set(made.values())) == (5 * 2 * len(worlds.TASK_KEYS), {1})

    restored = office("restore", str(file), "--yes", DATABASE_URL=elsewhere)
    assert restored.exit_code == 0, restored.output
    again = office("once", "--json", DATABASE_URL=elsewhere)
    assert again.exit_code == 0, again.output
    assert tasks(office.sandbox) == made
    for crm in json.loads(again.stdout)["crms"].values():
        assert crm["calls"]["write"] == 0
