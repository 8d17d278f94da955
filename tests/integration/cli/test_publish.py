"""Publishing rules, going back, and taking back what a bad publish made: in both CRMs."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.sandbox.server import Sandbox
from integration.replanning import carry_out, preview, touched_by
from integration.runtime import wall_clock
from integration.store.engine import reading
from integration.store.made import made_for
from tests import worlds
from tests.integration.cli.conftest import Desk
from tests.integration.jobs.stage import HubSpotStage, SalesforceStage, Stage

CALLS = """
[[playbook]]
name = "calls"
[[playbook.task]]
key = "listen"
subject = "Listen to {{ account.name }}"
[[playbook.task]]
key = "visit"
subject = "Visit {{ account.name }}"
"""
FAILING = """
[[test]]
given = { verdict = "customer" }
expect = { playbook = "none" }
"""


class Office(Desk):
    """A desk whose commands work on the stage's CRM."""

    stage: Stage

    def publish(
        self,
        playbook: str = worlds.PLAYBOOK,
        *options: str,
        more: str = "",
        exit_code: int = 0,
    ) -> str:
        """What publishing a file with this playbook says."""
        text = worlds.rule_text(self.sandbox, crms=(self.stage.crm,), playbook=playbook) + more
        self.config.write_text(text, encoding="utf-8")
        result = self("publish", str(self.config), *options)
        assert result.exit_code == exit_code, result.output
        return str(result.output)

    def work(self) -> str:
        result = self("once")
        assert result.exit_code == 0, result.output
        return str(result.output)

    def email(self, owner: str) -> str:
        if isinstance(self.stage, SalesforceStage):
            return str((self.sandbox.salesforce.get("User", owner) or {})["Email"])
        return self.sandbox.hubspot.owners[owner].email

    def open_subjects(self) -> list[str]:
        return sorted(t["subject"].split()[0] for t in self.stage.tasks() if not t["closed"])


@pytest.fixture(params=[SalesforceStage, HubSpotStage])
def office(
    request: pytest.FixtureRequest, sandbox: Sandbox, sqlite_url: str, tmp_path: Path
) -> Office:
    sandbox.hubspot.search_limit = None
    made = Office(sandbox, sqlite_url, tmp_path / "winback.toml")
    made.stage = request.param(sandbox, sqlite_url, tmp_path)
    made.publish()
    made("provision")
    return made


def test_the_published_revision_is_in_force_whatever_file_lies_there(office: Office) -> None:
    office.stage.lose()
    office.publish(CALLS, "--why", "fewer tasks", "--by", "ann")
    text = worlds.rule_text(office.sandbox, crms=(office.stage.crm,))
    office.config.write_text(text, encoding="utf-8")
    said = office.work()
    assert "is not what is in force: revision 2 is, published on" in said
    assert office.open_subjects() == ["Listen", "Visit"]
    first, second = office.json("revisions")
    assert (first["in_force"], second["in_force"], second["tasks"]) == (False, True, 2)
    assert "* 2  " in office("revisions").stdout
    assert "published by ann: fewer tasks  (1 loss, 2 tasks)" in office("revisions").stdout
    assert '-name = "everyone"' in office("diff", "1").stdout
    assert '+name = "everyone"' in office("diff", "2", str(office.config)).stdout


def test_what_does_not_pass_its_own_tests_is_not_published(office: Office) -> None:
    office.config.write_text(office.config.read_text() + FAILING, encoding="utf-8")
    result = office("publish", str(office.config))
    assert result.exit_code == 2
    assert 'playbook: expected none, got "everyone"' in result.stderr
    assert [one["revision"] for one in office.json("revisions")] == [1]


def test_what_check_warns_of_is_told_and_published_all_the_same(office: Office) -> None:
    said = office.publish(CALLS + '[[playbook]]\nname = "last"\n')
    assert "warning: " in said
    assert '"last" is never taken: "calls" comes before it' in said
    assert "revision 2 is in force" in said


def test_a_dry_run_of_a_draft_leaves_what_is_in_force(office: Office) -> None:
    office.stage.lose()
    draft = worlds.rule_text(office.sandbox, crms=(office.stage.crm,), playbook=CALLS)
    office.config.write_text(draft, encoding="utf-8")
    told = office.json("once", "--dry-run")["crms"][office.stage.crm]
    assert sorted(one["rule"] for one in told["rehearsed"]) == ["calls / listen", "calls / visit"]
    assert [one["revision"] for one in office.json("revisions")] == [1]


def test_recoveries_keep_the_plan_they_began_with(office: Office) -> None:
    waiting = worlds.PLAYBOOK.replace('"apologise"\n', '"apologise"\nafter = "listen"\n')
    office.publish(waiting)
    office.stage.lose()
    office.work()
    assert office.open_subjects() == ["Call", "Thank"]
    office.publish(waiting.replace("Say sorry to", "Forget").replace('"thank"', '"wave"'))
    listen = next(t for t in office.stage.tasks() if t["subject"].startswith("Call"))
    office.stage.task_change(listen["id"], "close")
    office.work()
    assert office.open_subjects() == ["Say", "Thank"]


def test_replanning_shows_what_would_change_and_asks(office: Office) -> None:
    lost = office.stage.lose()
    office.work()
    said = office.publish(CALLS, "--replan", exit_code=2)
    assert "1 recovery gets a new plan: 2 tasks would be closed, 1 task made" in said
    assert f"({lost.account}): everyone -> calls" in said
    assert "nothing was done: there is no terminal to ask on; add --yes" in said
    office.work()
    assert office.open_subjects() == ["Call", "Say", "Thank"]
    office.publish(CALLS, "--replan", "--yes")
    office.work()
    assert office.open_subjects() == ["Call", "Visit"]  # both plans listen: that task stays
    assert "made anew by revision 2" in office("explain", lost.account).output.replace("\n", " ")


def test_replanning_takes_over_how_the_same_plan_reads_now(office: Office) -> None:
    waiting = worlds.PLAYBOOK.replace('"apologise"\n', '"apologise"\nafter = "listen"\n')
    office.publish(waiting)
    office.stage.lose()
    office.work()
    said = office.publish(waiting.replace("Say sorry to", "Write to"), "--replan", "--yes")
    assert "everyone, as it reads now" in said
    listen = next(t for t in office.stage.tasks() if t["subject"].startswith("Call"))
    office.stage.task_change(listen["id"], "close")
    office.work()
    assert office.open_subjects() == ["Thank", "Write"]


def test_replanning_hands_on_what_the_new_plan_gives_to_somebody_else(office: Office) -> None:
    bob = office.stage.new_owner("Bob Ray")
    office.stage.lose(2)
    office.work()
    begun = next(t for t in office.stage.tasks() if t["subject"].startswith("Call"))
    office.stage.task_change(begun["id"], "retitle", "Call, and ask about the dog")
    his = CALLS.replace('key = "listen"', f'key = "listen"\nassign = "{office.email(bob)}"')
    said = office.publish(his, "--replan", "--yes")
    assert "2 tasks made, 1 task handed to somebody else" in said
    assert re.search(r"hands \w+:listen:1 from (Ann )?Lee to (Bob )?Ray", said)
    assert re.search(
        r"keeps \w+:listen:1 with .*Lee, not .*Ray: a person changed its subject", said
    )
    office.work()
    calls = [t for t in office.stage.tasks() if t["subject"].startswith("Call")]
    assert {t["id"]: t["owner"] == bob for t in calls} == {
        t["id"]: t["id"] != begun["id"] for t in calls
    }
    [handed] = [t for t in calls if t["owner"] == bob]
    assert 'Hand-over: the plan "calls" was changed; ' in handed["body"]
    recovery = office.json("explain", handed["body"].rpartition("[winback:")[2][:-1])["recoveries"][
        0
    ]
    assert (recovery["playbook"], recovery["changes"][0]["before"]) == ("calls", "everyone")
    written = office.stage.writes()
    office.work()
    assert office.stage.writes() == written


def test_undo_closes_what_nobody_touched_and_nothing_else(office: Office) -> None:
    office.stage.lose()
    office.work()
    office.publish(CALLS)
    office.stage.lose()
    office.work()
    theirs = [t for t in office.stage.tasks() if t["subject"].startswith("Visit")]
    office.stage.task_change(theirs[0]["id"], "retitle", "Visit with cake")
    shown = office("undo", "--revision", "2")
    assert f"{office.stage.crm}: 1 task to close in the CRM, no task to withdraw" in shown.stdout
    assert "a person changed its subject" in shown.stdout
    assert "add --yes" in shown.stderr
    assert "revision 2 is still in force" in shown.stderr
    assert "1 recovery still follows the plan of revision 2" in shown.stderr
    assert office("rollback", "1").exit_code == 0
    assert office("undo", "--revision", "2", "--yes").exit_code == 0
    office.work()
    assert office.open_subjects() == ["Call", "Say", "Thank", "Visit"]
    once_more = office.json("undo", "--revision", "2", "--yes")
    again = once_more["crms"][office.stage.crm]
    assert (again["closed"], again["withdrawn"], once_more["done"]) == ([], [], True)
    assert "there is nothing to take back" in office("undo", "--revision", "2").stdout
    office.work()
    assert office.open_subjects() == ["Call", "Say", "Thank", "Visit"]


def test_undo_withdraws_what_was_never_written(office: Office) -> None:
    brake = worlds.COMPANY.replace("10_000", "1\nstorm_max_share = 0.01")
    text = worlds.rule_text(office.sandbox, crms=(office.stage.crm,), company=brake)
    office.config.write_text(text, encoding="utf-8")
    assert office("publish", str(office.config)).exit_code == 0
    office.stage.lose(2)
    assert office("once").exit_code == 4
    taken = office.json("undo", "--revision", "2", "--yes")["crms"][office.stage.crm]
    assert (len(taken["withdrawn"]), taken["closed"]) == (6, [])
    office("resume-held")
    office.work()
    assert office.open_subjects() == []
    assert office("undo", "--revision", "9", "--yes").exit_code == 2


def test_crms_that_come_and_go_need_a_restart_and_that_is_said(office: Office) -> None:
    assert "restart" not in office.publish(CALLS)
    other = "hub" if office.stage.crm == "sales" else "sales"
    office.config.write_text(worlds.rule_text(office.sandbox, crms=(other,)), encoding="utf-8")
    told = office("publish", str(office.config)).stdout
    assert f"{other} is new: to have it worked on, restart every process of winback" in told
    assert f"{office.stage.crm} is gone: to have it left alone, restart" in told


def test_whoever_is_handed_a_late_task_is_not_told_that_it_is_late(office: Office) -> None:
    bob = office.stage.new_owner("Bob Ray")
    office.stage.lose()
    office.work()
    [ann] = {task["owner"] for task in office.stage.tasks()}
    his = CALLS.replace('key = "listen"', f'key = "listen"\nassign = "{office.email(bob)}"')
    manager = f'[[person]]\nemail = "{office.email(ann)}"\nmanager = "{office.email(bob)}"\n'
    text = worlds.rule_text(office.sandbox, crms=(office.stage.crm,), playbook=his) + manager
    late_after = '[limits]\nescalate_after = "3 business days"'
    office.config.write_text(text.replace("[limits]", late_after), encoding="utf-8")
    assert office("publish", str(office.config)).exit_code == 0
    later = wall_clock() + timedelta(days=20)

    def late(days: int) -> list[str]:
        office.once(now=lambda: later + timedelta(days=days))
        return [t["subject"] for t in office.stage.tasks() if t["subject"].startswith("Overdue")]

    with worlds.runtime(office.url, office.config, now=lambda: later) as runtime:
        crm = office.stage.crm
        plans = preview(runtime, crm)
        carry_out(runtime, crm, plans, touched_by(runtime, crm, plans), 2)
    assert late(0) == []
    assert late(2) == []
    bodies = [task["body"] for task in office.stage.tasks() if task["owner"] == bob]
    keys = [body.rpartition("[winback:")[2].rstrip("]") for body in bodies]
    with (
        worlds.runtime(office.url, office.config) as runtime,
        reading(runtime.engine) as connection,
    ):
        [listen] = made_for(connection, crm, keys)
    assert (listen.owner_id, listen.touched) == (bob, None)


def test_a_rollback_makes_no_store(desk: Desk, tmp_path: Path) -> None:
    refused = desk("rollback", "1", DATABASE_URL=f"sqlite:///{tmp_path / 'mistyped.db'}")
    assert refused.exit_code == 2
    assert "there is no store at" in refused.stderr
    assert not (tmp_path / "mistyped.db").exists()
