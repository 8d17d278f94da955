"""Which fields hold why a customer left, among all that a record has."""

from __future__ import annotations

import pytest

from rules.survey import FieldSort, SurveyedField, SurveyedType
from rules.why_fields import why_fields


def field(told: str) -> SurveyedField:
    """`name | label | sort`, of which the last two may be left out: then it is a short text."""
    name, label, sort = [part.strip() for part in f"{told}||".split("|")[:3]]
    kind = FieldSort(sort or "text")
    values = ("Too expensive",) if kind is FieldSort.PICKLIST else ()
    return SurveyedField(name, kind, label, values)


@pytest.mark.parametrize(
    ("fields", "reason", "words"),
    [
        (["Closed_Lost_Reason__c"], None, "Closed_Lost_Reason__c"),
        (
            ["closed_lost_reason||long text", "closed_won_reason||long text"],
            None,
            "closed_lost_reason",
        ),
        (["ChurnReason__c", "Description||long text"], None, "ChurnReason__c"),
        (["Reason_for_Cancellation__c"], None, "Reason_for_Cancellation__c"),
        (["deal_q7|Why did we lose?"], None, "deal_q7"),
        (
            ["Loss_Reason__c||picklist", "Loss_Notes__c||long text"],
            "Loss_Reason__c",
            "Loss_Notes__c",
        ),
        (["reason__c||picklist", "lost_reasons||picklist"], "lost_reasons", None),
        (["Loss_Category__c||picklist", "Discount_Reason__c||picklist"], "Loss_Category__c", None),
        (["Discount_Reason__c", "Delay_Reason__c||long text", "Lost_To_Competitor__c"], None, None),
        (["Win_Loss_Reason__c||picklist"], "Win_Loss_Reason__c", None),
        (["winback_reason||picklist", "Winback_Why__c"], None, None),
        (["hs_notes_summary||long text", "description||long text"], None, "description"),
        (["Loss_Reason__c||lookup"], None, None),
    ],
)
def test_fields_are_found_by_name_or_label(
    fields: list[str], reason: str | None, words: str | None
) -> None:
    found = why_fields(SurveyedType("deals", tuple(map(field, fields))))
    assert (name(found.reason), name(found.words)) == (reason, words)


def name(one: SurveyedField | None) -> str | None:
    return one.name if one else None


def test_two_texts_are_both_read_and_further_ones_are_told() -> None:
    told = [
        "Lost_Reason__c",
        "Lost_Details__c||long text",
        "Churn_Comment__c",
        "Next_Step_Notes__c",
    ]
    found = why_fields(SurveyedType("Opportunity", tuple(map(field, told))))
    assert (name(found.reason), name(found.words)) == ("Lost_Reason__c", "Lost_Details__c")
    assert [one.name for one in found.also] == ["Churn_Comment__c"]
