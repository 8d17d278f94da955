"""`winback check --live`: values and people that the CRM does not have; warnings beside faults."""

from __future__ import annotations

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


def test_warnings_refuse_nothing_and_are_no_faults(desk: Desk) -> None:
    desk.rules(crms=("sales",), playbook=worlds.PLAYBOOK + '[[playbook]]\nname = "last"\n')
    result = desk("check", str(desk.config), "--json")
    assert (result.exit_code, result.stdout) == (0, "[]\n")
    assert "warning: " in result.stderr
    assert '"last" is never taken: "everyone" comes before it' in result.stderr
