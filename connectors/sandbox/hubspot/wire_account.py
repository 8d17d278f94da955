"""The account itself: details, owners, pipelines, and the schemas of custom objects."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connectors.sandbox.hubspot.access import flag, json_object, no_such_page, page_size
from connectors.sandbox.hubspot.portal import Portal
from connectors.sandbox.hubspot.properties import property_from
from connectors.sandbox.hubspot.refusals import Refusal, conflict, invalid, not_imitated, objects
from connectors.sandbox.hubspot.rendering import page
from connectors.sandbox.hubspot.routes import Route
from connectors.sandbox.hubspot.types import ObjectType
from connectors.sandbox.wire import Request, Response

MAX_OWNERS = 500


def details(portal: Portal, route: Route, request: Request) -> Response:
    if (request.method, route.parts) != ("GET", ("details",)):
        raise not_imitated(f"{request.method} {request.path}")
    now = portal.world.clock.now()
    offset = now.astimezone(ZoneInfo(portal.timezone)).utcoffset() or timedelta()
    minutes = int(offset.total_seconds() // 60)
    sign, (hours, rest) = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
    body = {
        "portalId": portal.portal_id,
        "accountType": "STANDARD",
        "timeZone": portal.timezone,
        "companyCurrency": portal.currency,
        "additionalCurrencies": [],
        "utcOffset": f"{sign}{hours:02}:{rest:02}",
        "utcOffsetMilliseconds": minutes * 60_000,
        "uiDomain": "app.hubspot.com",
        "dataHostingLocation": "na1",
    }
    return Response(200, body)


def owners(portal: Portal, route: Route, request: Request) -> Response:
    """Deactivated owners come only with `archived=true`, and then alone."""
    archived = flag(request, "archived")
    match request.method, route.parts:
        case "GET", ():
            email = request.args().get("email")
            found = [
                owner
                for owner in portal.owners.values()
                if owner.archived == archived and email in (None, "", owner.email)
            ]
            limit = page_size(request, 100, MAX_OWNERS)
            after = request.args().get("after") or "0"
            start = int(after) if after.isdigit() else 0
            rows = [owner.json(portal.opened) for owner in found[start : start + limit]]
            end = start + limit
            return page(rows, str(end) if end < len(found) else None)
        case "GET", (id,):
            owner = portal.owners.get(id)
            if owner is None or owner.archived != archived:
                raise Refusal(404, f"Owner {id} does not exist", "OBJECT_NOT_FOUND")
            return Response(200, owner.json(portal.opened))
    raise not_imitated(f"{request.method} {request.path}")


def pipelines(portal: Portal, route: Route, request: Request) -> Response:
    if not route.parts:
        raise no_such_page(request)
    object_type = portal.types.get(route.parts[0])
    if request.method != "GET":
        raise not_imitated(f"{request.method} {request.path}")
    known = portal.pipelines.by_id if object_type.name == "deals" else {}
    if len(route.parts) == 1:
        return page([pipeline.json(portal.opened) for pipeline in known.values()])
    pipeline = known.get(route.parts[1])
    if pipeline is None:
        raise Refusal(404, f"Pipeline {route.parts[1]} does not exist", "OBJECT_NOT_FOUND")
    body = pipeline.json(portal.opened)
    match route.parts[2:]:
        case ():
            return Response(200, body)
        case ("stages",):
            return page(body["stages"])
    raise not_imitated(f"{request.method} {request.path}")


def schemas(portal: Portal, route: Route, request: Request) -> Response:
    """Custom objects only, as HubSpot lists them."""
    match request.method, route.parts:
        case "GET", ():
            custom = [object_type for object_type in portal.types.all() if not object_type.standard]
            return page([schema(portal, object_type) for object_type in custom])
        case "GET", (name,):
            return Response(200, schema(portal, portal.types.get(name)))
        case "POST", ():
            return Response(201, schema(portal, _define(portal, json_object(request))))
    raise not_imitated(f"{request.method} {request.path}")


def _define(portal: Portal, body: dict[str, Any]) -> ObjectType:
    """Raises Refusal: 400 without a name or labels, 409 where the name is taken."""
    name, labels = str(body.get("name") or ""), body.get("labels") or {}
    if (
        not name
        or not isinstance(labels, dict)
        or not labels.get("singular")
        or not labels.get("plural")
    ):
        raise invalid("A schema needs name and labels.singular and labels.plural")
    plural = str(labels["plural"]).lower().replace(" ", "_")
    if portal.types.find(name) or portal.types.find(plural):
        raise conflict(f"Object type {name} already exists")
    rows = objects(body.get("properties"), "properties")
    made = [property_from({"groupName": "own", **row}) for row in rows]
    object_type = portal.define_type(plural, name)
    for prop in made:
        portal.define_property(
            object_type.name,
            prop.name,
            prop.type,
            [option.value for option in prop.options],
            prop.label,
            prop.field_type,
            prop.unique,
        )
    portal.world.record("hubspot", "schema", object_type.name, object_type.type_id, body, "api")
    return object_type


def schema(portal: Portal, type: ObjectType) -> dict[str, Any]:
    partners = portal.associations.partners(type, portal.types.all())
    return {
        "id": type.type_id,
        "objectTypeId": type.type_id,
        "name": type.singular,
        "fullyQualifiedName": portal.types.full_name(type),
        "labels": {"singular": type.singular.capitalize(), "plural": type.name.capitalize()},
        "properties": [p.json() for p in portal.catalogue(type).properties.values()],
        "requiredProperties": [],
        "searchableProperties": [],
        "associations": [
            {
                "id": str(portal.associations.plain(type, other).type_id),
                "fromObjectTypeId": type.type_id,
                "toObjectTypeId": other.type_id,
                "name": f"{type.singular}_to_{other.singular}",
            }
            for other in partners
        ],
        "createdAt": portal.opened,
        "updatedAt": portal.opened,
        "archived": False,
    }
