"""`winback doctor`: both CRMs looked at live."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from connectors.sandbox.hubspot.owners import PortalOwner
from connectors.sandbox.world import Fault
from integration.runtime import wall_clock
from integration.store import pulse
from integration.store.engine import connect
from tests import worlds
from tests.integration.cli.conftest import Desk

BOTH = ("sales", "hub")


def to_do(findings: list[dict[str, Any]]) -> set[tuple[str, str]]:
    return {(one["crm"], one["what"]) for one in findings if not one["ok"]}


@pytest.fixture
def ready(desk: Desk) -> Desk:
    """Both CRMs, our fields made."""
    desk.rules(crms=BOTH)
    assert desk("provision").exit_code == 0
    return desk


def test_before_provision_it_says_what_to_run_and_writes_nothing(desk: Desk) -> None:
    desk.rules(crms=BOTH)
    result = desk("doctor")
    assert result.exit_code == 2
    words = " ".join(result.stdout.replace("│", " ").split())
    assert "Account: our fields: all of them missing" in words
    assert "companies: exit interview: missing all of it: run winback provision" in words
    assert "no push channel is configured" in words
    assert not [entry for entry in desk.sandbox.world.ledger if entry.by == "api"]


def test_all_is_fine(ready: Desk) -> None:
    result = ready("doctor")
    assert result.exit_code == 0, result.stdout
    assert result.stdout.rstrip().endswith("All is fine.")
    findings = ready.json("doctor")
    assert {one["crm"] for one in findings} == set(BOTH)
    assert {"log-in", "permissions", "clock", "limits", "version"} <= {
        one["area"] for one in findings
    }
    left = [one["sentence"] for one in findings if one["area"] == "limits"]
    assert all("left, ours are" in sentence for sentence in left)


def test_refused_credentials_keep_the_other_crm_from_nothing(ready: Desk) -> None:
    ready.sandbox.salesforce.sessions.client_secret = "another"
    result = ready("doctor")
    assert result.exit_code == 3
    assert "sales  salesforce  ● could not be examined" in result.stdout
    assert "hub  hubspot  ● fine" in result.stdout
    assert to_do(ready.json("doctor")) == {("sales", "log-in")}


def test_a_crm_that_is_down(ready: Desk) -> None:
    ready.sandbox.world.faults.append(Fault("status", crm="hubspot", times=50))
    assert ready("doctor", "--crm", "hub").exit_code == 3
    assert ready("doctor", "--crm", "sales").exit_code == 0


def test_a_secret_that_is_not_set_is_a_finding(ready: Desk) -> None:
    result = ready("doctor", "--json", WB_SECRET="")
    assert result.exit_code == 2
    assert "WB_SECRET is not set" in result.stdout


def test_scopes_are_named(ready: Desk) -> None:
    ready.sandbox.hubspot.refused_scopes |= {
        "crm.objects.deals.write",
        "crm.objects.contacts.read",
    }
    findings = ready.json("doctor", "--crm", "hub")
    scopes = [one["sentence"] for one in findings if one["area"] == "permissions" and not one["ok"]]
    assert any("crm.objects.deals.write" in sentence for sentence in scopes)
    assert any("crm.objects.contacts.read" in sentence for sentence in scopes)


def test_lines_of_what_was_sold_are_asked_for_where_a_text_prints_them(ready: Desk) -> None:
    ready.sandbox.hubspot.refused_scopes.add("crm.objects.line_items.read")
    org = ready.sandbox.salesforce
    org.schema.hidden.add(("OpportunityLineItem", "OpportunityId"))
    assert ready("doctor").exit_code == 0
    text = ready.config.read_text(encoding="utf-8")
    offer = 'after = "reason_confirmed"\nsubject = "Less than {{ bought.items }}: say sorry'
    printing = text.replace('subject = "Say sorry', offer, 1)
    assert printing != text
    ready.config.write_text(printing, encoding="utf-8")
    told = {one["crm"]: one["sentence"] for one in ready.json("doctor") if not one["ok"]}
    assert "crm.objects.line_items.read" in told["hub"]
    assert "Read on OpportunityLineItem.OpportunityId" in told["sales"]


def test_clocks_that_differ_are_told(ready: Desk) -> None:
    ready.sandbox.world.clock.advance(300)
    assert to_do(ready.json("doctor")) == {("sales", "clock"), ("hub", "clock")}


def test_an_api_version_near_its_end(ready: Desk) -> None:
    text = ready.config.read_text().replace("[crm.hub]", '[crm.hub]\napi_version = "v3"')
    ready.config.write_text(text)
    assert ("hub", "API v3") in to_do(ready.json("doctor", "--crm", "hub"))


def test_picklists_and_people_are_held_against_the_rules(ready: Desk) -> None:
    ready.sandbox.hubspot.define_property("deals", "why", "enumeration", ["Too expensive", "Rain"])
    worlds.hubspot_losses(
        ready.sandbox.hubspot, 2, owner=worlds.hubspot_owner(ready.sandbox.hubspot, archived=True)
    )
    text = ready.config.read_text()
    text = text.replace('value = "amount"', 'value = "amount"\nreason = "why"')
    text = text.replace('"Support"', '"Poor help"')
    ready.config.write_text(f'{text}\n[[person]]\nemail = "gone@acme.example"\n')
    findings = ready.json("doctor")
    assert to_do(findings) == {
        ("hub", "deals.why"),
        ("hub", "values of [[reason]]"),  # nobody can pick "Poor help"
        ("hub", "owners"),
        ("hub", "gone@acme.example"),
        ("sales", "gone@acme.example"),
    }


def test_parked_rows_are_told_from_the_store(desk: Desk) -> None:
    worlds.salesforce_losses(desk.sandbox.salesforce, 1)
    desk.once()
    findings = desk.json("doctor")
    assert ("sales", "parked") in to_do(findings)
    [parked] = [one for one in findings if one["what"] == "parked"]
    assert "`winback parked --crm sales`" in parked["sentence"]


def test_a_push_channel_that_is_new_is_told_with_what_to_look_at(ready: Desk) -> None:
    secret = '[crm.hub]\nwebhook_secrets = ["env:WB_TOKEN"]'
    ready.config.write_text(ready.config.read_text().replace("[crm.hub]", secret))
    ready.once()
    [found] = [one for one in ready.json("doctor") if one["what"] == "last delivery"]
    assert (found["crm"], found["area"], found["ok"]) == ("hub", "push", True)
    assert found["sentence"].startswith("none yet: change a watched record")


def test_queues_and_roles_of_the_rule_file_are_looked_for(ready: Desk) -> None:
    org, portal = ready.sandbox.salesforce, ready.sandbox.hubspot
    queue = org.create("Group", {"Name": "Care", "Type": "Queue"})
    org.create("QueueSobject", {"QueueId": queue, "SobjectType": "Task"})
    portal.add_owner(PortalOwner("900", first_name="Both", type="QUEUE"))
    both = org.create("Group", {"Name": "Both", "Type": "Queue"})
    org.create("QueueSobject", {"QueueId": both, "SobjectType": "Task"})
    text = ready.config.read_text()
    for key, queues in (("listen", '["queue:Care", "role:Kind"]'), ("thank", '"queue:Csre"')):
        text = text.replace(f'key = "{key}"', f'key = "{key}"\nassign = {queues}')
    text = text.replace('key = "apologise"', 'key = "apologise"\nassign = "queue:both"')
    ready.config.write_text(
        f'{text}\n[[role]]\nname = "Kind"\nmembers = ["no@acme.example"]\n', encoding="utf-8"
    )
    findings = ready.json("doctor")
    nowhere = {(crm, what) for crm in BOTH for what in ('queue "Csre"', 'role "Kind"')}
    assert nowhere <= to_do(findings)
    told = {(one["crm"], one["what"]): one["sentence"] for one in findings}
    assert 'task "thank" of playbook "everyone": correct the name' in told["hub", 'queue "Csre"']
    assert "the other CRM alone" in told["hub", 'queue "Care"']
    assert ("sales", 'queue "Care"') not in told


def test_a_question_is_not_ended_twice(ready: Desk) -> None:
    engine = connect(ready.url)
    pulse.tick(engine, wall_clock() - timedelta(hours=2))
    engine.dispose()
    words = " ".join(ready("doctor").stdout.replace("│", " ").split())
    assert "nothing is polled. Is winback running? ╰" in words
