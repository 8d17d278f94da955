"""A first rule file of a CRM that nobody has described: it loads, and says what to decide."""

from __future__ import annotations

import tomllib

import pytest

from integration.shipped import shipped_reasons
from rules.drafted_so_far import NOTHING, SoFar
from rules.first_draft import first_draft
from rules.load import load_ruleset
from rules.model import Owner
from rules.ruleset import RuleSet
from rules.survey import FieldSort, Survey, SurveyedField, SurveyedType, is_telling

STAGE = SurveyedField("Type", FieldSort.PICKLIST, values=("New", "Renewal"))
REASON = SurveyedField("Loss_Reason__c", FieldSort.PICKLIST, values=("Too expensive", "Xyzzy"))
NOTES = SurveyedField("Loss_Notes__c", FieldSort.LONG_TEXT)
DEALS = SurveyedType(
    "Opportunity", (STAGE, REASON, NOTES, SurveyedField("Amount", FieldSort.NUMBER))
)
SUBSCRIPTION = SurveyedType(
    "Subscription__c",
    (
        SurveyedField("Account__c", FieldSort.LOOKUP, leads_to=("Account",)),
        SurveyedField("Status__c", FieldSort.PICKLIST, values=("Active", "Cancelled", "Draft")),
        SurveyedField("Start__c", FieldSort.DATE),
        SurveyedField("End__c", FieldSort.DATE),
        SurveyedField("Notice_Date__c", FieldSort.DATE),
    ),
    label="Subscription",
)
CANCELLATION = SurveyedType("Cancellation__c", label='The "last" word\n')


def drafted(survey: Survey, kind: str = "salesforce", *, with_company: bool = True) -> str:
    return first_draft(
        survey,
        crm="sales",
        kind=kind,
        reasons=shipped_reasons(),
        so_far=NOTHING if with_company else SoFar(frozenset({"company"})),
    )


def loaded(text: str, kind: str = "salesforce") -> RuleSet:
    return load_ruleset(tomllib.loads(text), {"sales": kind})


def test_deals_subscriptions_and_cancellations_are_watched() -> None:
    survey = Survey(
        DEALS,
        (SUBSCRIPTION, CANCELLATION),
        lost_stages=("Closed Lost",),
        people=(Owner("U1", "Ann\nLee", "ann@acme.example"), Owner("U2", "A bot")),
        timezone="Europe/Berlin",
    )
    text = drafted(survey)
    rules = loaded(text)
    assert [watch.name for watch in rules.watches] == [
        "lost renewal",
        "closed-lost",
        "Subscription lost",
        'The "last" word\n lost',
    ]
    assert {watch.words for watch in rules.watches[:2]} == {"Loss_Notes__c"}
    (contract,) = rules.contracts
    assert (contract.account, contract.starts_on, contract.ends_on) == (
        "Account__c",
        "Start__c",
        "End__c",
    )
    assert contract.running_when is not None
    assert rules.company.timezone == "Europe/Berlin"
    assert "here in the stages Closed Lost" in text
    assert '# email = "ann@acme.example"  # Ann Lee' in text
    assert "A bot" not in text


def test_the_crms_own_reasons_are_sorted_in_as_far_as_they_speak() -> None:
    text = drafted(Survey(DEALS))
    values = {reason.id: reason.values for reason in loaded(text).reasons}
    assert values["price"] == ("Too expensive",)
    assert values["unknown"] == ("Xyzzy",)
    assert "a customer lost for one is asked why" in text


@pytest.mark.parametrize("deals", [None, SurveyedType("deals", (REASON,)), SurveyedType("deals")])
def test_a_crm_that_tells_little_still_gets_a_file_that_loads(deals: SurveyedType | None) -> None:
    text = drafted(Survey(deals), "hubspot", with_company=False)
    rules = loaded(text, "hubspot")
    assert len(rules.watches) == (0 if deals is None else 1)
    assert "[company]" not in text
    assert "HubSpot knows no managers" in text


def test_what_people_read_says_where_a_value_belongs() -> None:
    """HubSpot's values are its own: what people read is the label."""
    picked = SurveyedField(
        "churn_reason",
        FieldSort.PICKLIST,
        values=("opt_1", "opt_2"),
        called={"opt_1": "Too expensive", "opt_2": "Bugs\nand more"},
    )
    text = drafted(Survey(SurveyedType("deals", (picked,))), "hubspot")
    values = {reason.id: reason.values for reason in loaded(text, "hubspot").reasons}
    assert (values["price"], values["quality"]) == (("opt_1",), ("opt_2",))
    assert "# people read: Bugs and more" in text


def test_the_reasons_of_every_watched_type_are_sorted_in() -> None:
    reasons = ("Too expensive", "TOO EXPENSIVE", "Outages")
    ended = SurveyedField("Churn_Reason__c", FieldSort.PICKLIST, values=reasons)
    churn = SurveyedType("Churn__c", (*SUBSCRIPTION.fields, ended), label="Churn")
    rules = loaded(drafted(Survey(DEALS, (churn,))))
    values = {reason.id: reason.values for reason in rules.reasons}
    assert (values["price"], values["quality"]) == (("Too expensive",), ("Outages",))
    assert rules.watches[-1].reason == "Churn_Reason__c"


def test_which_types_are_worth_a_look() -> None:
    assert is_telling("Order_Line__c", "Cancelled lines")
    assert not is_telling("Order_Line__c")


def test_a_membership_whose_status_says_little_still_tells_when_it_runs() -> None:
    status = SurveyedField("Status__c", FieldSort.PICKLIST, values=("Gold", "Silver"))
    state = SurveyedField("Pay_Status__c", FieldSort.PICKLIST, values=("Active", "Late"))
    membership = SurveyedType("Membership__c", (status, state), label="Membership")
    rules = loaded(drafted(Survey(DEALS, (membership,))))
    (contract,) = rules.contracts
    assert str(contract.running_when) == 'Pay_Status__c in ["Active"]'
    assert "Membership lost" not in [watch.name for watch in rules.watches]


def test_a_type_of_deals_without_renewals_is_watched_once() -> None:
    plain = SurveyedField("Type", FieldSort.PICKLIST, values=("New", "Existing"))
    rules = loaded(drafted(Survey(SurveyedType("Opportunity", (plain, REASON)))))
    assert [watch.name for watch in rules.watches] == ["closed-lost"]


def test_the_day_of_the_notice_and_the_day_they_are_gone() -> None:
    days = ("starts_on", "ends_on", "cancelled_on", "hs_cancel_date")
    status = SurveyedField("status", FieldSort.PICKLIST, values=("active", "cancelled"))
    fields = (status, *(SurveyedField(name, FieldSort.DATE) for name in days))
    text = drafted(Survey(None, (SurveyedType("subscriptions", fields),)), "hubspot")
    rules = loaded(text, "hubspot")
    (watch,) = rules.watches
    assert (watch.known_on, watch.lost_on) == ("cancelled_on", "ends_on")


def test_what_only_ran_out_may_have_been_renewed() -> None:
    values = ("active", "cancelled", "expired")
    status = SurveyedField("status", FieldSort.PICKLIST, values=values)
    runs = SurveyedField("ends_on", FieldSort.DATE)
    text = drafted(Survey(None, (SurveyedType("subscriptions", (status, runs)),)), "hubspot")
    assert 'lost_when = { status = ["cancelled"] }' in text
    assert "# Left out, as it may have been renewed: expired." in text
    loaded(text, "hubspot")


def test_an_effective_date_is_the_day_they_are_gone() -> None:
    effective = SurveyedField("Cancellation_Effective__c", FieldSort.DATE)
    asked = SurveyedField("Cancel_Request__c", FieldSort.DATE)
    rules = loaded(drafted(Survey(None, (SurveyedType("Churn__c", (effective, asked)),))))
    (watch,) = rules.watches
    assert str(watch.lost_when) == "Cancel_Request__c != null"
    assert (watch.known_on, watch.lost_on) == ("Cancel_Request__c", "Cancellation_Effective__c")
