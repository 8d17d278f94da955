"""Properties and groups on the wire: `/crm/v3/properties/{type}` and below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from connectors.sandbox.hubspot.access import (
    flag,
    inputs,
    json_object,
    need_scope,
    no_such_page,
)
from connectors.sandbox.hubspot.portal import Portal
from connectors.sandbox.hubspot.properties import Group, Property, property_from, with_changes
from connectors.sandbox.hubspot.refusals import Detail, Refusal, invalid, not_imitated, whole_number
from connectors.sandbox.hubspot.rendering import batch, page
from connectors.sandbox.hubspot.routes import Route
from connectors.sandbox.hubspot.types import ObjectType
from connectors.sandbox.hubspot.values import iso
from connectors.sandbox.wire import Request, Response

MAX_BATCH = 100


def serve(portal: Portal, route: Route, request: Request) -> Response:
    if not route.parts:
        raise no_such_page(request)
    object_type = portal.types.get(route.parts[0])
    need_scope(portal, object_type, "read" if request.method == "GET" else "write", "schemas")
    match request.method, route.parts[1:]:
        case "GET", ():
            return listed(portal, object_type, request)
        case "POST", ():
            return Response(201, create(portal, object_type, json_object(request)).json())
        case _, ("groups", *rest):
            return serve_groups(portal, object_type, rest, request)
        case "POST", ("batch", verb):
            return serve_batch(portal, object_type, verb, request)
        case "GET", (name,):
            return Response(200, shown(portal, portal.catalogue(object_type).get(name)))
        case "PATCH", (name,):
            return change(portal, object_type, name, request)
    raise not_imitated(f"{request.method} {request.path}")


def serve_groups(
    portal: Portal, type: ObjectType, rest: Sequence[str], request: Request
) -> Response:
    match request.method, tuple(rest):
        case "GET", ():
            return page([group.json() for group in portal.catalogue(type).groups.values()])
        case "POST", ():
            return create_group(portal, type, request)
        case "GET", (name,):
            return one_group(portal, type, name)
    raise not_imitated(f"{request.method} {request.path}")


def serve_batch(portal: Portal, type: ObjectType, verb: str, request: Request) -> Response:
    if verb == "create":
        return create_many(portal, type, request)
    if verb == "read":
        return read_many(portal, type, request)
    raise not_imitated(f"batch/{verb} of properties")


def listed(portal: Portal, type: ObjectType, request: Request) -> Response:
    if flag(request, "archived"):
        return page([])
    return page([shown(portal, p) for p in portal.catalogue(type).properties.values()])


def shown(portal: Portal, property: Property) -> dict[str, Any]:
    """Stages and pipelines come as the options of their property, as in a real portal."""
    body = property.json()
    pipelines = portal.pipelines.by_id.values()
    if property.name == "pipeline":
        body["options"] = [_option(p.id, p.label, n) for n, p in enumerate(pipelines)]
    elif property.name == "dealstage":
        stages = [stage for pipeline in pipelines for stage in pipeline.stages.values()]
        body["options"] = [_option(s.id, s.label, n) for n, s in enumerate(stages)]
    return body


def _option(value: str, label: str, order: int) -> dict[str, Any]:
    return {"label": label, "value": value, "displayOrder": order, "hidden": False}


def create(portal: Portal, type: ObjectType, body: dict[str, Any]) -> Property:
    """Raises Refusal: 409 where it exists, 403 and 400 where the portal has no such property."""
    if type.name == "tasks" and not portal.custom_task_properties:
        message = "This app hasn't been granted all required scopes to make this call."
        context = {"requiredGranularScopes": ["crm.schemas.tasks.write"]}
        detail = Detail("MISSING_SCOPES", message, context)
        raise Refusal(403, message, "MISSING_SCOPES", [detail])
    now = iso(portal.world.clock.now())
    prop = replace(property_from(body), extras={"createdAt": now, "updatedAt": now})
    if prop.unique and type.name == "tasks" and not portal.unique_task_properties:
        raise invalid("Properties of tasks cannot have unique values")
    portal.catalogue(type).add(prop)
    portal.world.record("hubspot", "schema", type.name, prop.name, body, "api")
    return prop


def create_many(portal: Portal, type: ObjectType, request: Request) -> Response:
    _, rows = inputs(request, MAX_BATCH)
    results, errors = [], []
    for row in rows:
        try:
            results.append(create(portal, type, row).json())
        except Refusal as refusal:
            errors.append(refusal.row({"name": [str(row.get("name"))]}))
    return batch(portal, results, errors, 201)


def read_many(portal: Portal, type: ObjectType, request: Request) -> Response:
    _, rows = inputs(request, MAX_BATCH)
    results, errors = [], []
    for row in rows:
        name = str(row.get("name"))
        try:
            results.append(shown(portal, portal.catalogue(type).get(name)))
        except Refusal as refusal:
            errors.append(refusal.row({"name": [name]}))
    return batch(portal, results, errors)


def change(portal: Portal, type: ObjectType, name: str, request: Request) -> Response:
    """A PATCH replaces the list of options as a whole; the name never changes."""
    body = json_object(request)
    known = portal.catalogue(type).get(name)
    if "hasUniqueValue" in body and bool(body["hasUniqueValue"]) != known.unique:
        raise invalid("hasUniqueValue cannot be changed on an existing property")
    now = iso(portal.world.clock.now())
    changed = replace(with_changes(known, body), extras={**known.extras, "updatedAt": now})
    portal.catalogue(type).replace(changed)
    portal.world.record("hubspot", "schema", type.name, name, body, "api")
    return Response(200, changed.json())


def create_group(portal: Portal, type: ObjectType, request: Request) -> Response:
    body = json_object(request)
    if not body.get("name") or not body.get("label"):
        raise invalid("A property group needs name and label")
    order = whole_number(body.get("displayOrder", -1), "displayOrder")
    group = Group(str(body["name"]), str(body["label"]), order)
    portal.catalogue(type).add_group(group)
    portal.world.record("hubspot", "schema", type.name, f"group {group.name}", body, "api")
    return Response(201, group.json())


def one_group(portal: Portal, type: ObjectType, name: str) -> Response:
    group = portal.catalogue(type).groups.get(name)
    if group is None:
        raise Refusal(404, f"Property group {name} does not exist", "OBJECT_NOT_FOUND")
    return Response(200, group.json())
