"""The Salesforce connector reads what real orgs answered, without a sandbox between them."""

from __future__ import annotations

from datetime import date

import pytest

from connectors.salesforce import mapping, refusals
from connectors.salesforce.schema import ObjectSchema, parse_describe
from connectors.stream import Stream
from rules.model import Account, Contact, Kind, Opportunity
from tests.connectors.recorded.cassettes import described, story

KINDS = {
    "Account": Kind.ACCOUNT,
    "Contact": Kind.CONTACT,
    "Opportunity": Kind.OPPORTUNITY,
    "Custom__c": Kind.RECORD,
}


def schema_of(type: str) -> ObjectSchema:
    return parse_describe(type.lower(), described(type))


@pytest.mark.parametrize("type", ["Account", "Opportunity", "Contact", "Event", "Lead", "Case"])
def test_types_and_fields_are_found_in_any_spelling(type: str) -> None:
    schema = schema_of(type)
    assert (schema.type, schema.createable, schema.updateable) == (type, True, True)
    assert schema.canonical("CREATEDDATE") == "CreatedDate"
    assert schema.find("Winback_Reason__c") is None


@pytest.mark.parametrize(
    ("type", "takes"),
    [("Account", True), ("Opportunity", True), ("Case", True), ("OpportunityContactRole", False)],
)
def test_whether_tasks_may_hang_on_it(type: str, takes: bool) -> None:
    assert schema_of(type).activities is takes


def test_stages_and_what_has_to_be_given() -> None:
    deal = schema_of("Opportunity")
    stage = deal.find("StageName")
    assert stage is not None
    assert {"Closed Won", "Closed Lost"} <= set(stage.values)
    required = {one.name for one in deal.fields.values() if one.required and one.createable}
    assert required == {"Name", "StageName", "CloseDate"}


def test_fields_that_a_plain_org_lacks_are_not_asked_for() -> None:
    for type, kind in KINDS.items():
        asked = mapping.columns(Stream(type, kind, ("Nothing__c",)), schema_of(type))
        there = {one["name"] for one in described(type)["fields"]}
        assert set(asked.names) <= there


def test_hidden_opt_outs_are_unknown_and_not_no() -> None:
    asked = mapping.columns(Stream("Contact", Kind.CONTACT), schema_of("Contact"))
    contact = mapping.snapshot({"Id": "0035500001H9dBLAAZ"}, asked).entity
    assert isinstance(contact, Contact)
    assert contact.opted_out is None


def test_a_record_of_a_query() -> None:
    asked = mapping.columns(Stream("Account", Kind.ACCOUNT), schema_of("Account"))
    told = story("core", "TestDatasetsE2E.test_datasets_extract_standard_objects")
    records = next(one.answer["records"] for one in told if "FROM Account" in one.soql)
    accounts = [mapping.snapshot(one, asked).entity for one in records]
    names = {one.name for one in accounts if isinstance(one, Account)}
    assert names == {f"Account {number}" for number in range(6)}


def test_a_deal_as_it_was_sent_and_taken() -> None:
    asked = mapping.columns(Stream("Opportunity", Kind.OPPORTUNITY), schema_of("Opportunity"))
    record = {"Id": "0065500000KQ12XAAT", "Name": "Espionage", "CloseDate": "2021-10-03"}
    deal = mapping.snapshot(record, asked).entity
    assert isinstance(deal, Opportunity)
    assert deal.closed_on == date(2021, 10, 3)


def test_errors_within_a_composite_call() -> None:
    [missing] = story("utils/http", "TestCompositeParallelSalesforce.test_errors")
    counted = story("utils/salesforce", "TestCountSObjects.test_count_sobjects__errors")[0]
    part = missing.answer["compositeResponse"][0]
    other = counted.answer["compositeResponse"][1]
    gone = refusals.call_error(part["httpStatusCode"], part["body"], "read")
    assert isinstance(gone, refusals.Refusal)
    assert (gone.status, gone.code) == (404, "NOT_FOUND")
    refused = refusals.call_error(other["httpStatusCode"], other["body"], "read")
    assert isinstance(refused, refusals.Refusal)
    assert (refused.status, refused.code) == (400, "INVALID_TYPE")
