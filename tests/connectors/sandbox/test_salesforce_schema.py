"""Describe, custom fields by Tooling, and field-level security apart from them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from connectors.sandbox.server import start
from tests.connectors.sandbox.salesforce_calls import Caller

_KEY = {
    "FullName": "Activity.Winback_Key__c",
    "Metadata": {
        "type": "Text",
        "label": "Winback key",
        "length": 64,
        "externalId": True,
        "unique": True,
        "caseSensitive": True,
    },
}


@pytest.fixture
def call() -> Iterator[Caller]:
    with start() as sandbox:
        yield Caller(sandbox)


def _fields(call: Caller, type: str) -> dict[str, dict[str, Any]]:
    described = call("GET", f"sobjects/{type}/describe").json()
    return {one["name"]: one for one in described["fields"]}


def _picklist(*values: str) -> dict[str, Any]:
    named = [{"fullName": value, "label": value, "default": False} for value in values]
    definition = {"sorted": False, "value": named}
    value_set = {"restricted": True, "valueSetDefinition": definition}
    return {"type": "Picklist", "label": "Reason", "valueSet": value_set}


def _grant(call: Caller, set_id: str, field: str) -> int:
    body = {
        "ParentId": set_id,
        "SobjectType": field.split(".", maxsplit=1)[0],
        "Field": field,
        "PermissionsRead": True,
        "PermissionsEdit": True,
    }
    return call("POST", "sobjects/FieldPermissions", json=body).status_code


def _permission_set(call: Caller) -> str:
    made = call("POST", "sobjects/PermissionSet", json={"Name": "Winback", "Label": "Winback"})
    return str(made.json()["id"])


def test_a_new_field_is_invisible_until_it_is_granted_and_assigned(call: Caller) -> None:
    assert call("POST", "tooling/sobjects/CustomField", json=_KEY).status_code == 201
    assert "Winback_Key__c" not in _fields(call, "Task")
    assert call.refusal("SELECT Winback_Key__c FROM Task") == "INVALID_FIELD"
    set_id = _permission_set(call)
    assert _grant(call, set_id, "Task.Winback_Key__c") == 201
    assert "Winback_Key__c" not in _fields(call, "Task")
    body = {"AssigneeId": call.user_id, "PermissionSetId": set_id}
    assert call("POST", "sobjects/PermissionSetAssignment", json=body).status_code == 201
    field = _fields(call, "Task")["Winback_Key__c"]
    assert (field["externalId"], field["unique"], field["length"]) == (True, True, 64)
    assert "Winback_Key__c" in _fields(call, "Event")
    assert call.query("SELECT Winback_Key__c FROM Task") == []


def test_a_grant_that_only_shows_is_widened_and_not_made_twice(call: Caller) -> None:
    call("POST", "tooling/sobjects/CustomField", json=_KEY)
    set_id = _permission_set(call)
    body = {"AssigneeId": call.user_id, "PermissionSetId": set_id}
    call("POST", "sobjects/PermissionSetAssignment", json=body)
    field = {"ParentId": set_id, "SobjectType": "Task", "Field": "Task.Winback_Key__c"}
    shown = {**field, "PermissionsRead": True}
    grant = call("POST", "sobjects/FieldPermissions", json=shown).json()["id"]
    assert not _fields(call, "Task")["Winback_Key__c"]["updateable"]
    assert _grant(call, set_id, "Task.Winback_Key__c") == 400
    path = f"sobjects/FieldPermissions/{grant}"
    assert call("PATCH", path, json={"PermissionsEdit": True}).status_code == 204
    assert _fields(call, "Task")["Winback_Key__c"]["updateable"]


def test_the_switch_that_lets_everyone_in(call: Caller) -> None:
    call.org.enforce_fls = False
    call("POST", "tooling/sobjects/CustomField", json=_KEY)
    assert "Winback_Key__c" in _fields(call, "Task")


def test_a_field_or_a_grant_twice(call: Caller) -> None:
    call("POST", "tooling/sobjects/CustomField", json=_KEY)
    again = call("POST", "tooling/sobjects/CustomField", json=_KEY)
    assert again.json()[0]["errorCode"] == "DUPLICATE_DEVELOPER_NAME"
    set_id = _permission_set(call)
    assert [_grant(call, set_id, "Task.Winback_Key__c") for _ in range(2)] == [201, 400]
    assert _grant(call, set_id, "Task.Nope__c") == 400


def test_a_picklist_gets_another_value(call: Caller) -> None:
    call.org.enforce_fls = False
    body = {"FullName": "Account.Winback_Reason__c", "Metadata": _picklist("price")}
    made = call("POST", "tooling/sobjects/CustomField", json=body)
    path = f"tooling/sobjects/CustomField/{made.json()['id']}"
    metadata = call("GET", path).json()["Metadata"]
    values = metadata["valueSet"]["valueSetDefinition"]["value"]
    values.append({"valueName": "service", "label": "Service"})
    assert call("PATCH", path, json={"Metadata": metadata}).status_code == 204
    field = _fields(call, "Account")["Winback_Reason__c"]
    assert [one["value"] for one in field["picklistValues"]] == ["price", "service"]
    assert field["restrictedPicklist"] is True


def test_metadata_that_lacks_something(call: Caller) -> None:
    body = {"FullName": "Account.X__c", "Metadata": {"type": "Text", "label": "X"}}
    refused = call("POST", "tooling/sobjects/CustomField", json=body)
    assert refused.status_code == 400
    assert "'length'" in refused.json()[0]["message"]


def test_tooling_query_finds_fields(call: Caller) -> None:
    call("POST", "tooling/sobjects/CustomField", json=_KEY)
    query = (
        "SELECT Id, DeveloperName FROM CustomField WHERE DeveloperName = 'Winback_Key' "
        "AND EntityDefinition.QualifiedApiName = 'Activity'"
    )
    found = call("GET", "tooling/query", params={"q": query}).json()
    assert found["totalSize"] == 1


def test_hidden_standard_fields_and_unknown_objects(call: Caller) -> None:
    call.org.hide_field("Contact", "HasOptedOutOfEmail")
    assert "HasOptedOutOfEmail" not in _fields(call, "Contact")
    assert call.refusal("SELECT HasOptedOutOfEmail FROM Contact") == "INVALID_FIELD"
    assert call("GET", "sobjects/Nope__c/describe").status_code == 404


def test_describe_of_everything(call: Caller) -> None:
    call.org.define_object("Cancellation__c")
    names = {one["name"] for one in call("GET", "sobjects").json()["sobjects"]}
    assert {"Account", "Contract", "OpportunityContactRole", "Cancellation__c"} <= names
    owner = _fields(call, "Opportunity")["OwnerId"]
    assert (owner["referenceTo"], owner["relationshipName"]) == (["User"], "Owner")
