"""Associations that are named inline, in the body that creates a record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.sandbox.hubspot.access import id_in
from connectors.sandbox.hubspot.portal import Link, Portal
from connectors.sandbox.hubspot.refusals import Detail, invalid, objects
from connectors.sandbox.hubspot.types import ObjectType


def inline_links(portal: Portal, type: ObjectType, rows: Any) -> list[Link]:
    """`[{to: {id}, types: [{associationCategory, associationTypeId}]}]`; the type id alone says
    what kind of record `to` is. Raises Refusal (400)."""
    links = []
    for row in objects(rows, "associations"):
        record_id, specs = id_in(row.get("to")), objects(row.get("types"), "types")
        other = _type_of(portal, type, specs)
        primary = portal.associations.asked_primary(type, other, specs)
        record = portal.find(other, record_id)
        if record is None:
            message = f"{other.singular.upper()}={record_id} is not valid"
            context = {"objectId": [record_id], "objectType": [other.name]}
            raise invalid(message, Detail("INVALID_OBJECT_IDS", message, context))
        links.append(Link(other, record.id, primary))
    return links


def _type_of(portal: Portal, type: ObjectType, specs: Sequence[Mapping[str, Any]]) -> ObjectType:
    spec = specs[0] if specs else {}
    key = (spec.get("associationCategory"), spec.get("associationTypeId"))
    for other in portal.associations.partners(type, portal.types.all()):
        for label in portal.associations.labels(type, other):
            if (label.category, label.type_id) == key:
                return other
    raise invalid(f"{key[0]} {key[1]} is no association type of {type.singular}")
