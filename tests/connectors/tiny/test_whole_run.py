"""The whole product on a CRM that it has never heard of."""

from __future__ import annotations

from pathlib import Path

import pytest

from integration.config import ConfigFaults, read_config
from integration.once import Run
from tests.connectors.tiny.conftest import Office
from tests.worlds import CATEGORIES, COMPANY, ENVIRON, PLAYBOOK, provision, run_once

SMALL = """
[crm.small]
kind = "rolodex"
base_url = "{url}"
token = "env:WB_TOKEN"

[[watch]]
name = "lost sales"
crm = "small"
record = "sale"
lost_when = {{ closed = true, won = false }}
words = "why"
value = "amount"
"""

pytestmark = pytest.mark.usefixtures("named")


@pytest.fixture
def rule_file(office: Office, tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(COMPANY + SMALL.format(url=office.url) + CATEGORIES + PLAYBOOK, "utf-8")
    return path


@pytest.fixture
def run(office: Office, rule_file: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """One customer who bought once and was lost the day before yesterday."""
    monkeypatch.setitem(ENVIRON, "WB_TOKEN", office.rolodex.token)
    won = {"state": "won", "closed_on": "2025-10-01", "amount": "60000"}
    office.rolodex.add("sale", name="First", client=office.client, owner=office.owner, **won)
    provision(sqlite_url, rule_file)
    return run_once(sqlite_url, rule_file)


def test_a_loss_becomes_tasks_and_fields(run: Run, office: Office) -> None:
    report = run.report["crms"]["small"]
    assert (run.exit_code, report["losses"]["customer"]) == (0, 1)
    todos = [todo["values"] for todo in office.rolodex.all("todo")]
    assert {todo["owner"] for todo in todos} == {office.owner}
    assert {todo["client"] for todo in todos} == {office.client}
    assert {todo["title"] for todo in todos} == {
        "Call Zoë O'Neil: listen",
        "Say sorry to Zoë O'Neil",
        "Thank Zoë O'Neil",
    }
    assert all(todo["text"].endswith(f"[winback:{todo['key']}]") for todo in todos)
    sale = office.rolodex.rows[office.sale]["values"]
    assert sale["winback_reason"] == "price"


def test_a_second_run_changes_nothing(
    run: Run, office: Office, rule_file: Path, sqlite_url: str
) -> None:
    changes = len(office.world.ledger)
    again = run_once(sqlite_url, rule_file)
    assert (run.exit_code, again.exit_code) == (0, 0)
    assert again.report["crms"]["small"]["calls"]["write"] == 0
    assert len(office.world.ledger) == changes


def test_a_customer_who_is_back_has_no_task_left(
    run: Run, office: Office, rule_file: Path, sqlite_url: str
) -> None:
    assert run.exit_code == 0
    office.rolodex.change(office.sale, state="won")
    assert run_once(sqlite_url, rule_file).exit_code == 0
    assert {todo["values"]["done"] for todo in office.rolodex.all("todo")} == {"yes"}


def test_the_rule_file_is_checked_for_this_kind_too(rule_file: Path) -> None:
    text = rule_file.read_text("utf-8").replace('token = "env:WB_TOKEN"', "")
    rule_file.write_text(text, "utf-8")
    with pytest.raises(ConfigFaults, match="ROLODEX_TOKEN"):
        read_config(rule_file, ENVIRON)
