"""`survey`: what a portal's deals look like, and which other types may tell of losses."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.hubspot.answers import Refusal
from connectors.hubspot.api import Api, rows
from connectors.hubspot.paths import DEALS, SUBSCRIPTIONS
from connectors.hubspot.reading import Reader
from connectors.hubspot.schema import Property, Schema
from rules.model import Owner
from rules.survey import FieldSort, Survey, SurveyedField, SurveyedType, is_telling

MOST_TYPES = 8
_SORTS = {
    "enumeration": FieldSort.PICKLIST,
    "date": FieldSort.DATE,
    "datetime": FieldSort.DATE,
    "number": FieldSort.NUMBER,
}
_LONG = ("textarea", "html")
"""Field types of a `string`: https://developers.hubspot.com/docs/api-reference/crm-properties-v3"""


def survey(api: Api, schema: Schema, reader: Reader) -> Survey:
    """See `Connector.survey`."""
    people = [one.entity for one in reader.owners()]
    return Survey(
        deals=_surveyed(schema, DEALS),
        others=tuple(_others(api, schema)),
        lost_stages=tuple(s.label for s in schema.stages().values() if s.closed and not s.won),
        people=tuple(one for one in people if isinstance(one, Owner) and one.active),
        timezone=str(schema.account().zone),
    )


def _others(api: Api, schema: Schema) -> Iterator[SurveyedType]:
    known: list[set[str]] = []
    for name, label in ((SUBSCRIPTIONS, ""), *_custom(api)[:MOST_TYPES]):
        if schema.exists(name):
            properties = set(schema.properties(name))
            if properties not in known:  # else one type by two names: its word and its id
                known.append(properties)
                yield _surveyed(schema, name, label)


def _custom(api: Api) -> list[tuple[str, str]]:
    """Custom objects worth a look, by the id of their type. An account without them, or a token
    that may not see them, has none."""
    try:
        answer = api.call("other", "GET", api.routes.schemas)
    except Refusal:
        return []
    found = []
    for row in rows(answer):
        labels = row.get("labels")
        label = str(labels.get("singular") or "") if isinstance(labels, dict) else ""
        type = str(row.get("objectTypeId") or row.get("fullyQualifiedName") or "")
        if type and is_telling(str(row.get("name") or ""), label):
            found.append((type, label))
    return found


def _surveyed(schema: Schema, type: str, label: str = "") -> SurveyedType:
    fields = tuple(map(_field, schema.properties(type).values()))
    return SurveyedType(type, fields, label)


def _field(one: Property) -> SurveyedField:
    sort = _SORTS.get(one.type, FieldSort.OTHER)
    if one.type == "string":
        sort = FieldSort.LONG_TEXT if one.field_type in _LONG else FieldSort.TEXT
    return SurveyedField(one.name, sort, one.label, one.options, one.option_labels)
