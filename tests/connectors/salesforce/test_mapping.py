"""Records as JSON, turned into the vocabulary: tables of odd values."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from connectors.errors import Unavailable
from connectors.salesforce.mapping import columns, snapshot
from connectors.salesforce.schema import ObjectSchema, parse_describe
from connectors.salesforce.streams import merged
from connectors.salesforce.values import typed
from connectors.stream import Stream
from rules.model import (
    Account,
    Contact,
    Contract,
    Field,
    Kind,
    Money,
    Opportunity,
    Outcome,
    Owner,
    Permission,
    Snapshot,
    TaskState,
)


def schema(type: str, **fields: str) -> ObjectSchema:
    rows = [{"name": "Id", "type": "id"}]
    rows += [{"name": name, "type": kind} for name, kind in fields.items()]
    return parse_describe(type, {"name": type, "fields": rows})


def read(stream: Stream, record: dict[str, Any], **fields: str) -> Snapshot:
    return snapshot({"Id": "1", **record}, columns(stream, schema(stream.type, **fields)))


@pytest.mark.parametrize(
    ("raw", "type", "value"),
    [
        (None, "currency", None),
        (12, "currency", Decimal(12)),
        (Decimal("12.50"), "double", Decimal("12.50")),
        ("12.5", "percent", Decimal("12.5")),
        ("much", "currency", "much"),
        (3.0, "int", 3),
        ("true", "boolean", True),
        ("2026-11-21", "date", date(2026, 11, 21)),
        ("soon", "date", "soon"),
        ("2026-11-21T10:00:00.000+0000", "datetime", datetime(2026, 11, 21, 10, tzinfo=UTC)),
        ("2026-11-21T10:00:00", "datetime", datetime(2026, 11, 21, 10, tzinfo=UTC)),
        ("2026-11-21T12:00:00+02:00", "datetime", datetime(2026, 11, 21, 10, tzinfo=UTC)),
        ("Price;Service", "multipicklist", "Price;Service"),
        ({"street": "x"}, "address", "{'street': 'x'}"),
    ],
)
def test_values_by_the_described_type(raw: object, type: str, value: object) -> None:
    assert typed(raw, type) == value


@pytest.mark.parametrize(
    ("record", "opted_out"),
    [
        ({"HasOptedOutOfEmail": False, "DoNotCall": True}, True),
        ({"HasOptedOutOfEmail": False, "DoNotCall": False}, False),
        ({"HasOptedOutOfEmail": False}, None),
        ({"DoNotCall": False}, None),
        ({"DoNotCall": True}, True),
        ({}, None),
    ],
)
def test_a_hidden_opt_out_is_not_a_no(record: dict[str, bool], opted_out: bool | None) -> None:
    found = read(Stream("Contact", Kind.CONTACT), record, **dict.fromkeys(record, "boolean"))
    assert isinstance(found.entity, Contact)
    assert found.entity.opted_out is opted_out


def test_permission_and_its_end() -> None:
    fields = {"Winback_Permission__c": "picklist", "Winback_Permission_Until__c": "date"}
    for said, meant in (("Yes", Permission.YES), ("vielleicht", Permission.UNKNOWN)):
        record = {"Winback_Permission__c": said, "Winback_Permission_Until__c": "2027-01-31"}
        found = read(Stream("Contact", Kind.CONTACT), record, **fields)
        assert isinstance(found.entity, Contact)
        assert found.entity.permission is meant
        assert found.entity.permission_until == date(2027, 1, 31)
        assert found.ours[Field.PERMISSION_UNTIL] == "2027-01-31"


def test_an_opportunity_with_a_currency_and_its_last_touch() -> None:
    record = {
        "Amount": Decimal("900.10"),
        "CurrencyIsoCode": "CHF",
        "IsClosed": True,
        "CreatedDate": "2026-01-02T10:00:00.000+0000",
        "LastActivityDate": "2026-03-01",
        "LastStageChangeDate": "2026-04-01T10:00:00.000+0000",
    }
    fields = {
        "Amount": "currency",
        "CurrencyIsoCode": "picklist",
        "IsClosed": "boolean",
        "CreatedDate": "datetime",
        "LastActivityDate": "date",
        "LastStageChangeDate": "datetime",
    }
    found = read(Stream("Opportunity", Kind.OPPORTUNITY), record, **fields).entity
    assert isinstance(found, Opportunity)
    assert found.amount == Money(Decimal("900.10"), "CHF")
    assert (found.closed, found.won) == (True, False)
    assert found.touched_on == date(2026, 4, 1)


@pytest.mark.parametrize(
    ("website", "domain"),
    [
        ("https://www.Acme.example/about", "acme.example"),
        ("acme.example", "acme.example"),
        ("http://[broken", None),
        ("", None),
    ],
)
def test_the_domain_of_an_account(website: str, domain: str | None) -> None:
    found = read(Stream("Account", Kind.ACCOUNT), {"Website": website}, Website="url").entity
    assert isinstance(found, Account)
    assert found.domain == domain


@pytest.mark.parametrize(
    ("code", "running"),
    [("Draft", False), ("InApproval", False), ("Activated", None), (None, None)],
)
def test_a_contract_runs_by_its_dates_unless_it_is_a_draft(
    code: str | None, running: bool | None
) -> None:
    fields = {"StatusCode": "picklist", "EndDate": "date"}
    record = {"StatusCode": code, "EndDate": "2027-01-31"}
    found = read(Stream("Contract", Kind.CONTRACT), record, **fields).entity
    assert isinstance(found, Contract)
    assert (found.running, found.ends_on) == (running, date(2027, 1, 31))


def test_a_custom_subscription_says_where_its_facts_are() -> None:
    stream = Stream(
        "Subscription__c",
        Kind.CONTRACT,
        account_field="Customer__c",
        starts_on_field="From__c",
        ends_on_field="To__c",
        value_field="ARR__c",
    )
    record = {"Customer__c": "001", "From__c": "2025-01-01", "To__c": None, "ARR__c": 1200}
    fields = {"Customer__c": "reference", "From__c": "date", "To__c": "date", "ARR__c": "currency"}
    found = read(stream, record, **fields).entity
    assert found == Contract("1", "001", date(2025, 1, 1), None, None, Money(Decimal(1200)))


def test_a_task_by_its_key_or_by_its_body() -> None:
    stream = Stream("Task", Kind.TASK)
    keyed = {"Winback_Key__c": "r:t:0", "Winback_Outcome__c": "Asked to stop", "IsClosed": True}
    fields = {
        "Winback_Key__c": "string",
        "Winback_Outcome__c": "picklist",
        "IsClosed": "boolean",
    }
    found = read(stream, {**keyed, "WhatId": "001A"}, **fields, WhatId="reference")
    assert isinstance(found.entity, TaskState)
    assert (found.entity.key, found.entity.closed) == ("r:t:0", True)
    assert found.entity.outcome is Outcome.ASKED_TO_STOP
    assert found.account_id == "001A"
    by_body = read(stream, {"Description": "Why\n[winback:r:t:1]"}, Description="textarea")
    assert isinstance(by_body.entity, TaskState)
    assert by_body.entity.key == "r:t:1"


def test_an_owner_without_anything_but_a_name() -> None:
    found = read(Stream("User", Kind.OWNER), {"Name": "Ann"}, Name="string").entity
    assert found == Owner("1", "Ann")


def test_streams_are_merged_whatever_case_they_are_written_in() -> None:
    watched = [Stream("opportunity", Kind.RECORD, ("Loss__c",)), Stream("Sub__c", Kind.RECORD)]
    streams = merged([*watched, Stream("sub__c", Kind.CONTRACT, ends_on_field="End__c")])
    by_type = {stream.type: stream for stream in streams}
    assert by_type["Opportunity"].kind is Kind.OPPORTUNITY
    assert by_type["Opportunity"].fields == ("Loss__c",)
    assert by_type["Sub__c"].kind is Kind.CONTRACT
    assert by_type["Sub__c"].ends_on_field == "End__c"
    assert streams[0].type == "User"
    assert streams[-1].type == "Task"


@pytest.mark.parametrize("answer", [None, [], {"fields": None}, "x"])
def test_a_describe_that_is_none(answer: object) -> None:
    with pytest.raises(Unavailable):
        parse_describe("Account", answer)
