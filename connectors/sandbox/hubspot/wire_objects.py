"""Objects one at a time, listed and searched: `/crm/v3/objects/{type}` and below."""

from __future__ import annotations

from collections.abc import Mapping
from heapq import nsmallest
from typing import Any

from connectors.sandbox.hubspot import search, wire_associations, wire_batches, wire_links
from connectors.sandbox.hubspot.access import (
    flag,
    json_object,
    names,
    need_scope,
    no_such_page,
    numeric_id,
    page_size,
)
from connectors.sandbox.hubspot.operators import Filter
from connectors.sandbox.hubspot.portal import Portal
from connectors.sandbox.hubspot.records import Record
from connectors.sandbox.hubspot.refusals import invalid, not_imitated
from connectors.sandbox.hubspot.rendering import page, shown, written
from connectors.sandbox.hubspot.routes import Route
from connectors.sandbox.hubspot.types import ObjectType
from connectors.sandbox.wire import Request, Response

MAX_LIST_PAGE = 100


def serve(portal: Portal, route: Route, request: Request) -> Response:
    if not route.parts:
        raise no_such_page(request)
    object_type = portal.types.get(route.parts[0])
    match request.method, route.parts[1:]:
        case "GET", ():
            return listed(portal, object_type, request)
        case "POST", ():
            return created(portal, object_type, route, request)
        case "POST", ("search",):
            return searched(portal, object_type, request)
        case "POST", ("batch", verb):
            return wire_batches.serve(portal, object_type, verb, route, request)
        case "POST", ("merge",):
            return merged(portal, object_type, request)
    return serve_one(portal, object_type, route, request)


def serve_one(portal: Portal, type: ObjectType, route: Route, request: Request) -> Response:
    match request.method, route.parts[1:]:
        case "GET", (id,):
            return one(portal, type, id, request)
        case "PATCH", (id,):
            return updated(portal, type, id, route, request)
        case "DELETE", (id,):
            need_scope(portal, type, "write")
            portal.delete(type.name, str(numeric_id(id, request.path)), by="api")
            return Response(204)
        case _, (id, "associations", *rest):
            return wire_associations.serve_record(portal, type, id, rest, route, request)
    raise not_imitated(f"{request.method} {request.path}")


def listed(portal: Portal, type: ObjectType, request: Request) -> Response:
    """Oldest id first; `after` is the id that the page starts behind."""
    need_scope(portal, type, "read")
    limit = page_size(request, 10, MAX_LIST_PAGE)
    after = request.args().get("after") or "0"
    if not after.isdigit():
        raise invalid(f"after is not a cursor of this list: {after}")
    table = portal.table(type)
    records = table.archived if flag(request, "archived") else table.live
    ids = nsmallest(limit + 1, (one for one in records if one > int(after)))
    wanted = names(request, "properties")
    results = [
        _whole(portal, type, records[record_id], wanted, request) for record_id in ids[:limit]
    ]
    return page(results, str(ids[limit - 1]) if len(ids) > limit else None)


def one(portal: Portal, type: ObjectType, id: str, request: Request) -> Response:
    """A merged id answers with the surviving record, whose id is another."""
    need_scope(portal, type, "read")
    table = portal.table(type)
    by = request.args().get("idProperty")
    holder = table.holder(by, id) if by else numeric_id(id, request.path)
    record = table.find(holder) if holder is not None else None
    if record is None and holder is not None and flag(request, "archived"):
        record = table.archived.get(holder)
    if record is None:
        raise no_such_page(request)
    return Response(200, _whole(portal, type, record, names(request, "properties"), request))


def _whole(
    portal: Portal, type: ObjectType, record: Record, wanted: list[str], request: Request
) -> dict[str, Any]:
    body = shown(portal, type, record.properties, wanted, record.archived_at)
    others = names(request, "associations")
    if others:
        body["associations"] = {
            portal.types.get(other).name: {
                "results": wire_associations.listed_v3(portal, type, record.id, other)
            }
            for other in others
        }
    return body


def created(portal: Portal, type: ObjectType, route: Route, request: Request) -> Response:
    need_scope(portal, type, "write")
    body = json_object(request)
    links = wire_links.inline_links(portal, type, body.get("associations"))
    planned = portal.plan(type, body.get("properties"), links=links, strict=route.strict)
    return Response(201, written(portal, type, portal.commit(planned).properties))


def updated(portal: Portal, type: ObjectType, id: str, route: Route, request: Request) -> Response:
    need_scope(portal, type, "write")
    record = portal.table(type).find(numeric_id(id, request.path))
    if record is None:
        raise no_such_page(request)
    properties = json_object(request).get("properties")
    planned = portal.plan(type, properties, record, strict=route.strict)
    return Response(200, written(portal, type, portal.commit(planned).properties))


def merged(portal: Portal, type: ObjectType, request: Request) -> Response:
    need_scope(portal, type, "write")
    body = json_object(request)
    winner, loser = str(body.get("primaryObjectId")), str(body.get("objectIdToMerge"))
    survivor = portal.merge(type.name, winner, loser, by="api")
    return Response(200, written(portal, type, portal.record(type, survivor).properties))


def searched(portal: Portal, type: ObjectType, request: Request) -> Response:
    need_scope(portal, type, "read")
    body = json_object(request)

    def associated(filter: Mapping[str, Any]) -> Filter:
        return wire_associations.filter_by(portal, type, filter)

    length = len(request.body.decode("utf-8", "replace"))
    query = search.parse(body, length, portal.catalogue(type), associated)
    index = portal.table(type).index
    index.catch_up(portal.world.clock.now())
    found = search.run(query, index, type)
    results = [
        shown(portal, type, index.properties(record_id), query.wanted) for record_id in found.ids
    ]
    after = None if found.after is None else str(found.after)
    return page(results, after, total=found.total)
