"""`winback init`: from a live CRM to a rule file that is fine, holds its tests and runs."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from connectors.sandbox.salesforce.fields import Option
from tests import worlds
from tests.integration.cli.conftest import Desk


def drafted(desk: Desk, *options: str) -> dict[str, Any]:
    """The draft, after going all the way that an admin goes with it."""
    result = desk("init", *options)
    assert result.exit_code == 0, result.output
    assert desk("provision").exit_code == 0
    check = desk("check", str(desk.config), "--live")
    assert check.exit_code == 0, check.output
    assert "warning" not in check.output
    test = desk("test", str(desk.config))
    assert (test.exit_code, test.stdout) == (0, "all 4 test cases hold\n")
    rehearsed = desk("once", "--dry-run")
    assert rehearsed.exit_code in (0, 4), rehearsed.output
    return tomllib.loads(desk.config.read_text())


def test_an_org_with_reasons_and_a_cancellation_object(desk: Desk) -> None:
    org = desk.sandbox.salesforce
    org.define_field(
        "Opportunity",
        "Loss_Reason__c",
        "picklist",
        options=[Option("Too expensive"), Option("Bad weather")],
    )
    org.define_field("Opportunity", "Loss_Notes__c", "textarea")
    org.define_object("Cancellation__c")
    org.define_field("Cancellation__c", "Account__c", "lookup", reference_to=("Account",))
    org.define_field("Cancellation__c", "End_Date__c", "date")
    worlds.salesforce_losses(org, 1)
    desk.config.write_text(connection(desk, "sales"), encoding="utf-8")
    rules = drafted(desk)
    renewal, closed, cancelled = rules["watch"]
    assert renewal["lost_when"] == "lost and Type == 'Renewal'"
    assert (closed["reason"], closed["words"]) == ("Loss_Reason__c", "Loss_Notes__c")
    assert (cancelled["record"], cancelled["verdict"]) == ("Cancellation__c", "customer")
    assert (cancelled["account"], cancelled["lost_on"]) == ("Account__c", "End_Date__c")
    values = {reason["id"]: reason.get("values", []) for reason in rules["reason"]}
    assert (values["price"], values["unknown"]) == (["Too expensive"], ["Bad weather"])
    assert "# Managers are read from the CRM." in desk.config.read_text()


def test_an_org_whose_contracts_are_cancelled(desk: Desk) -> None:
    org = desk.sandbox.salesforce
    statuses = ("Draft", "In Approval Process", "Activated", "Cancelled")
    org.define_field("Contract", "Status", "picklist", options=[Option(s) for s in statuses])
    org.define_field(
        "Contract", "Cancellation_Reason__c", "picklist", options=[Option("Too expensive")]
    )
    org.define_field("Contract", "Cancellation_Notes__c", "textarea")
    org.define_field("Contract", "Cancelled_On__c", "date")
    desk.config.write_text(connection(desk, "sales"), encoding="utf-8")
    rules = drafted(desk)
    contract = rules["watch"][-1]
    assert contract == {
        "name": "Contract lost",
        "crm": "sales",
        "record": "Contract",
        "lost_when": {"Status": ["Cancelled"]},
        "verdict": "customer",
        "account": "AccountId",
        "known_on": "Cancelled_On__c",
        "lost_on": "EndDate",
        "reason": "Cancellation_Reason__c",
        "words": "Cancellation_Notes__c",
    }
    assert "contract" not in rules  # the CRM's own are read anyway


def test_contracts_as_salesforce_ships_them_tell_of_no_loss(desk: Desk) -> None:
    desk.config.write_text(connection(desk, "sales"), encoding="utf-8")
    assert {watch["record"] for watch in drafted(desk)["watch"]} == {"Opportunity"}


def test_a_reason_that_is_plain_text_is_read_as_words(desk: Desk) -> None:
    org = desk.sandbox.salesforce
    org.define_field("Opportunity", "Closed_Lost_Reason__c", "string")
    desk.config.write_text(connection(desk, "sales"), encoding="utf-8")
    closed = drafted(desk)["watch"][-1]
    assert ("reason" in closed, closed["words"]) == (False, "Closed_Lost_Reason__c")


def test_a_portal_with_a_subscription_object(desk: Desk) -> None:
    portal = desk.sandbox.hubspot
    plans = portal.define_type("memberships", "membership")
    portal.define_property(plans.name, "status", "enumeration", ["active", "cancelled"])
    portal.define_property(plans.name, "why_they_left", field_type="text")
    portal.define_property(
        "deals", "churn_reason", "enumeration", ["Pricing", "Bugs"], field_type="checkbox"
    )
    worlds.hubspot_losses(portal, 1)
    desk.config.write_text(connection(desk, "hub"), encoding="utf-8")
    rules = drafted(desk, "--crm", "hub")
    assert rules["watch"][-1]["lost_when"] == {"status": ["cancelled"]}
    assert rules["watch"][-1]["words"] == "why_they_left"
    assert (rules["watch"][0]["reason"], rules["watch"][0]["words"]) == (
        "churn_reason",
        "closed_lost_reason",
    )
    assert rules["contract"][0]["running_when"] == {"status": ["active"]}
    assert '# manager = "..."' in desk.config.read_text()


def test_a_type_that_has_a_word_and_an_id_is_watched_once(desk: Desk) -> None:
    portal = desk.sandbox.hubspot
    plans = portal.define_type("subscriptions", "subscription")
    portal.define_property(plans.name, "status", "enumeration", ["active", "cancelled"])
    desk.config.write_text(connection(desk, "hub"), encoding="utf-8")
    watched = [watch["record"] for watch in drafted(desk, "--crm", "hub")["watch"]]
    assert watched == ["deals", "subscriptions"]


def test_a_file_with_rules_is_never_overwritten(desk: Desk) -> None:
    before = desk.config.read_text()
    result = desk("init")
    assert (result.exit_code, desk.config.read_text()) == (2, before)
    assert "is not overwritten; name a new file with --out" in result.stderr


def test_without_a_file_the_command_line_says_where_the_crm_is(desk: Desk, tmp_path: Path) -> None:
    new = str(tmp_path / "new.toml")
    assert desk("init", "--config", new).exit_code == 2
    words = ["--kind", "hubspot", "--base-url", desk.sandbox.hubspot_url, "--crm", "hub"]
    result = desk("init", "--config", new, *words, HUBSPOT_TOKEN="sandbox")
    assert result.exit_code == 0, result.output
    assert desk("check", new, HUBSPOT_TOKEN="sandbox").exit_code == 0
    again = desk("init", "--config", new, "--out", "-", HUBSPOT_TOKEN="sandbox")
    assert again.stdout.startswith("[crm.hub]")


def test_a_second_crm_is_added_to_the_rules_that_are_there(desk: Desk, tmp_path: Path) -> None:
    desk.sandbox.salesforce.define_field(
        "Opportunity", "Loss_Reason__c", "picklist", options=[Option("Too expensive")]
    )
    desk.sandbox.hubspot.define_property(
        "deals", "churn_reason", "enumeration", ["It kept crashing"]
    )
    tables = connection(desk, "sales") + connection(desk, "hub")
    desk.config.write_text(tables, encoding="utf-8")
    assert desk("init", "--crm", "sales").exit_code == 0
    both = tmp_path / "both.toml"
    result = desk("init", "--crm", "hub", "--out", str(both))
    assert (result.exit_code, "drafted" in result.output) == (0, True), result.output
    assert desk("check", str(both)).exit_code == 0
    rules, first = tomllib.loads(both.read_text()), tomllib.loads(desk.config.read_text())
    names = [watch["name"] for watch in rules["watch"]]
    assert names == ["lost renewal", "closed-lost", "closed-lost in hub"]
    assert {key: rules[key] for key in ("playbook", "limits", "test")} == {
        key: first[key] for key in ("playbook", "limits", "test")
    }
    values = {reason["id"]: reason.get("values", []) for reason in rules["reason"]}
    assert values["price"] == ["Too expensive"]
    assert "It kept crashing" in values["quality"]


def test_a_draft_of_what_is_watched_already_adds_nothing(desk: Desk, tmp_path: Path) -> None:
    desk.config.write_text(connection(desk, "sales"), encoding="utf-8")
    assert desk("init").exit_code == 0
    assert desk("init", "--out", str(tmp_path / "again.toml")).exit_code == 0
    again = tomllib.loads((tmp_path / "again.toml").read_text())
    assert again == tomllib.loads(desk.config.read_text())


def test_out_is_the_only_file_that_is_written(desk: Desk, tmp_path: Path) -> None:
    new, out = tmp_path / "new.toml", tmp_path / "out.toml"
    words = ["--kind", "hubspot", "--base-url", desk.sandbox.hubspot_url]
    result = desk("init", "--config", str(new), *words, "--out", str(out), HUBSPOT_TOKEN="sandbox")
    assert (result.exit_code, new.exists(), out.exists()) == (0, False, True), result.output
    again = desk("init", "--config", str(new), *words, "--out", str(out), HUBSPOT_TOKEN="sandbox")
    assert (again.exit_code, "holds rules already" in again.stderr) == (2, True)


def test_a_crm_that_the_command_line_describes_is_not_another_of_the_file(
    desk: Desk, tmp_path: Path
) -> None:
    desk.config.write_text(connection(desk, "sales"), encoding="utf-8")
    words = ["--kind", "hubspot", "--base-url", desk.sandbox.hubspot_url]
    clash = desk("init", "--crm", "sales", *words)
    assert (clash.exit_code, "give the other CRM another name" in clash.stderr) == (2, True)
    out = tmp_path / "out.toml"
    result = desk("init", *words, "--out", str(out), HUBSPOT_TOKEN="sandbox")
    assert result.exit_code == 0, result.output
    rules = tomllib.loads(out.read_text())
    assert {watch["crm"] for watch in rules["watch"]} == {"hubspot"}
    assert list(rules["crm"]) == ["sales", "hubspot"]


def connection(desk: Desk, crm: str) -> str:
    """The `[crm]` table alone."""
    text = worlds.rule_text(desk.sandbox, crms=(crm,), company="", playbook="")
    return text.split("[[watch]]")[0]
