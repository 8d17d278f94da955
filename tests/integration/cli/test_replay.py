"""`winback replay`: a rule file over what the store has read, without a trace of it anywhere."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from connectors.sandbox.server import Sandbox
from integration.replaying.replay import replay
from integration.replaying.slices import Slice
from integration.replaying.worker import Job, Text, Worker
from integration.runtime import Silent, wall_clock
from integration.sense import shipped_sense
from integration.store.engine import connect, reading
from integration.store.tables import metadata
from rules.replay import Window
from tests import worlds
from tests.bench import replay as history
from tests.integration.cli.conftest import Desk
from tests.integration.jobs.stage import HubSpotStage, SalesforceStage, Stage

CALLS = """
[[playbook]]
name = "calls"
[[playbook.task]]
key = "listen"
subject = "Listen to {{ account.name }}"
"""


class Office(Desk):
    """A desk whose store has read three losses of the stage's CRM."""

    stage: Stage

    def draft(self, playbook: str = CALLS, more: str = "", per_day: int = 100) -> str:
        """Another rule file beside the one in force."""
        company = worlds.COMPANY + f"tasks_per_rep_per_day = {per_day}\n"
        crms = (self.stage.crm,)
        text = worlds.rule_text(self.sandbox, crms=crms, company=company, playbook=playbook) + more
        path = self.config.with_name("draft.toml")
        path.write_text(text, encoding="utf-8")
        return str(path)

    def stored(self) -> Mapping[str, Any]:
        """Every row of the store."""
        engine = connect(self.url)
        with reading(engine) as connection:
            found = {
                table.name: sorted(map(repr, connection.execute(sa.select(table))))
                for table in metadata.sorted_tables
            }
        engine.dispose()
        return found


def office_of(stage: type[Stage], sandbox: Sandbox, url: str, folder: Path) -> Office:
    sandbox.hubspot.search_limit = None
    made = Office(sandbox, url, folder / "winback.toml")
    made.stage = stage(sandbox, url, folder)
    made.rules(crms=(made.stage.crm,))
    made("provision")
    made.stage.lose(3)
    made("once")
    return made


@pytest.fixture
def office(sandbox: Sandbox, sqlite_url: str, tmp_path: Path) -> Office:
    return office_of(SalesforceStage, sandbox, sqlite_url, tmp_path)


@pytest.fixture(params=[(SalesforceStage, "postgres_url"), (HubSpotStage, "sqlite_url")])
def each_office(request: pytest.FixtureRequest, sandbox: Sandbox, tmp_path: Path) -> Office:
    """Both CRMs, both databases."""
    stage, url = request.param
    return office_of(stage, sandbox, request.getfixturevalue(url), tmp_path)


def test_a_replay_counts_what_the_run_made(each_office: Office) -> None:
    office = each_office
    found = office.json("replay", "--months", "1", str(office.config))
    assert found["new"]["losses"] == {"customer": 3, "deal": 0, "prospect": 0}
    assert found["new"]["categories"] == {"price": 3}
    assert found["new"]["tasks"]["wanted"] == len(office.stage.tasks())
    [rep] = found["new"]["tasks"]["by_rep"]
    yesterday = (wall_clock().date() - timedelta(days=1)).isoformat()
    assert rep["worst_day"] == {"on": yesterday, "tasks": 9}
    assert (found["failed"], found["differences"]) == (0, [])


def test_a_replay_writes_nothing_and_asks_no_crm(each_office: Office) -> None:
    office = each_office
    before, calls = office.stored(), office.stage.writes()
    office("replay", office.draft(), "--against", "published")
    assert office.stored() == before
    assert office.stage.writes() == calls


def test_each_difference_to_the_rules_in_force_has_its_account(office: Office) -> None:
    found = office.json("replay", "--months", "1", office.draft(), "--against", "published")
    assert found["against"]["file"] == "revision 1"
    assert found["differing"] == len(found["differences"]) == 3
    one = found["differences"][0]
    assert one["changed"] == {"playbook": {"in_force": "everyone", "new": "calls"}}
    assert one["tasks_more"] == ["calls / listen"]
    assert len(one["tasks_less"]) == 3
    said = office("replay", "--months", "1", office.draft(), "--against", "1").stdout
    assert "3 losses differ." in said
    assert f"{one['name']} ({one['account']}): playbook everyone -> calls" in said


def test_tasks_that_are_written_otherwise_are_counted_by_what_differs(office: Office) -> None:
    draft = office.draft(worlds.PLAYBOOK.replace(": listen", ": hear").replace("1 week", "3 weeks"))
    page = office.config.with_name("replay.html")
    options = ("replay", "--months", "1", draft, "--against", "published", "--html", str(page))
    found = office.json(*options)
    counted = {kind: n for kind, n in found["differing_by_kind"].items() if n}
    assert counted == {"due_on": 3, "subject": 3}
    heard, thanked = found["differences"][0]["tasks_changed"]
    assert heard["changed"]["subject"]["new"].endswith(": hear")
    due = thanked["changed"]["due_on"]
    assert due["new"] > due["in_force"]
    said = office(*options).stdout
    assert "tasks with another subject: 3" in said
    text = page.read_text(encoding="utf-8")
    assert "1 task with another subject (everyone / listen); 1 task due later" in text
    assert text.count("<li>Customer ") == 3


def test_the_budget_of_the_day_shows_who_waits(office: Office) -> None:
    draft = office.draft(worlds.PLAYBOOK, per_day=4)
    [rep] = office.json("replay", "--months", "1", draft)["new"]["tasks"]["by_rep"]
    assert (rep["tasks"], rep["waited"], rep["days_over"], rep["longest_queue"]) == (9, 5, 2, 5)


def test_the_page_stands_alone_and_lists_the_differences(office: Office) -> None:
    page = office.config.with_name("replay.html")
    office("replay", "--months", "1", office.draft(), "--against", "published", "--html", str(page))
    text = page.read_text(encoding="utf-8")
    assert "What differs: 3 losses" in text
    assert text.count("<li>Customer ") == 3
    assert "http" not in text.replace("http-equiv", "")
    assert "<script" not in text
    assert "<b>3 losses</b>: playbook everyone -&gt; calls; 1 task more" in text  # told once


def test_a_page_takes_names_as_text_and_is_for_its_owner_alone(office: Office) -> None:
    org = office.sandbox.salesforce
    for account in org.all("Account"):
        org.update("Account", account["Id"], {"Name": "<script>alert(1)</script> & Co"})
    office("once")
    page = office.config.with_name("replay.html")
    office("replay", "--months", "1", office.draft(), "--against", "published", "--html", str(page))
    text = page.read_text(encoding="utf-8")
    assert text.count("<li>&lt;script&gt;alert(1)&lt;/script&gt; &amp; Co") == 3
    assert "<script" not in text
    assert page.stat().st_mode & 0o777 == 0o600


def test_a_page_of_one_file_alone_compares_nothing(office: Office) -> None:
    page = office.config.with_name("replay.html")
    office("replay", "--months", "1", str(office.config), "--html", str(page))
    text = page.read_text(encoding="utf-8")
    assert "What differs" not in text
    assert "change</th>" not in text
    assert "<td>Price</td>" in text  # the category's label
    assert "The busiest began on" in text


def test_what_was_never_read_is_said(office: Office) -> None:
    draft = office.draft(more='\n[[tier]]\nname = "key"\nwhen = "account.Employees__c > 5"\n')
    found = office.json("replay", "--months", "1", draft)
    assert any("Employees__c was not read yet" in one for one in found["not_known"])


def test_a_replay_without_a_store_or_a_revision_says_what_to_do(office: Office) -> None:
    result = office("replay", office.draft(), "--against", "9")
    assert (result.exit_code, result.stderr) == (
        2,
        "there is no revision 9; `winback revisions` lists them\n",
    )
    result = office("replay", office.draft(), DATABASE_URL="sqlite:////nowhere/winback.db")
    assert result.exit_code == 2


def test_two_processes_find_what_one_finds(sqlite_url: str) -> None:
    today = wall_clock().date()
    history.write_history(sqlite_url, 250, today)
    window = Window(today - timedelta(days=365), today)
    text = history.EXAMPLE.read_text(encoding="utf-8").replace("model = true", "model = false")
    other = text.replace('key = "thank"', 'key = "wave"')
    job = Job(sqlite_url, window, Text("new", other), Text("in force", text))
    engine = connect(sqlite_url)
    one, two = (replay(job, engine, ["sales"], Silent(), n, alone=0) for n in (1, 2))
    engine.dispose()
    assert one.customers == two.customers == 250
    assert one.counts == two.counts
    assert json.dumps(list(one.differences)) == json.dumps(list(two.differences))
    one.differences.close()
    two.differences.close()


def test_a_replay_by_other_words_reads_the_notes_many_at_a_time(sqlite_url: str) -> None:
    today = wall_clock().date()
    history.write_history(sqlite_url, 20, today)
    text = history.EXAMPLE.read_text(encoding="utf-8")
    other = text + '\n[[reason]]\nid = "moods"\nlabel = "Moods"\n'
    job = Job(sqlite_url, Window(today - timedelta(days=365), today), Text("new", other))
    sense = shipped_sense()
    before = len(sense.scorer)
    worker = Worker(job)
    found = worker.replay(Slice("sales", 1, 20, 20))
    worker.close()
    assert (found.customers, found.failed) == (20, 0)
    assert len(sense.scorer) > before
