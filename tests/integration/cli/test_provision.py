"""`winback provision` and `winback check --live`: the CRM made ready, and looked at."""

from __future__ import annotations

import json

from connectors.sandbox.world import Fault
from tests.integration.cli.conftest import Desk

BOTH = ("sales", "hub")


def test_our_fields_are_made_in_both_crms_once(desk: Desk) -> None:
    desk.rules(crms=BOTH)
    first = desk("provision")
    assert first.exit_code == 0
    assert "sales: created Account.Winback_Reason__c" in first.stdout
    assert "hub: " in first.stdout
    assert desk("provision").stdout == "sales: nothing to do\nhub: nothing to do\n"


def test_a_plan_makes_nothing(desk: Desk) -> None:
    first = desk("provision", "--plan")
    assert "Account.Winback_Reason__c" in first.stdout
    assert first.stdout.endswith("sales: this is a plan, nothing was made\n")
    assert desk("provision", "--plan").stdout == first.stdout


def test_a_crm_in_dry_run_is_only_planned(desk: Desk) -> None:
    text = desk.config.read_text().replace("[crm.sales]", "[crm.sales]\ndry_run = true")
    desk.config.write_text(text)
    told = desk.json("provision")["crms"]["sales"]
    assert told["planned"]
    assert desk.json("provision")["crms"]["sales"] == told


def test_one_crm_that_refuses_keeps_the_other_from_nothing(desk: Desk) -> None:
    desk.rules(crms=BOTH)
    desk.sandbox.salesforce.sessions.client_secret = "another"
    result = desk("provision")
    assert result.exit_code == 3
    assert "sales: Salesforce refused the log-in" in result.stderr
    assert "hub: " in result.stdout


def test_a_field_that_cannot_be_made_is_told_and_the_others_are_made(desk: Desk) -> None:
    field = {"message": "too many custom fields", "errorCode": "FIELD_INTEGRITY_EXCEPTION"}
    refused = Fault("status", path="tooling/sobjects/CustomField", status=400, body=[field])
    desk.sandbox.world.faults.append(refused)
    result = desk("provision")
    assert result.exit_code == 2
    assert "sales: Activity.Winback_Key__c could not be set up: " in result.stderr
    assert "sales: created Account.Winback_Reason__c" in result.stdout
    assert desk("provision").exit_code == 0


def test_a_secret_that_is_not_set_is_named(desk: Desk) -> None:
    result = desk("provision", WB_SECRET="")
    assert result.exit_code == 2
    assert "WB_SECRET is not set" in result.stderr


def test_a_live_check_says_what_is_missing_until_it_is_made(desk: Desk) -> None:
    desk.rules(crms=BOTH)
    before = desk("check", str(desk.config), "--live")
    assert before.exit_code == 2
    assert "sales: Account: our fields: " in before.stdout
    assert "hub: deals: our properties: " in before.stdout
    desk("provision")
    after = desk("check", str(desk.config), "--live")
    assert after.exit_code == 0, after.stdout
    assert "hub: deals: fine" in after.stdout


def test_a_live_check_tells_a_refused_log_in_by_its_exit_code(desk: Desk) -> None:
    desk.sandbox.salesforce.sessions.client_secret = "another"
    result = desk("check", str(desk.config), "--live", "--json")
    assert result.exit_code == 3
    [finding] = json.loads(result.stdout)
    assert finding["message"] == "sales: log-in"
