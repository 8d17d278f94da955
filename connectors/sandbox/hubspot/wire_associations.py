"""Associations on the wire: v4 (and dated) lists, batches and labels, and v3's short list.

In v4 `toObjectId` is a number, in v3 ids are texts. A record without associations is an error row
of a 207 in a batch read, and an empty page in a list, as is an unknown record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.sandbox.hubspot.access import (
    id_in,
    inputs,
    json_body,
    need_scope,
    no_such_page,
    page_size,
)
from connectors.sandbox.hubspot.index import Properties
from connectors.sandbox.hubspot.operators import Filter
from connectors.sandbox.hubspot.portal import Portal
from connectors.sandbox.hubspot.refusals import Refusal, invalid, not_imitated, objects
from connectors.sandbox.hubspot.rendering import batch, page
from connectors.sandbox.hubspot.routes import Route
from connectors.sandbox.hubspot.types import ObjectType
from connectors.sandbox.wire import Request, Response

MAX_READ = 1_000
MAX_CREATE = 2_000
MAX_ARCHIVE = 100


def serve(portal: Portal, route: Route, request: Request) -> Response:
    """`/crm/v4/associations/{a}/{b}/...`."""
    if len(route.parts) < 3:
        raise no_such_page(request)
    a, b = portal.types.get(route.parts[0]), portal.types.get(route.parts[1])
    if route.version == "v3":
        raise not_imitated("associations of v3: v4 has them")
    need_scope(portal, a, "read")
    match request.method, route.parts[2:]:
        case "POST", ("batch", "read"):
            return read(portal, a, b, request)
        case "POST", ("batch", "create"):
            return create(portal, a, b, request, default=False)
        case "POST", ("batch", "associate", "default"):
            return create(portal, a, b, request, default=True)
        case "POST", ("batch", "archive"):
            return archive(portal, a, b, request)
        case "GET", ("labels",):
            return page([label.json() for label in portal.associations.labels(a, b)])
    raise not_imitated(f"{request.method} {request.path}")


def serve_record(
    portal: Portal, a: ObjectType, id: str, rest: Sequence[str], route: Route, request: Request
) -> Response:
    """`/crm/v4/objects/{a}/{id}/associations/...`."""
    match request.method, tuple(rest):
        case "GET", (other,):
            if route.dated and not portal.dated_association_lists:
                raise no_such_page(request)
            return listed(portal, a, id, other, route, request)
        case "PUT", ("default", other, other_id):
            specs = None
        case "PUT", (other, other_id):
            specs = json_body(request)
        case "DELETE", (other, other_id):
            need_scope(portal, a, "write")
            portal.dissociate(a.name, id, other, other_id, by="api")
            return Response(204)
        case _:
            raise not_imitated(f"{request.method} {request.path}")
    need_scope(portal, a, "write")
    b = portal.types.get(other)
    return Response(200, _associate(portal, a, id, b, other_id, specs))


def listed(
    portal: Portal, a: ObjectType, id: str, other: str, route: Route, request: Request
) -> Response:
    need_scope(portal, a, "read")
    if route.version == "v3":
        return page(listed_v3(portal, a, int(id) if id.isdigit() else 0, other))
    limit = page_size(request, portal.association_page, portal.association_page)
    b = portal.types.get(other)
    rows, after = _targets(portal, a, id, b, request.args().get("after"), limit)
    return page(rows, after)


def listed_v3(portal: Portal, a: ObjectType, id: int, other: str) -> list[dict[str, Any]]:
    b = portal.types.get(other)
    kind = f"{a.singular}_to_{b.singular}"
    return [{"id": to, "type": kind} for to in portal.linked(a.name, str(id), other)]


def read(portal: Portal, a: ObjectType, b: ObjectType, request: Request) -> Response:
    _, rows = inputs(request, MAX_READ)
    results, errors = [], []
    for row in rows:
        record_id = str(row.get("id", ""))
        to, after = _targets(portal, a, record_id, b, row.get("after"), portal.association_page)
        if not to:
            errors.append(_none_found(a, record_id, b).row({}))
            continue
        result: dict[str, Any] = {"from": {"id": record_id}, "to": to}
        if after is not None:
            result["paging"] = {"next": {"after": after, "link": f"?after={after}"}}
        results.append(result)
    return batch(portal, results, errors)


def _targets(
    portal: Portal, a: ObjectType, id: str, b: ObjectType, after: str | None, limit: int
) -> tuple[list[dict[str, Any]], str | None]:
    """One page of what hangs on a record, and the next page's cursor."""
    record = portal.find(a, id)
    if record is None:
        return [], None
    live = portal.table(b).live
    ids = [to for to in portal.associations.of(a, record.id, b) if to in live]
    start = int(after) if after and str(after).isdigit() else 0
    rows = [
        {
            "toObjectId": to,
            "associationTypes": [
                object_type.json() for object_type in portal.associations.types(a, record.id, b, to)
            ],
        }
        for to in ids[start : start + limit]
    ]
    end = start + limit
    return rows, str(end) if end < len(ids) else None


def _none_found(a: ObjectType, id: str, b: ObjectType) -> Refusal:
    return Refusal(
        404,
        f"No {b.singular} is associated with {a.singular} {id}.",
        "OBJECT_NOT_FOUND",
        context={"fromObjectId": [id], "fromObjectType": [a.name], "toObjectType": [b.name]},
        sub_category="crm.associations.NO_ASSOCIATIONS_FOUND",
    )


def create(
    portal: Portal, a: ObjectType, b: ObjectType, request: Request, default: bool
) -> Response:
    need_scope(portal, a, "write")
    _, rows = inputs(request, MAX_CREATE)
    results, errors = [], []
    for row in rows:
        record_id, other_id = _ends(row)
        specs = None if default else row.get("types")
        try:
            results.append(_associate(portal, a, record_id, b, other_id, specs))
        except Refusal as refusal:
            errors.append(refusal.row({"fromObjectId": [record_id], "toObjectId": [other_id]}))
    return batch(portal, results, errors, 200 if default else 201)


def archive(portal: Portal, a: ObjectType, b: ObjectType, request: Request) -> Response:
    need_scope(portal, a, "write")
    _, rows = inputs(request, MAX_ARCHIVE)
    for row in rows:
        record_id = id_in(row.get("from"))
        for to in objects(row.get("to"), "to"):
            if portal.find(a, record_id) and portal.find(b, str(to.get("id", ""))):
                portal.dissociate(a.name, record_id, b.name, str(to["id"]), by="api")
    return Response(204)


def _ends(row: Mapping[str, Any]) -> tuple[str, str]:
    return id_in(row.get("from")), id_in(row.get("to"))


def _associate(
    portal: Portal, a: ObjectType, id: str, b: ObjectType, other_id: str, specs: Any
) -> dict[str, Any]:
    """`specs` None is the default association, which is idempotent. Raises Refusal."""
    primary = specs is not None and portal.associations.asked_primary(a, b, specs)
    portal.associate(a.name, id, b.name, other_id, primary, by="api")
    return {
        "from": {"id": id},
        "to": {"id": other_id},
        "fromObjectTypeId": a.type_id,
        "fromObjectId": int(id),
        "toObjectTypeId": b.type_id,
        "toObjectId": int(other_id),
        "associationSpec": {
            "associationCategory": portal.associations.plain(a, b).category,
            "associationTypeId": portal.associations.plain(a, b).type_id,
        },
        "labels": ["Primary"] if primary else [],
    }


def filter_by(portal: Portal, a: ObjectType, body: Mapping[str, Any]) -> Filter:
    """`associations.contact EQ 12`, for standard objects only. Raises Refusal (400)."""
    name, operator = str(body.get("propertyName")), str(body.get("operator"))
    b = portal.types.get(name.removeprefix("associations."))
    if not (a.standard and b.standard):
        raise invalid("Searching by association is for standard objects only")
    values = body.get("values") if operator == "IN" else [body.get("value")]
    if operator not in ("EQ", "IN") or not values:
        raise invalid(f"{operator} is not an operator for associations")
    wanted = {str(value) for value in values}

    def hangs_on(properties: Properties) -> bool:
        return not wanted.isdisjoint(portal.linked(a.name, properties["hs_object_id"], b.name))

    return Filter(name, operator, hangs_on, key=(name, frozenset(wanted)))
