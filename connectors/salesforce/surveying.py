"""`survey`: what an org's deals look like, and which other types may tell of losses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from connectors.salesforce import refusals, soql
from connectors.salesforce.client import Client
from connectors.salesforce.schema import FieldSchema, ObjectSchema, Schemas
from connectors.transport import NotOffered
from rules.model import Owner
from rules.survey import (
    FieldSort,
    Survey,
    SurveyedField,
    SurveyedType,
    is_telling,
    speaks_of_the_end,
)

MOST_TYPES = 8
_SORTS = {
    "picklist": FieldSort.PICKLIST,
    "multipicklist": FieldSort.PICKLIST,
    "reference": FieldSort.LOOKUP,
    "textarea": FieldSort.LONG_TEXT,
    "string": FieldSort.TEXT,
    "date": FieldSort.DATE,
    "datetime": FieldSort.DATE,
    "currency": FieldSort.NUMBER,
    "double": FieldSort.NUMBER,
    "int": FieldSort.NUMBER,
}
_STAGES = "SELECT MasterLabel FROM OpportunityStage WHERE IsClosed = true AND IsWon = false"
_USERS = "SELECT Id, Name, Email, IsActive FROM User WHERE IsActive = true ORDER BY Name LIMIT 200"


def survey(client: Client, schemas: Schemas) -> Survey:
    """See `Connector.survey`."""
    deals = schemas.get("Opportunity")
    return Survey(
        deals=_surveyed(deals) if deals else None,
        others=(*_contract(schemas), *_others(client, schemas)),
        lost_stages=tuple(str(row.get("MasterLabel")) for row in _rows(client, _STAGES)),
        people=tuple(map(_user, _rows(client, _USERS))),
    )


def _contract(schemas: Schemas) -> Iterator[SurveyedType]:
    """The standard Contract where the org lets it tell that a customer left: by a status of its
    own, or by a day. StatusCode is left out: its Terminated and Expired exist, and the API never
    sets them (sforce_api_objects_contractstatus)."""
    schema = schemas.get("Contract")
    if schema is None:
        return
    whole = _surveyed(schema, "Contract")
    fields = tuple(one for one in whole.fields if one.name != "StatusCode")
    if any(map(_tells_of_the_end, fields)):
        yield replace(whole, fields=fields)


def _tells_of_the_end(field: SurveyedField) -> bool:
    if field.name == "Status":
        return speaks_of_the_end(*field.values, *field.called.values())
    is_own_day = field.name.endswith("__c") and field.sort is FieldSort.DATE
    return is_own_day and speaks_of_the_end(field.name)


def _others(client: Client, schemas: Schemas) -> Iterator[SurveyedType]:
    answer = client.call("GET", "sobjects", kind="other")
    listed = answer.get("sobjects") if isinstance(answer, dict) else None
    rows = [row for row in listed or () if isinstance(row, dict) and row.get("queryable", True)]
    telling = [
        (str(row.get("name")), str(row.get("label") or ""))
        for row in rows
        if is_telling(str(row.get("name")), str(row.get("label") or ""))
    ]
    custom = [(name, label) for name, label in telling if name.endswith("__c")]
    for name, label in custom[:MOST_TYPES]:
        schema = schemas.get(name) if soql.is_name(name) else None
        if schema is not None:
            yield _surveyed(schema, label)


def _surveyed(schema: ObjectSchema, label: str = "") -> SurveyedType:
    named = {one.name: one for one in schema.fields.values()}
    return SurveyedType(schema.type, tuple(map(_field, named.values())), label)


def _field(one: FieldSchema) -> SurveyedField:
    sort = _SORTS.get(one.type, FieldSort.OTHER)
    return SurveyedField(one.name, sort, one.label, one.values, one.value_labels, one.references)


def _rows(client: Client, query: str) -> list[dict[str, Any]]:
    """Nothing where the user may not look: the draft does without."""
    try:
        found: list[dict[str, Any]] = client.query(query, kind="other")["records"]
    except (refusals.Refusal, NotOffered):
        return []
    return found


def _user(row: dict[str, Any]) -> Owner:
    return Owner(str(row.get("Id")), str(row.get("Name") or ""), str(row.get("Email") or ""))
