"""Batches of objects: `/crm/v3/objects/{type}/batch/{read,create,update,upsert,archive}`.

207 with an error per bad row comes by itself on read, update and upsert; on create only where
every input carries an `objectWriteTraceId`, otherwise one bad row fails the whole call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.sandbox.hubspot.access import inputs, need_scope
from connectors.sandbox.hubspot.portal import Planned, Portal, taken
from connectors.sandbox.hubspot.refusals import (
    Refusal,
    invalid,
    locked,
    no_such_record,
    not_found,
    not_imitated,
    texts,
)
from connectors.sandbox.hubspot.rendering import batch, shown, written
from connectors.sandbox.hubspot.routes import Route
from connectors.sandbox.hubspot.types import ObjectType
from connectors.sandbox.hubspot.wire_links import inline_links
from connectors.sandbox.wire import Request, Response

MAX_BATCH = 100

Row = Mapping[str, Any]
"""One input of a batch."""


@dataclass(frozen=True, slots=True)
class Writing:
    """One batch write: how a row becomes a plan, and what an untroubled call answers."""

    portal: Portal
    type: ObjectType
    plan: Callable[[Row], Planned]
    status: int
    tells_new: bool = False


def serve(portal: Portal, type: ObjectType, verb: str, route: Route, request: Request) -> Response:
    need_scope(portal, type, "read" if verb == "read" else "write")
    body, rows = inputs(request, MAX_BATCH)
    match verb:
        case "read":
            return read(portal, type, body, rows)
        case "archive":
            return archive(portal, type, rows)
        case "create":
            alone = _traced(rows)
            return write(Writing(portal, type, _create(portal, type, route), 201), rows, alone)
        case "update":
            _refuse_repeats(rows)
            plan = _update(portal, type, route)
            return write(Writing(portal, type, plan, 200), rows, alone=True)
        case "upsert":
            _refuse_repeats(rows)
            plan = _upsert(portal, type, route)
            return write(Writing(portal, type, plan, 200, tells_new=True), rows, alone=True)
    raise not_imitated(f"batch/{verb} of objects")


def read(portal: Portal, type: ObjectType, body: Row, rows: Sequence[Row]) -> Response:
    """Repeated ids, and two ids of one merged record, come once."""
    if body.get("propertiesWithHistory"):
        raise not_imitated("the history of properties")
    table, id_property = portal.table(type), body.get("idProperty")
    wanted = texts(body.get("properties"), "properties")
    results: dict[int, dict[str, Any]] = {}
    errors = []
    for record_id in dict.fromkeys(str(row.get("id", "")) for row in rows):
        holder = table.holder(id_property, record_id) if id_property else _number(record_id)
        record = table.find(holder) if holder is not None else None
        if record is None:
            errors.append(not_found([record_id], type.singular).row({}))
        else:
            results[record.id] = shown(portal, type, record.properties, wanted)
    return batch(portal, list(results.values()), errors)


def archive(portal: Portal, type: ObjectType, rows: Sequence[Row]) -> Response:
    for row in rows:
        portal.delete(type.name, str(row.get("id", "")), by="api")
    return Response(204)


def write(writing: Writing, rows: Sequence[Row], alone: bool) -> Response:
    """Plan all rows, then commit the good ones; `alone` lets good rows pass beside bad ones.
    Raises the first row's Refusal where they may not."""
    portal = writing.portal
    planned: list[tuple[Row, Planned]] = []
    errors: list[dict[str, Any]] = []
    held: set[tuple[str, str]] = set()
    for row in rows:
        try:
            plan = writing.plan(row)
            if next(portal.refused_rows):
                raise locked()
            for name, value in plan.claims & held:
                raise taken(writing.type, name, value, None)
        except Refusal as refusal:
            if not (alone and portal.partial_batches):
                raise
            errors.append(refusal.row(_which(row)))
            continue
        held |= plan.claims
        planned.append((row, plan))
    results = [_commit(writing, row, plan) for row, plan in planned]
    return batch(portal, results, errors, writing.status)


def _commit(writing: Writing, row: Row, plan: Planned) -> dict[str, Any]:
    record = writing.portal.commit(plan)
    result = written(writing.portal, writing.type, record.properties)
    if writing.tells_new:
        result["new"] = plan.old is None
    if row.get("objectWriteTraceId") and writing.portal.echo_trace_ids:
        result["objectWriteTraceId"] = row["objectWriteTraceId"]
    return result


def _which(row: Row) -> dict[str, list[str]]:
    """How an error says which input it is about."""
    which = {}
    if row.get("id") is not None:
        which["id"] = [str(row["id"])]
    if row.get("objectWriteTraceId"):
        which["objectWriteTraceId"] = [str(row["objectWriteTraceId"])]
    return which


def _create(portal: Portal, type: ObjectType, route: Route) -> Callable[[Row], Planned]:
    def plan(row: Row) -> Planned:
        links = inline_links(portal, type, row.get("associations"))
        return portal.plan(type, row.get("properties"), links=links, strict=route.strict)

    return plan


def _update(portal: Portal, type: ObjectType, route: Route) -> Callable[[Row], Planned]:
    def plan(row: Row) -> Planned:
        table, record_id = portal.table(type), str(row.get("id", ""))
        id_property = row.get("idProperty")
        holder = table.holder(id_property, record_id) if id_property else _number(record_id)
        record = table.find(holder) if holder is not None else None
        if record is None:
            raise no_such_record(record_id, type.singular)
        return portal.plan(type, row.get("properties"), record, strict=route.strict)

    return plan


def _upsert(portal: Portal, type: ObjectType, route: Route) -> Callable[[Row], Planned]:
    def plan(row: Row) -> Planned:
        record_id, name = str(row.get("id", "")), str(row.get("idProperty") or "hs_object_id")
        prop = portal.catalogue(type).properties.get(name)
        if prop is None or not prop.unique:
            raise invalid(f"{name} is not a unique property of {type.singular}")
        properties = row.get("properties") or {}
        if not isinstance(properties, dict):
            raise invalid("Invalid input JSON: properties has to be an object")
        if row.get("associations"):
            raise invalid("An upsert takes no associations")
        holder = portal.table(type).holder(name, record_id)
        record = portal.table(type).find(holder) if holder is not None else None
        if record is None and name == "hs_object_id":
            raise no_such_record(record_id, type.singular)
        if record is None:
            properties = {**properties, name: record_id}
        return portal.plan(type, properties, record, strict=route.strict)

    return plan


def _traced(rows: Sequence[Row]) -> bool:
    """Does every row carry a trace id of its own?"""
    return len({row.get("objectWriteTraceId") or "" for row in rows} - {""}) == len(rows)


def _refuse_repeats(rows: Sequence[Row]) -> None:
    ids = [str(row.get("id", "")) for row in rows]
    repeated = sorted({record_id for record_id in ids if ids.count(record_id) > 1})
    if repeated:
        raise invalid(f"Duplicate IDs found in batch input: {repeated}. IDs must be unique")


def _number(id: str) -> int | None:
    return int(id) if id.isdigit() else None
