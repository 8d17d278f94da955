"""`winback dry-run` and `winback pilot`: one CRM narrowed at run time, and let go again."""

from __future__ import annotations

from integration.assembly import assemble
from integration.config import read_config
from integration.store.engine import connect
from tests import worlds
from tests.integration.cli.conftest import Desk
from tests.integration.cli.test_hold import CALM


def subjects(desk: Desk) -> int:
    return len(desk.sandbox.salesforce.all("Task"))


def words(desk: Desk, *command: str) -> str:
    return " ".join(desk(*command).stdout.replace("│", " ").split())


def test_in_a_dry_run_nothing_is_written_until_it_is_over(each_desk: Desk) -> None:
    desk = each_desk
    worlds.provision(desk.url, desk.config)
    desk.once()
    assert "nothing is written until" in desk("dry-run", "sales").stdout
    worlds.salesforce_losses(desk.sandbox.salesforce, 1)
    run = desk.once()
    assert (subjects(desk), run.report["crms"]["sales"]["tasks"]["wanted"]) == (0, 3)
    assert "Decided for practice until then: 1 customer that changed." in words(desk, "status")
    assert "what was held goes" in desk("dry-run", "sales", "--off").stdout
    desk.once()
    assert subjects(desk) == 3
    assert "DRY RUN" not in words(desk, "status")


def test_what_the_rule_file_holds_back_no_switch_lets_go(desk: Desk) -> None:
    text = desk.config.read_text(encoding="utf-8")
    desk.config.write_text(text.replace("[crm.sales]", "[crm.sales]\ndry_run = true"))
    desk.once()
    told = desk("dry-run", "sales", "--off").stdout
    assert told == "sales: still dry run: the rule file says so ([crm.sales] dry_run)\n"
    assert "DRY RUN Nothing is written: the rule file says so" in words(desk, "status")


def test_a_pilot_is_for_those_who_are_in_it(each_desk: Desk) -> None:
    desk, org = each_desk, each_desk.sandbox.salesforce
    worlds.provision(desk.url, desk.config)
    (inside,) = worlds.salesforce_losses(org, 1, owner=worlds.salesforce_user(org))
    (outside,) = worlds.salesforce_losses(org, 1, owner=worlds.salesforce_user(org))
    mail = (org.get("User", inside.owner) or {})["Email"]
    desk("pilot", "sales", "--owner", mail)  # before anything was read
    desk.once()
    assert {task["OwnerId"] for task in org.all("Task")} == {inside.owner}
    assert "PILOT" in words(desk, "status")
    assert "for 1 of" in desk("pilot", "sales", "--owner", mail).stdout
    assert "for everybody again" in desk("pilot", "sales", "--off").stdout
    desk.once()
    assert {task["OwnerId"] for task in org.all("Task")} == {inside.owner, outside.owner}


def test_a_pilot_for_nobody_there_is_refused_with_the_nearest(desk: Desk) -> None:
    owner = worlds.salesforce_user(desk.sandbox.salesforce)
    mail = str((desk.sandbox.salesforce.get("User", owner) or {})["Email"])
    desk.once()
    result = desk("pilot", "sales", "--owner", mail.replace("@acme", "@acne"))
    assert result.exit_code == 2
    assert "no user of this CRM is known as" in result.stderr
    assert f'did you mean "{mail}"' in result.stderr


def test_a_pilot_says_who_or_ends(desk: Desk) -> None:
    desk.once()
    assert desk("pilot", "sales").exit_code == 2
    assert desk("pilot", "sales", "--off", "--team", "East").exit_code == 2


def test_a_process_that_runs_takes_a_switch_over_between_two_rounds(desk: Desk) -> None:
    desk.once()
    engine = connect(desk.url)
    config = read_config(desk.config, worlds.ENVIRON)
    runtime = assemble(config, worlds.ENVIRON, engine)
    for switch, expected in (((), True), (("--off",), False)):
        desk("dry-run", "sales", *switch)
        runtime.renew()
        assert runtime.crms["sales"].dry_run is expected
    engine.dispose()


def test_a_switch_that_changes_nothing_does_not_say_that_it_does(desk: Desk) -> None:
    desk.rules(crms=("sales",), company=CALM)
    worlds.provision(desk.url, desk.config)
    worlds.salesforce_losses(desk.sandbox.salesforce, 3)
    desk.once()
    off = desk("pilot", "sales", "--off")
    assert (off.stdout, off.stderr) == ("sales: no pilot was switched on\n", "")
