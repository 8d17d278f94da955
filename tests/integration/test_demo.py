"""`winback demo --once`, played through: the output tells the story, and the CRMs agree."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path

import holidays
import pytest
from rich.console import Console

from integration.config import read_config
from integration.demo.desk import Todo
from integration.demo.run import Demo
from integration.demo.stage import SECRETS
from integration.store import outbox
from integration.store.engine import reading
from rules.model import Field, Ref

TODAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    console = Console(file=StringIO(), width=100)
    demo = Demo(console, tmp_path_factory.mktemp("demo"), TODAY, accounts=70)
    try:
        demo.perform()
        yield demo
    finally:
        demo.stage.close()


@pytest.fixture(scope="module")
def output(demo: Demo) -> str:
    file = demo.show.console.file
    assert isinstance(file, StringIO)
    return file.getvalue()


@pytest.fixture(scope="module")
def todos(demo: Demo) -> list[Todo]:
    return [todo for desk in demo.desks.values() for todo in desk.todos()]


def test_every_task_stands_once_and_nothing_is_left_over(demo: Demo, todos: list[Todo]) -> None:
    keys = [todo.key for todo in todos]
    assert len(set(keys)) == len(keys) > 30
    with reading(demo.stage.engine) as connection:
        for crm in demo.desks:
            states = {state for _, state, _ in outbox.tally(connection, crm)}
            assert states <= {"delivered", "withdrawn"}


def test_no_task_is_due_on_a_day_off(todos: list[Todo]) -> None:
    days_off = holidays.country_holidays("DE")
    assert not [t for t in todos if t.due_on.weekday() > 4 or t.due_on in days_off]


def test_who_came_back_has_no_open_task(demo: Demo, todos: list[Todo], output: str) -> None:
    ended = {"recovered", "reopened"}
    types = {"sales": "Account", "software": "companies"}
    back = {
        todo.account_id
        for name, desk in demo.desks.items()
        for todo in desk.todos()
        if desk.field(Ref(types[name], todo.account_id), Field.STATUS) in ended
    }
    assert len(back) >= 2
    assert not [todo for todo in todos if todo.account_id in back and not todo.closed]
    assert "is back: they bought LineWatch" in output
    assert "takes the cancellation back" in output


def test_nobody_who_refused_has_an_open_task(demo: Demo, todos: list[Todo]) -> None:
    org, portal = demo.stage.sandbox.salesforce, demo.stage.sandbox.hubspot
    refused = {r["Id"] for r in org.all("Contact") if r["HasOptedOutOfEmail"] or r["DoNotCall"]}
    refused |= {
        row["hs_object_id"]
        for row in portal.all("contacts")
        if row.get("hs_email_optout") == "true"
    }
    told_to_stop = {t.key.split(":")[0] for t in todos if t.outcome == "asked to stop"}
    still_open = [todo for todo in todos if not todo.closed]
    assert refused
    assert told_to_stop
    assert not [todo for todo in still_open if todo.contact_id in refused]
    assert not [todo for todo in still_open if todo.key.split(":")[0] in told_to_stop]


def test_a_reason_that_a_person_chose_stays(demo: Demo, output: str) -> None:
    assert "a person's choice stays" in output
    chosen = [
        entry
        for entry in demo.stage.sandbox.world.ledger
        if entry.by == "person" and entry.fields.get("Winback_Reason__c") == "service"
    ]
    desk = demo.desks["sales"]
    first = chosen[0]
    assert desk.field(Ref(first.type, first.id), Field.REASON) == "service"


def test_the_output_has_the_table_and_three_tasks(output: str) -> None:
    assert "customers lost" in output
    assert output.count("╭─ A task in ") == 3
    assert "╭─ A task in Salesforce" in output
    assert "╭─ A task in HubSpot" in output
    assert "Hand-over:" in output
    assert "Why this task" in output


def test_the_shipped_rule_file_is_fine(demo: Demo) -> None:
    config = read_config(demo.stage.config.path, SECRETS)
    assert config.unset == ()
    assert len(config.ruleset.playbooks) == 6
    assert config.ruleset.company.first_day == demo.stage.first_day


def test_clock_of_the_story_ends_four_weeks_later(demo: Demo) -> None:
    now = demo.stage.sandbox.world.clock.now()
    assert now > datetime(2026, 12, 18, tzinfo=UTC)
    assert Path(demo.stage.folder, "winback.db").exists()
