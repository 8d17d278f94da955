"""`winback backup` and `winback restore`: the whole store, and a CRM that knows more than it."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from connectors.sandbox.server import Sandbox
from integration.store import tables as table
from integration.store.engine import connect, reading
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


def column(url: str, query: sa.Select[Any]) -> list[Any]:
    engine = connect(url)
    with reading(engine) as connection:
        found = list(connection.execute(query).scalars())
    engine.dispose()
    return found


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
    org, portal = office.sandbox.salesforce, office.sandbox.hubspot
    lost = [row["Id"] for row in org.all("Opportunity") if row["StageName"] == "Closed Lost"]
    org.update("Opportunity", lost[-1], {"Winback_Reason__c": "service"})
    done = portal.all("tasks")[-1]["hs_object_id"]
    portal.update("tasks", done, {"hs_task_status": "COMPLETED"})
    made = tasks(office.sandbox)
    assert (len(made), set(made.values())) == (5 * 2 * len(worlds.TASK_KEYS), {1})

    restored = office("restore", str(file), "--yes", DATABASE_URL=elsewhere)
    assert restored.exit_code == 0, restored.output
    again = office("once", "--json", DATABASE_URL=elsewhere)
    assert again.exit_code == 0, again.output
    assert tasks(office.sandbox) == made
    assert json.loads(again.stdout)["crms"]["hub"]["calls"]["write"] == 0
    # our own words in the CRM are not taken for a person's, and a person's not for ours
    theirs = sa.select(table.field_values.c.record_id).where(table.field_values.c.theirs)
    assert column(elsewhere, theirs) == [lost[-1]]
    chosen = sa.select(table.losses.c.record_id).where(table.losses.c.category == "service")
    assert column(elsewhere, chosen) == [lost[-1]]
    assert set(column(elsewhere, sa.select(table.losses.c.provenance))) == {"guessed"}
    # what a rep did to a task that was found is read by the next poll
    assert office("once", DATABASE_URL=elsewhere).exit_code == 0
    closed = sa.select(table.tasks.c.crm_id).where(table.tasks.c.state == "closed")
    assert column(elsewhere, closed) == [done]


def test_an_empty_store_in_crms_that_were_worked_makes_no_task_twice(
    office: Desk, elsewhere: str
) -> None:
    """The store is lost, or somebody tries the command in another folder."""
    lose(office.sandbox, 3)
    assert office("once").exit_code == 0
    org, portal = office.sandbox.salesforce, office.sandbox.hubspot
    retitled = org.all("Task")[0]["Id"]
    org.update("Task", retitled, {"Subject": "In our rep's own words"})
    done = portal.all("tasks")[0]["hs_object_id"]
    portal.update("tasks", done, {"hs_task_status": "COMPLETED"})
    made = tasks(office.sandbox)
    assert (len(made), set(made.values())) == (3 * 2 * len(worlds.TASK_KEYS), {1})

    begun_anew = office("once", "--json", DATABASE_URL=elsewhere)
    assert begun_anew.exit_code == 0, begun_anew.output
    assert tasks(office.sandbox) == made
    told = json.loads(begun_anew.stdout)["crms"]
    assert (told["hub"]["calls"]["write"], told["sales"]["calls"]["write"]) == (0, 0)
    assert (org.get("Task", retitled) or {})["Subject"] == "In our rep's own words"
    assert set(column(elsewhere, sa.select(table.losses.c.provenance))) == {"guessed"}
    assert office("once", DATABASE_URL=elsewhere).exit_code == 0
    closed = sa.select(table.tasks.c.crm_id).where(table.tasks.c.state == "closed")
    assert column(elsewhere, closed) == [done]


def test_a_backup_of_an_empty_store_and_of_rows_that_wait(
    sandbox: Sandbox, sqlite_url: str, tmp_path: Path
) -> None:
    desk = Desk(sandbox, sqlite_url, tmp_path / "winback.toml")
    budget = worlds.COMPANY.replace("[limits]", "[limits]\ntasks_per_rep_per_day = 1")
    desk.rules(crms=("hub",), company=budget)
    worlds.provision(sqlite_url, desk.config)
    worlds.hubspot_losses(sandbox.hubspot, 1)
    empty, waiting = tmp_path / "empty.backup", tmp_path / "waiting.backup"
    assert desk("backup", str(empty)).exit_code == 0
    assert desk("once").exit_code == 0
    assert desk("backup", str(waiting)).exit_code == 0
    desk.rules(crms=("hub",))
    assert desk("once").exit_code == 0
    made = tasks(sandbox)
    assert set(made.values()) == {1}

    for backup, company in ((empty, worlds.COMPANY), (waiting, budget)):
        url = f"sqlite:///{tmp_path / backup.stem}.db"
        assert desk("restore", str(backup), "--yes", DATABASE_URL=url).exit_code == 0
        desk.rules(crms=("hub",), company=company)
        assert desk("once", DATABASE_URL=url).exit_code == 0
        assert tasks(sandbox) == made
        states = column(url, sa.select(table.tasks.c.state))
        assert states == ["written"] * len(worlds.TASK_KEYS)


@pytest.fixture
def backup(desk: Desk, tmp_path: Path) -> Path:
    """Of a store that knows one CRM by name."""
    assert desk("pause", "sales").exit_code == 0
    file = tmp_path / "winback.backup"
    assert desk("backup", str(file)).exit_code == 0
    return file


def change(file: Path, statement: str) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(statement)
        connection.commit()


def test_both_say_what_they_touch_before_they_do(desk: Desk, backup: Path, tmp_path: Path) -> None:
    assert backup.stat().st_mode & 0o777 == 0o600
    assert desk("backup", str(backup)).exit_code == 2  # nobody answered
    written = desk("backup", str(backup), "--yes")
    assert f"Copying 1 row from {desk.url} to {backup}." in written.stderr
    url = f"sqlite:///{tmp_path / 'new.db'}"
    asked = desk("restore", str(backup), DATABASE_URL=url)
    assert asked.exit_code == 2
    assert f"{backup}: a backup of {desk.url}, taken on" in asked.stdout
    rows = f"1 row in {len(table.copied)} tables"
    assert f"what it holds: {rows}, revision {newest()}" in asked.stdout
    assert f"where it goes: {url}, which has to be empty" in asked.stdout
    assert not (tmp_path / "new.db").exists()
    assert desk("restore", str(backup), "--json", DATABASE_URL=url).exit_code == 2
    done = desk("restore", str(backup), "--json", "--yes", DATABASE_URL=url)
    again = desk("restore", str(backup), "--yes", DATABASE_URL=f"{url}2")
    assert f"{rows}, as in the backup" in again.stdout
    assert json.loads(done.stdout)["rows"]["crms"] == 1
    assert (tmp_path / "new.db").stat().st_mode & 0o777 == 0o600
    assert "paused" in desk("status", DATABASE_URL=url).stdout


def test_what_cannot_be_restored_is_refused_and_touches_nothing(
    desk: Desk, backup: Path, tmp_path: Path
) -> None:
    filled = desk("restore", str(backup), "--yes")
    assert filled.exit_code == 2
    assert f"{desk.url} has a store already (1 row), which stays as it is" in filled.stderr
    (tmp_path / "notes.txt").write_text("no backup")
    change(backup, "UPDATE crms SET paused = 0")
    unreadable = tmp_path / "unreadable.backup"
    shutil.copy(backup, unreadable)
    change(unreadable, "UPDATE crms SET sentence = CAST(x'686fff' AS TEXT)")
    cut_short = tmp_path / "cut.backup"
    cut_short.write_bytes(backup.read_bytes()[:8_192])
    for file, sentence in (
        (tmp_path / "notes.txt", "is no backup that `winback backup` has written"),
        (tmp_path / "winback.db", "is no backup that `winback backup` has written"),
        (tmp_path / "nowhere", "does not exist"),
        (unreadable, "unreadable.backup is damaged: it cannot be read to its end\n"),
        (cut_short, "or it was cut short"),
        (backup, "is damaged: what stands in crms is not what was written"),
    ):
        refused = desk("restore", str(file), "--yes", DATABASE_URL=f"sqlite:///{tmp_path / 'x.db'}")
        assert refused.exit_code == 2
        assert sentence in refused.stderr
        assert not list(tmp_path.glob("x.db*"))


def test_a_backup_of_a_newer_winback_is_refused(desk: Desk, backup: Path, tmp_path: Path) -> None:
    told = json.dumps(
        {"taken_at": "2026-11-22T10:00:00+00:00", "store": "", "revision": "9999", "tables": {}}
    )
    with closing(sqlite3.connect(tmp_path / "newer")) as connection:
        connection.execute("CREATE TABLE winback_backup (told TEXT)")
        connection.execute("INSERT INTO winback_backup VALUES (?)", (told,))
        connection.commit()
    url = f"sqlite:///{tmp_path / 'x.db'}"
    refused = desk("restore", str(tmp_path / "newer"), "--yes", DATABASE_URL=url)
    assert refused.exit_code == 2
    assert "is from a newer winback: its tables are at revision 9999" in refused.stderr
