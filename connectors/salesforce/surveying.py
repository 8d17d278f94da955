"""`survey`: what an org's deals look like, and which other types may tell of losses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connectors.salesforce import refusals, soql
from connectors.salesforce.client import Client
from connectors.salesforce.schema import FieldSchema, ObjectSchema, Schemas
from connectors.transport import NotOffered
from rules.model import Owner
from rules.survey import FieldSort, Survey, SurveyedField, SurveyedType, is_telling

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
        others=tuple(_others(client, schemas)),
        lost_stages=tuple(str(row.get("MasterLabel")) for row in _rows(client, _STAGES)),
        people=tuple(map(_user, _rows(client, _USERS))),
    )


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
