"""`winback explain`: why this customer got this task, and why that one did not."""

from __future__ import annotations

from datetime import timedelta

from integration.runtime import wall_clock
from tests import worlds
from tests.integration.cli.conftest import Desk

WAITING = worlds.PLAYBOOK.replace(
    'key = "apologise"', 'key = "apologise"\nafter = "reason_confirmed"'
)


def words_of(text: str) -> str:
    return " ".join(text.split())


def test_a_lost_customer_is_explained_from_any_of_its_ids(each_desk: Desk) -> None:
    desk = each_desk
    desk.rules(crms=("sales",), playbook=WAITING)
    worlds.provision(desk.url, desk.config)
    lost = worlds.salesforce_losses(desk.sandbox.salesforce, 2)[1]
    desk.once()
    told = desk.json("explain", lost.account, "--crm", "sales")
    assert (told["account"], told["verdict"]) == (lost.account, "customer")
    assert told["because"][-1] == "so the customer is lost"
    [loss] = told["losses"]
    assert (loss["record"], loss["ordinal"], loss["category"]) == (lost.deal, 1, "price")
    listen, thank = told["tasks"]
    assert (listen["state"], listen["rule"]) == ("written", "everyone / listen")
    assert listen["facts"]["category"] == "price"
    assert "a new purchase" in listen["would_change"]
    assert told["not_made"] == [
        {"rule": "everyone / apologise", "because": "it waits until the reason is confirmed"}
    ]
    for id in (lost.deal, lost.contact, listen["crm_id"], thank["key"], f"Account:{lost.account}"):
        assert desk.json("explain", id, "--crm", "sales")["losses"] == told["losses"]


FINDING_OUT = """
[[playbook]]
name = "reason unknown"
when = { category = "unknown" }
until = "reason_known"
benchmarks = ["reason known by day 1"]
[[playbook.task]]
key = "find_out"
subject = "Ask why"

[[playbook]]
name = "for what was said"
[[playbook.task]]
key = "listen"
subject = "Listen"
"""


def test_a_change_of_plan_is_told_and_the_day_before_it_too(desk: Desk) -> None:
    desk.rules(crms=("sales",), playbook=FINDING_OUT)
    worlds.provision(desk.url, desk.config)
    org, today = desk.sandbox.salesforce, wall_clock()
    lost = worlds.salesforce_losses(org, 1, words="")[0]
    desk.once()
    org.update("Opportunity", lost.deal, {"Winback_Reason__c": "price"})
    then = today + timedelta(days=5)
    assert desk("once", "--as-of", then.isoformat()).exit_code == 0
    after, before = (
        desk.json("explain", lost.deal, "--as-of", at.isoformat()) for at in (then, today)
    )
    assert [told["recoveries"][0]["playbook"] for told in (after, before)] == [
        "for what was said",
        "reason unknown",
    ]
    [change] = after["recoveries"][0]["changes"]
    assert (change["before"], change["after"], change["later"]) == (
        "reason unknown",
        "for what was said",
        False,
    )
    assert change["benchmarks"][0]["slipped"]
    judged = [
        {rule["rule"]: rule["judged"] for rule in told["trace"]["rules"]}["playbook reason unknown"]
        for told in (after, before)
    ]
    assert judged == ["false", "true"]
    took_over = 'took over from "reason unknown" (the reason is known: Price)'
    words = words_of(desk("explain", lost.deal, "--as-of", then.isoformat()).stdout)
    assert took_over in words
    assert "reason unknown: false; its time is over: the reason is known" in words
    words = words_of(desk("explain", lost.deal, "--as-of", today.isoformat()).stdout)
    assert 'playbook "reason unknown", open' in words
    assert f'later, on {then.day} {then:%B %Y}, "for what was said" {took_over}' in words


def test_the_text_can_be_read_aloud(desk: Desk) -> None:
    desk.rules(crms=("sales",), playbook=WAITING)
    worlds.provision(desk.url, desk.config)
    lost = worlds.salesforce_losses(desk.sandbox.salesforce, 1)[0]
    desk.once()
    link = f"https://acme.my.salesforce.com/lightning/r/Account/{lost.account[:15]}/view"
    result = desk("explain", link)
    words = words_of(result.stdout)
    assert result.exit_code == 0
    assert "Verdict: the customer is lost." in words
    assert "reason price, guessed, fault ours" in words
    assert "written: it stands in the CRM as 00T" in words
    assert "it closes by itself after: " in words
    assert "everyone / apologise: it waits until the reason is confirmed" in words
    assert f"Account {lost.account}, reason: price, written by us" in words


def test_what_a_person_changed_is_told_as_theirs(desk: Desk) -> None:
    worlds.provision(desk.url, desk.config)
    lost = worlds.salesforce_losses(desk.sandbox.salesforce, 1)[0]
    desk.once()
    org = desk.sandbox.salesforce
    org.update("Opportunity", lost.deal, {"Winback_Reason__c": "service"})
    desk.once()
    fields = desk.json("explain", lost.deal)["fields"]
    [reason] = [f for f in fields if (f["record"], f["field"]) == (lost.deal, "reason")]
    assert (reason["written"], reason["now"], reason["theirs"]) == ("price", "service", True)
    assert "reason: service, by a person, and theirs for ever" in desk("explain", lost.deal).stdout


def test_a_task_that_waits_for_its_reps_budget_says_so(desk: Desk) -> None:
    desk.rules(crms=("sales",), company=worlds.COMPANY + "tasks_per_rep_per_day = 1\n")
    worlds.provision(desk.url, desk.config)
    lost = worlds.salesforce_losses(desk.sandbox.salesforce, 1)[0]
    assert desk.once().exit_code == 0
    tasks = desk.json("explain", lost.account)["tasks"]
    assert sorted(task["state"] for task in tasks) == ["waiting", "waiting", "written"]
    assert "2 waiting for a rep's budget of the day" in desk("status").stdout
    sales = desk.json("status")["crms"]["sales"]
    assert (sales["held"], sales["tasks"]["waiting"]) == (0, 2)


def test_an_account_that_never_lost_anything_counts_as_a_customer(desk: Desk) -> None:
    org = desk.sandbox.salesforce
    account = org.create("Account", {"Name": "Happy GmbH"})
    won = str(wall_clock().date() - timedelta(days=20))
    deal = {"Name": "First", "AccountId": account, "StageName": "Closed Won", "CloseDate": won}
    org.create("Opportunity", deal)
    desk.once()
    told = desk.json("explain", account)
    assert (told["verdict"], told["losses"], told["tasks"]) == ("none", [], [])
    assert told["because"][-1] == "so they are still a customer"
    words = words_of(desk("explain", account).stdout)
    assert "nothing was ever lost here" in words
    assert "If nothing happens they count as lost on" in words


def test_a_loss_from_before_the_first_day_says_why_it_has_no_tasks(desk: Desk) -> None:
    later = worlds.COMPANY.replace("2026-01-01", str(wall_clock().date() + timedelta(days=1)))
    desk.rules(crms=("sales",), company=later)
    lost = worlds.salesforce_losses(desk.sandbox.salesforce, 1)[0]
    desk.once()
    [why] = desk.json("explain", lost.deal)["not_made"]
    assert why["rule"] == "first_day"
    assert "the first day that is worked on" in why["because"]


def test_without_the_rule_file_what_was_decided_is_still_told(desk: Desk) -> None:
    lost = worlds.salesforce_losses(desk.sandbox.salesforce, 1)[0]
    desk.once()
    desk.config.unlink()
    result = desk("explain", lost.account, WINBACK_CONFIG="")
    assert result.exit_code == 0
    assert "Verdict: the customer is lost." in result.stdout
    assert "there is no rule file" in result.stdout


def test_in_hubspot_a_deal_and_a_company_may_share_an_id(desk: Desk) -> None:
    desk.rules(crms=("hub",))
    portal = desk.sandbox.hubspot
    first, second = worlds.hubspot_losses(portal, 2)
    portal.create("companies", {"name": "Same id", "hs_object_id": first.deal})
    desk.once()
    assert desk.json("explain", f"deals:{first.deal}")["account"] == first.account
    assert desk.json("explain", f"companies:{second.account}")["account"] == second.account


def test_an_id_that_nobody_knows_is_refused(desk: Desk) -> None:
    desk.once()
    result = desk("explain", "001000000000nope", "--crm", "sales")
    assert result.exit_code == 2
    assert "nothing in sales has the id 001000000000nope" in result.stderr


def test_with_two_crms_the_id_needs_one(desk: Desk) -> None:
    desk.rules(crms=("sales", "hub"))
    desk.once()
    result = desk("explain", "001000000000000")
    assert result.exit_code == 2
    assert "--crm hub or --crm sales" in result.stderr


TIERS = """
[[tier]]
name = "key"
when = { won_value.gte = 100000 }
[[tier]]
name = "rest"
"""


def test_each_rule_is_told_with_what_decided_it(desk: Desk) -> None:
    desk.rules(crms=("sales",), company=TIERS + worlds.COMPANY)
    worlds.provision(desk.url, desk.config)
    lost = worlds.salesforce_losses(desk.sandbox.salesforce, 1)[0]
    desk.once()
    told = desk.json("explain", lost.account)
    rules = {one["rule"]: one for one in told["trace"]["rules"]}
    assert rules["tier key"]["judged"] == "false"
    assert rules["tier key"]["because"] == "won_value >= 100,000: won_value is 60,000"
    assert rules["tier key"]["would_change"] == ["won_value >= 100,000"]
    assert rules["playbook everyone"]["judged"] == "true"
    assert [one["rule"] for one in told["tasks"][0]["trace"]][:2] == ["tier key", "tier rest"]
    words = words_of(desk("explain", lost.account).stdout)
    assert "tier key: false; won_value >= 100,000: won_value is 60,000" in words
    assert "it would hold with won_value >= 100,000" in words


def test_a_recovery_that_keeps_its_plan_says_so(desk: Desk) -> None:
    desk.rules(crms=("sales",))
    worlds.provision(desk.url, desk.config)
    lost = worlds.salesforce_losses(desk.sandbox.salesforce, 1)[0]
    desk.once()
    assert "keeps" not in desk("explain", lost.account).stdout
    text = desk.config.read_text(encoding="utf-8").replace('name = "everyone"', 'name = "anybody"')
    desk.config.write_text(text, encoding="utf-8")
    assert desk("publish", str(desk.config)).exit_code == 0
    words = words_of(desk("explain", lost.account).stdout)
    assert 'keeps "everyone", the playbook with which it began' in words


def test_an_earlier_day_is_told_by_the_rules_of_that_day(desk: Desk) -> None:
    desk.rules(crms=("sales",), company=TIERS + worlds.COMPANY)
    worlds.provision(desk.url, desk.config)
    lost = worlds.salesforce_losses(desk.sandbox.salesforce, 1)[0]
    desk.once()
    before = wall_clock().isoformat()
    desk.rules(crms=("sales",), company=TIERS.replace("100000", "50000") + worlds.COMPANY)
    assert desk("publish", str(desk.config)).exit_code == 0
    for as_of, judged, revision in ((None, "true", 2), (before, "false", 1)):
        words = ["--as-of", as_of] if as_of else []
        trace = desk.json("explain", lost.account, *words)["trace"]
        [tier] = [one for one in trace["rules"] if one["rule"] == "tier key"]
        assert (tier["judged"], trace["revision"]) == (judged, revision)


def test_an_earlier_day_is_told_without_what_came_later(desk: Desk) -> None:
    desk.rules(crms=("sales",), playbook=FINDING_OUT)
    worlds.provision(desk.url, desk.config)
    org, today = desk.sandbox.salesforce, wall_clock()
    first = today - timedelta(days=5)
    lost = worlds.salesforce_losses(org, 1, words="")[0]
    assert desk("once", "--as-of", first.isoformat()).exit_code == 0
    org.update("Opportunity", lost.deal, {"Winback_Reason__c": "price"})
    assert desk("once", "--as-of", today.isoformat()).exit_code == 0
    assert desk("once", "--as-of", today.isoformat()).exit_code == 0
    now = desk.json("explain", lost.deal)
    then = desk.json("explain", lost.deal, "--as-of", (first + timedelta(days=1)).isoformat())
    assert [task["key"] for task in then["tasks"]] == [now["tasks"][0]["key"]]
    assert [told["losses"][0]["category"] for told in (then, now)] == ["unknown", "price"]
    assert [len(told["losses"][0]["history"]) for told in (then, now)] == [1, 2]
    assert [told["tasks"][0]["state"] for told in (then, now)] == ["written", "closed"]
    assert (bool(now["fields"]), then["fields"], now["told_of"]) == (True, [], None)
    words = words_of(desk("explain", lost.deal, "--as-of", then["told_of"]).stdout)
    assert "Reason price" not in words
    assert "Ask why" in words
    assert "Our fields" not in words
    assert "our fields and parked changes are known of today alone" in words
