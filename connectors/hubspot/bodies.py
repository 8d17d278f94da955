"""What we send, built from the request models of `hubspot-api-client`.

How the library is used, and why not whole. Its typed calls were tried under a seam of ours and
given up: they hard-code `/crm/v3`, open a pool per access, have no time-out, and their answer
models raise on any word that is not in a closed list (a batch status, an operator), where we
must take what comes. So calls go through our own transport with dated paths; the library gives
the association type ids, the signatures of webhooks, and the request models used here, which
refuse a body that lacks a required part and own the wire's spelling.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from hubspot.crm.objects import models
from hubspot.crm.objects.api_client import ApiClient
from hubspot.crm.objects.configuration import Configuration

SEARCH_LIMIT: Final = 200
MOST_SEARCH_BODY: Final = 3_000  # characters
OBJECT_BATCH: Final = 100
ASSOCIATION_BATCH: Final = 1_000

# one for all models: each would copy a fresh one, which costs more than the model itself
_CONFIGURATION: Final = Configuration()
_SERIALISER: Final = ApiClient(_CONFIGURATION)

Filters = Sequence[tuple[str, str, str | None]]
"""(property, operator, value) triples, all of which must hold."""


def search(
    groups: Iterable[Filters], properties: Sequence[str], limit: int = SEARCH_LIMIT
) -> dict[str, Any]:
    """Rows for which one of the groups holds, in the order of their ids. HubSpot takes at most
    5 groups of 6 filters, 18 in all."""
    return _body(
        models.PublicObjectSearchRequest,
        filter_groups=[
            _model(models.FilterGroup, filters=[_filter(*one) for one in group]) for group in groups
        ],
        sorts=[{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
        properties=list(properties),
        limit=limit,
    )


def fits_search(groups: Iterable[Filters], properties: Sequence[str]) -> bool:
    """Whether HubSpot takes a search for that many properties; a rule file may name dozens."""
    return len(json.dumps(search(groups, properties))) <= MOST_SEARCH_BODY


def batch_read(
    ids: Sequence[str], properties: Sequence[str], id_property: str | None = None
) -> dict[str, Any]:
    return _body(
        models.BatchReadInputSimplePublicObjectId,
        inputs=[_model(models.SimplePublicObjectId, id=one) for one in ids],
        properties=list(properties),
        properties_with_history=[],
        id_property=id_property,
    )


def create_input(
    properties: Mapping[str, str], associations: Sequence[tuple[str, int]], trace_id: str
) -> Any:
    """One input of a batch create; `associations` are (id of the other record, type id)."""
    return _model(
        models.SimplePublicObjectBatchInputForCreate,
        properties=dict(properties),
        associations=[_association(*one) for one in associations],
        object_write_trace_id=trace_id,
    )


def batch_create(inputs: Sequence[Any]) -> dict[str, Any]:
    return _body(models.BatchInputSimplePublicObjectBatchInputForCreate, inputs=list(inputs))


def batch_update(rows: Sequence[tuple[str, Mapping[str, str], str]]) -> dict[str, Any]:
    """Rows are (record id, properties, trace id)."""
    return _body(
        models.BatchInputSimplePublicObjectBatchInput,
        inputs=[
            _model(
                models.SimplePublicObjectBatchInput,
                id=record_id,
                properties=dict(properties),
                object_write_trace_id=trace_id,
            )
            for record_id, properties, trace_id in rows
        ],
    )


def associations_of(starts: Mapping[str, str | None]) -> dict[str, Any]:
    """Batch read of associations: record id -> the page to go on with, None for the first."""
    return {
        "inputs": [
            {"id": one} if after is None else {"id": one, "after": after}
            for one, after in starts.items()
        ]
    }


def _association(other_id: str, type_id: int) -> Any:
    return _model(
        models.PublicAssociationsForObject,
        to=_model(models.PublicObjectId, id=other_id),
        types=[
            _model(
                models.AssociationSpec,
                association_category="HUBSPOT_DEFINED",
                association_type_id=type_id,
            )
        ],
    )


def _filter(name: str, operator: str, value: str | None) -> Any:
    return _model(models.Filter, property_name=name, operator=operator, value=value)


def _model(model: Any, **parts: Any) -> Any:
    return model(**parts, local_vars_configuration=_CONFIGURATION)


def _body(model: Any, **parts: Any) -> dict[str, Any]:
    body: dict[str, Any] = _SERIALISER.sanitize_for_serialization(_model(model, **parts))
    return body
