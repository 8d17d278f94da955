"""What an org says of itself, for `winback doctor`."""

from __future__ import annotations

from connectors.examination import Allowance, Area, Examination, Finding, Question
from connectors.salesforce.connector import SalesforceConnector
from connectors.sandbox.world import Fault
from connectors.stream import Stream
from rules.model import Kind

from .conftest import Town, settings

DEALS = Stream("Opportunity", Kind.OPPORTUNITY, ("Loss_Reason__c", "Nothing__c"))


def faults(examination: Examination) -> dict[str, Finding]:
    return {one.what: one for one in examination.findings if not one.ok}


def test_an_equipped_org_is_fine(equipped: Town) -> None:
    told = equipped.connector.examine(Question())
    assert faults(told) == {}
    areas = {one.area for one in told.findings}
    assert {Area.LOG_IN, Area.SCOPES, Area.RECORDS, Area.FIELDS, Area.ACTIVITIES} < areas
    assert told.server_now is not None
    assert told.version is not None
    assert told.version.name == "v67.0"


def test_a_hidden_field_is_told_from_one_that_is_not_there(equipped: Town) -> None:
    equipped.connector._client.call(
        "POST",
        "tooling/sobjects/CustomField",
        kind="other",
        json={
            "FullName": "Opportunity.Loss_Reason__c",
            "Metadata": {"label": "Loss Reason", "type": "Text", "length": 80},
        },
    )
    found = faults(equipped.connector.examine(Question(streams=[DEALS])))
    assert "field-level security hides it" in found["Opportunity.Loss_Reason__c"].sentence
    assert "the org has no such field" in found["Opportunity.Nothing__c"].sentence


def test_picklists_as_they_were_asked_for(equipped: Town) -> None:
    asked = (("opportunity", "winback_reason__c"), ("Opportunity", "Name"), ("No__c", "x"))
    told = equipped.connector.examine(Question(picklists=asked))
    assert told.picklists == {asked[0]: ("price", "unknown")}


def test_a_category_that_our_own_picklist_does_not_offer(equipped: Town) -> None:
    found = faults(equipped.connector.examine(Question(reasons=("price", "service"))))
    assert set(found) == {"Account.Winback_Reason__c", "Opportunity.Winback_Reason__c"}
    assert "lacks service" in found["Account.Winback_Reason__c"].sentence


def test_people_and_the_accounts_of_those_who_left(equipped: Town) -> None:
    person = {"LastName": "O'Neil", "Username": "o@x.example", "Email": "o'neil@x.example"}
    left = equipped.org.create("User", {**person, "IsActive": False})
    equipped.org.create("Account", {"Name": "Orphan", "OwnerId": left})
    told = equipped.connector.examine(Question(people=("O'Neil@x.example", "no@x.example")))
    assert told.people is not None
    assert [(one.id, one.active) for one in told.people] == [(left, False)]
    assert told.left_behind == 1


def test_a_user_who_may_not_read_limits(equipped: Town) -> None:
    refused = [{"message": "no", "errorCode": "INSUFFICIENT_ACCESS"}]
    equipped.fault("status", path="/limits", status=403, body=refused)
    told = equipped.connector.examine(Question()).allowance
    assert isinstance(told, Allowance)
    assert told.of == equipped.org.daily_limit


def test_an_org_that_tells_less_is_lived_with(equipped: Town) -> None:
    refused = [{"message": "no", "errorCode": "INVALID_TYPE"}]
    fault = Fault("status", crm="salesforce", path="/query", status=400, body=refused, times=9)
    equipped.sandbox.world.faults.append(fault)
    told = equipped.connector.examine(Question(people=("a@x.example",)))
    assert (told.people, told.left_behind) == (None, None)


def test_queues_that_tasks_may_belong_to(equipped: Town) -> None:
    made = {
        name: equipped.org.create("Group", {"Name": name, "Type": "Queue"})
        for name in ("Care", "Cases alone", "Sales")
    }
    for name, takes in (("Care", "Task"), ("Cases alone", "Case"), ("Sales", "Task")):
        equipped.org.create("QueueSobject", {"QueueId": made[name], "SobjectType": takes})
    asked = Question(queues=("care", "Cases alone", made["Sales"]))
    told = equipped.connector.examine(asked)
    assert told.queues is not None
    assert {one.name for one in told.queues} == {"Care", "Sales"}


def test_an_org_that_hides_its_queues_says_nothing_of_them(equipped: Town) -> None:
    equipped.org.hide_field("QueueSobject", "SobjectType")
    assert equipped.connector.examine(Question(queues=("Care",))).queues is None


def test_whether_tasks_may_hang_on_what_is_watched(equipped: Town) -> None:
    equipped.org.define_object("Subscription__c", activities=False)
    equipped.org.define_object("Visit__c")
    equipped.org.define_field(
        "Visit__c", "Subscription__c", "lookup", reference_to=("Subscription__c",)
    )
    watched = settings(
        equipped.sandbox.salesforce_url, watched_types=("Opportunity", "Subscription__c")
    )
    findings = SalesforceConnector(watched).examine(Question()).findings
    told = {one.what: one.sentence for one in findings if one.area is Area.ACTIVITIES}
    assert told["Account"] == told["Opportunity"] == ""
    assert told["Subscription__c"] == "takes no tasks; ours hang on the account"


def test_an_account_that_takes_no_tasks_has_to_be_mended(equipped: Town) -> None:
    equipped.org.object("Account").activities = False
    found = [one for one in equipped.connector.examine(Question()).findings if not one.ok]
    assert [(one.what, one.area) for one in found] == [("Account", Area.ACTIVITIES)]
    assert "look at the object's settings" in found[0].sentence
