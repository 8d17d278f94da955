"""Collections and single records: what is taken, what is refused, row by row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from connectors.sandbox.salesforce.fields import FieldDef, Option
from connectors.sandbox.server import start
from connectors.sandbox.world import Fault
from tests.connectors.sandbox.salesforce_calls import Caller, codes


@pytest.fixture
def call() -> Iterator[Caller]:
    with start() as sandbox:
        key = FieldDef(
            "Winback_Key__c", length=64, external_id=True, unique=True, case_sensitive=True
        )
        sandbox.salesforce.define_field("Activity", key)
        yield Caller(sandbox)


@pytest.fixture
def account(call: Caller) -> str:
    return call.org.create("Account", {"Name": "Acme"})


def test_upsert_makes_once_and_then_updates(call: Caller, account: str) -> None:
    records = [{"Winback_Key__c": f"k{n}", "WhatId": account, "Subject": "Hi"} for n in range(3)]
    assert [one["created"] for one in call.upsert(records, "Winback_Key__c")] == [True] * 3
    assert [one["created"] for one in call.upsert(records, "Winback_Key__c")] == [False] * 3
    task = call.org.all("Task")[0]
    assert (task["AccountId"], task["Status"], task["Priority"]) == (
        account,
        "Not Started",
        "Normal",
    )


def test_the_same_key_twice_in_one_call(call: Caller) -> None:
    answer = call.upsert([{"Winback_Key__c": "k"}, {"Winback_Key__c": "k"}], "Winback_Key__c")
    assert codes(answer) == ["", "DUPLICATE_VALUE"]
    assert codes(call.upsert([{"Winback_Key__c": "K"}], "Winback_Key__c")) == [""]
    assert len(call.org.all("Task")) == 2


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"Subject": "x" * 256}, "STRING_TOO_LONG"),
        ({"Nope__c": 1}, "INVALID_FIELD"),
        ({"IsClosed": True}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ({"ActivityDate": "soon"}, "INVALID_TYPE_ON_FIELD_IN_RECORD"),
        ({"WhatId": "001000000000000AAA"}, "INVALID_CROSS_REFERENCE_KEY"),
        ({"WhatId": "nonsense"}, "MALFORMED_ID"),
        ({"OwnerId": "LEFT"}, "INACTIVE_OWNER_OR_USER"),
        ({"WhatId": "GONE"}, "ENTITY_IS_DELETED"),
        ({"WhatId": "CUSTOM"}, "FIELD_INTEGRITY_EXCEPTION"),
    ],
)
def test_what_a_task_may_not_be(call: Caller, fields: dict[str, Any], code: str) -> None:
    org = call.org
    gone = org.create("Account", {"Name": "Gone"})
    org.delete("Account", gone)
    org.define_object("Cancellation__c")
    stands_for = {
        "LEFT": org.create("User", {"LastName": "Bo", "Username": "b", "IsActive": False}),
        "GONE": gone,
        "CUSTOM": org.create("Cancellation__c", {}),
    }
    sent = {
        name: stands_for.get(value, value) if isinstance(value, str) else value
        for name, value in fields.items()
    }
    answer = call.upsert(
        [{"Winback_Key__c": "good"}, {"Winback_Key__c": "bad", **sent}], "Winback_Key__c"
    )
    assert codes(answer) == ["", code]


def test_all_or_none_takes_everything_back(call: Caller) -> None:
    records: list[dict[str, Any]] = [
        {"Winback_Key__c": "a"},
        {"Winback_Key__c": "b", "Subject": "x" * 300},
    ]
    answer = call.upsert(records, "Winback_Key__c", all_or_none=True)
    assert codes(answer) == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "STRING_TOO_LONG"]
    assert call.org.all("Task") == []
    assert [one for one in call.org.world.ledger if one.by == "api"] == []


def test_limits_of_a_collection(call: Caller) -> None:
    many = [{"Winback_Key__c": str(n)} for n in range(201)]
    assert call.upsert(many, "Winback_Key__c")[0]["errorCode"] == "EXCEEDED_ID_LIMIT"
    mixed = [{"attributes": {"type": t}, "Name": "x"} for t in ("Account", "Product2") * 6]
    answer = call("POST", "composite/sobjects", json={"records": mixed})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "LIMIT_EXCEEDED")


def test_update_reports_each_row(call: Caller, account: str) -> None:
    reason = FieldDef(
        "Reason__c", "picklist", restricted=True, options=[Option("price"), Option("service")]
    )
    call.org.define_field("Account", reason)
    gone = call.org.create("Account", {"Name": "Gone"})
    call.org.delete("Account", gone)
    answer = call.update(
        "Account",
        {"Id": account, "Reason__c": "price"},
        {"Id": account, "Reason__c": "price"},
        {"Id": gone, "Reason__c": "price"},
        {"Id": "001000000000000AAA", "Reason__c": "price"},
    )
    assert codes(answer) == [
        "",
        "INVALID_ID_FIELD",
        "ENTITY_IS_DELETED",
        "INVALID_CROSS_REFERENCE_KEY",
    ]
    refused = call.update("Account", {"Id": account, "Reason__c": "weather"}, {"Id": gone})
    assert codes(refused)[0] == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    assert refused[0]["errors"][0]["fields"] == ["Reason__c"]


def test_required_fields(call: Caller, account: str) -> None:
    made = call("POST", "sobjects/Opportunity", json={"Name": "x", "AccountId": account})
    assert made.status_code == 400
    assert made.json()[0]["errorCode"] == "REQUIRED_FIELD_MISSING"
    assert made.json()[0]["fields"] == ["StageName", "CloseDate"]
    assert codes(call.update("Account", {"Id": account, "Name": None})) == [
        "REQUIRED_FIELD_MISSING"
    ]


def test_every_other_row_of_a_batch_meets_a_lock(call: Caller, account: str) -> None:
    call.org.world.faults.append(Fault("partial", kind="write"))
    rows = [{"Winback_Key__c": f"k{n}", "WhatId": account} for n in range(3)]
    locked = "UNABLE_TO_LOCK_ROW"
    assert codes(call.upsert(rows, "Winback_Key__c")) == [locked, "", locked]
    assert codes(call.upsert(rows, "Winback_Key__c")) == ["", "", ""]


def test_locks(call: Caller, account: str) -> None:
    call.org.refusals.row_locks[account] = 1
    task = [{"Winback_Key__c": "k", "WhatId": account}]
    assert codes(call.upsert(task, "Winback_Key__c")) == ["UNABLE_TO_LOCK_ROW"]
    assert codes(call.upsert(task, "Winback_Key__c")) == [""]
    call.org.refusals.locked.add(account)
    assert codes(call.update("Account", {"Id": account, "Phone": "1"})) == ["ENTITY_IS_LOCKED"]


@pytest.mark.parametrize(
    ("rule", "code"),
    [("", ""), ("validation", "FIELD_CUSTOM_VALIDATION_EXCEPTION"), ("locked", "ENTITY_IS_LOCKED")],
)
def test_records_locked_after_closing(call: Caller, account: str, rule: str, code: str) -> None:
    call.org.refusals.closed_records = rule
    lost = {
        "Name": "x",
        "AccountId": account,
        "StageName": "Closed Lost",
        "CloseDate": "2026-01-01",
    }
    id = call.org.create("Opportunity", lost)
    assert codes(call.update("Opportunity", {"Id": id, "NextStep": "call"})) == [code]


def test_one_record_from_birth_to_death(call: Caller) -> None:
    id = call("POST", "sobjects/Account", json={"Name": "Acme"}).json()["id"]
    assert len(id) == 18
    assert call("PATCH", f"sobjects/Account/{id[:15]}", json={"Phone": "1"}).status_code == 204
    shown = call("GET", f"sobjects/Account/{id}", params={"fields": "Name,Phone"}).json()
    assert (shown["Name"], shown["Phone"]) == ("Acme", "1")
    assert call("DELETE", f"sobjects/Account/{id}").status_code == 204
    assert call("GET", f"sobjects/Account/{id}").json()[0]["errorCode"] == "ENTITY_IS_DELETED"
    assert call("GET", "sobjects/Account/001000000000000AAA").status_code == 404


def test_upsert_of_one_record(call: Caller) -> None:
    path = "sobjects/Task/Winback_Key__c/a%2Fb%20c"
    assert [call("PATCH", path, json={"Subject": s}).status_code for s in ("1", "2")] == [201, 200]
    assert call.org.all("Task")[0]["Winback_Key__c"] == "a/b c"


def test_retrieve_keeps_the_order_and_shows_null_for_what_cannot_be_seen(call: Caller) -> None:
    seen, gone, unshared = (call.org.create("Account", {"Name": name}) for name in "abc")
    call.org.delete("Account", gone)
    call.org.unshared.add(unshared)
    body = {"ids": [gone, seen, unshared, "x", seen[:15]], "fields": ["Name"]}
    rows = call("POST", "composite/sobjects/Account", json=body).json()
    assert [row and row["Name"] for row in rows] == [None, "a", None, None, "a"]
    body = {"ids": [seen], "fields": ["Name", "Owner.Name"]}
    assert call("POST", "composite/sobjects/Account", json=body).status_code == 400


def test_a_task_is_closed_by_the_orgs_own_status(call: Caller, account: str) -> None:
    call.org.create("TaskStatus", {"MasterLabel": "Erledigt", "ApiName": "done", "IsClosed": True})
    id = call.org.create("Task", {"WhatId": account, "ActivityDate": "2026-05-01"})
    call.update("Task", {"Id": id, "Status": "Erledigt"})
    assert call.org.all("Task")[0]["IsClosed"] is True
    assert call.org.all("Account")[0]["LastActivityDate"] == "2026-05-01"


def test_composite_and_batch(call: Caller, account: str) -> None:
    get = f"/services/data/v67.0/query?q=SELECT+Name+FROM+Account+WHERE+Id='{account}'"
    parts = [
        {"method": "GET", "url": get, "referenceId": "one"},
        {"method": "GET", "url": "/services/data/v67.0/sobjects/Nope__c", "referenceId": "two"},
    ]
    answer = call("POST", "composite", json={"compositeRequest": parts}).json()
    statuses = [one["httpStatusCode"] for one in answer["compositeResponse"]]
    assert statuses == [200, 404]
    assert answer["compositeResponse"][0]["body"]["records"][0]["Name"] == "Acme"
    batch = call("POST", "composite/batch", json={"batchRequests": parts}).json()
    assert (batch["hasErrors"], [one["statusCode"] for one in batch["results"]]) == (
        True,
        [200, 404],
    )
