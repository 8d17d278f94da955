"""`winback check --live`: values and people that the CRM does not have; warnings beside faults."""

from __future__ import annotations

from connectors.sandbox.hubspot.owners import PortalOwner
from connectors.sandbox.salesforce.fields import Option
from tests import worlds
from tests.integration.cli.conftest import Desk

MISSPELT = '[[watch]]\nname = "won back"\ncrm = "{crm}"\nrecord = "{type}"\nlost_when = "{when}"\n'
SOMEBODY = "assign = 'nobody@acme.example'\n"


def test_a_misspelt_stage_and_an_unknown_person_are_told_in_salesforce(desk: Desk) -> None:
    worlds.provision(desk.url, desk.config)
    stage = MISSPELT.format(crm="sales", type="Opportunity", when="stage == 'Closed Lots'")
    desk.rules(crms=("sales",), playbook=worlds.PLAYBOOK + SOMEBODY + stage)
    result = desk("check", str(desk.config), "--live")
    assert result.exit_code == 2
    assert 'Opportunity.StageName: has no value "Closed Lots"; did you mean "Closed Lost"?' in (
        result.stdout
    )
    assert "nobody@acme.example: is no user of this CRM" in result.stdout


def test_a_misspelt_value_is_told_in_hubspot(desk: Desk) -> None:
    desk.rules(crms=("hub",))
    worlds.provision(desk.url, desk.config)
    value = MISSPELT.format(crm="hub", type="deals", when="dealtype == 'newbusines'")
    desk.rules(crms=("hub",), playbook=worlds.PLAYBOOK + value)
    result = desk("check", str(desk.config), "--live")
    assert 'deals.dealtype: has no value "newbusines"; did you mean "newbusiness"?' in result.stdout


def test_a_value_of_a_category_that_nobody_can_pick_is_told(desk: Desk) -> None:
    options = [Option("Too expensive"), Option("Slow help")]
    desk.sandbox.salesforce.define_field("Opportunity", "Why__c", "picklist", options=options)
    desk.rules(crms=("sales",))
    worlds.provision(desk.url, desk.config)
    text = desk.config.read_text().replace('words = "Desc', 'reason = "Why__c"\nwords = "Desc')
    for value, exit_code in (("Slow hepl", 2), ("Slow help", 0)):
        desk.config.write_text(text.replace('"Support"', f'"{value}"'))
        result = desk("check", str(desk.config), "--live")
        assert result.exit_code == exit_code
        assert ('no picklist has "Slow hepl"' in result.stdout) is (exit_code == 2)


def test_queues_and_roles_that_a_crm_does_not_have_are_told(desk: Desk) -> None:
    org, portal = desk.sandbox.salesforce, desk.sandbox.hubspot
    care = org.create("Group", {"Name": "Care", "Type": "Queue"})
    org.create("QueueSobject", {"QueueId": care, "SobjectType": "Task"})
    cases = org.create("Group", {"Name": "Cases", "Type": "Queue"})
    org.create("QueueSobject", {"QueueId": cases, "SobjectType": "Case"})
    portal.add_owner(PortalOwner("900", first_name="Desk", type="QUEUE"))
    wanted = {"listen": "Care", "apologise": "Cases", "thank": "Desk"}
    playbook = worlds.PLAYBOOK
    for key, queue in wanted.items():
        who = f'assign = ["queue:{queue}", "role:Kind"]'
        playbook = playbook.replace(f'key = "{key}"', f'key = "{key}"\n{who}')
    role = '[[role]]\nname = "Kind"\nmembers = ["no@acme.example"]\n'
    desk.rules(crms=("sales",), playbook=playbook + role)
    worlds.provision(desk.url, desk.config)
    alone = desk("check", str(desk.config), "--live")
    assert alone.exit_code == 2
    assert 'sales: role "Kind": none of its members is an active user' in alone.stdout
    assert 'sales: queue "Cases": the CRM shows no such queue that tasks may' in alone.stdout
    assert 'sales: queue "Desk": the CRM shows no such queue' in alone.stdout
    assert 'queue "Care"' not in alone.stdout
    desk.rules(crms=("sales", "hub"), playbook=playbook + role)
    both = desk("check", str(desk.config), "--live").stdout
    assert 'hub: queue "Cases": the CRM shows no such queue' in both
    assert 'queue "Desk"' not in both  # it is HubSpot's, and meant for its tasks
    assert 'queue "Care"' not in both


def test_a_member_of_a_role_may_be_of_one_crm_alone(desk: Desk) -> None:
    org = desk.sandbox.salesforce
    org.update("User", worlds.salesforce_user(org, "Kim Roe"), {"Email": "kim.roe@acme.example"})
    desk.sandbox.hubspot.add_owner(PortalOwner("901", "bo.day@acme.example", "Bo", "Day"))
    members = "kim.roe@acme.example", "bo.day@acme.example"
    role = f'[[role]]\nname = "Care"\nmembers = {list(members)}\n'
    desk.rules(crms=("sales", "hub"), playbook=worlds.PLAYBOOK + role)
    worlds.provision(desk.url, desk.config)
    assert "Care" not in desk("check", str(desk.config), "--live").stdout
    desk.rules(crms=("sales", "hub"), playbook=worlds.PLAYBOOK + role.replace("bo.day", "nobody"))
    told = desk("check", str(desk.config), "--live").stdout
    assert 'hub: role "Care": none of its members is an active user of this CRM' in told
    assert 'sales: role "Care"' not in told
    assert "hub: nobody@acme.example: is no user of this CRM" in told
    assert "kim.roe@acme.example" not in told


def test_more_searches_than_a_second_allows_are_waited_for(desk: Desk) -> None:
    """Before there is a store, too: a refused look is begun anew, and would never end."""
    watches = ""
    for name in ("plans", "seats", "licences", "boxes"):
        type = desk.sandbox.hubspot.define_type(name, name).name
        watches += f'[[watch]]\nname = "{name}"\ncrm = "hub"\nrecord = "{type}"\n'
    desk.rules(crms=("hub",), playbook=worlds.PLAYBOOK + watches)
    worlds.provision(desk.url, desk.config)
    told = desk("check", str(desk.config), "--live", DATABASE_URL=f"{desk.url}.none")
    assert "SECONDLY" not in told.output
    assert told.exit_code == 0, told.output
    assert not desk.sandbox.hubspot.limiter.refused


def test_warnings_refuse_nothing_and_are_no_faults(desk: Desk) -> None:
    desk.rules(crms=("sales",), playbook=worlds.PLAYBOOK + '[[playbook]]\nname = "last"\n')
    result = desk("check", str(desk.config), "--json")
    assert (result.exit_code, result.stdout) == (0, "[]\n")
    assert "warning: " in result.stderr
    assert '"last" is never taken: "everyone" comes before it' in result.stderr
