"""The exit interview's fields on the account."""

from __future__ import annotations

from connectors.salesforce.interview import INTERVIEW

from .conftest import REASONS, Town


def test_every_field_is_made_shown_and_editable_once(town: Town) -> None:
    town.connector.provision(REASONS, plan_only=False)
    account = town.connector._schemas.get("Account")
    assert account is not None
    found = {asked.name: account.find(asked.name) for asked in INTERVIEW}
    assert all(one is not None and one.updateable for one in found.values())
    types = {name: one.type for name, one in found.items() if one}
    assert types["Winback_What_Happened__c"] == "textarea"
    assert types["Winback_Complaint_Confirmed__c"] == "boolean"
    assert types["Winback_Contract_End__c"] == "date"
    month = found["Winback_Budget_Month__c"]
    assert month is not None
    assert (len(month.values), month.values[0]) == (12, "january")
    assert town.connector.provision(REASONS, plan_only=False) == []


def test_a_watched_type_gets_no_interview(equipped: Town) -> None:
    deal = equipped.connector._schemas.get("Opportunity")
    assert deal is not None
    assert deal.find("Winback_Reason__c")
    assert not deal.find("Winback_Trigger__c")
