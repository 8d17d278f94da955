"""One record at a time: get, create, change, delete, upsert by an external id."""

from __future__ import annotations

from typing import Any

from connectors.sandbox.salesforce.call import Call
from connectors.sandbox.salesforce.faults import CallFault, RowFault, no_column
from connectors.sandbox.salesforce.fields import FieldDef, wire_value
from connectors.sandbox.salesforce.ids import full
from connectors.sandbox.salesforce.records import Row
from connectors.sandbox.salesforce.schema import ObjectDef
from connectors.sandbox.salesforce.soql.shape import attributes
from connectors.sandbox.wire import Response


def create(call: Call) -> Response:
    owner = call.object(call.parts[0])
    try:
        id = call.org.create(owner.name, call.json_object(), by="api")
    except RowFault as fault:
        raise fault.as_call() from fault
    return Response(201, {"id": id, "success": True, "errors": []})


def get(call: Call) -> Response:
    owner = call.object(call.parts[0])
    return Response(200, shown(call, owner, _visible_row(call, owner, full(call.parts[1]))))


def get_by_external_id(call: Call) -> Response:
    owner, definition = _external(call)
    ids = _matching(call, owner, definition)
    if not ids:
        raise CallFault(404, "NOT_FOUND", "The requested resource does not exist")
    if len(ids) > 1:
        return _many(call, owner, ids)
    return Response(200, shown(call, owner, _visible_row(call, owner, ids[0])))


def change(call: Call) -> Response:
    owner = call.object(call.parts[0])
    id = full(call.parts[1])
    try:
        call.org.update(owner.name, id, call.json_object(), by="api")
    except RowFault as fault:
        raise _not_there(fault) from fault
    return Response(204)


def delete(call: Call) -> Response:
    owner = call.object(call.parts[0])
    try:
        call.org.delete(owner.name, full(call.parts[1]), by="api")
    except RowFault as fault:
        raise _not_there(fault) from fault
    return Response(204)


def upsert(call: Call) -> Response:
    """201 where it was made, 200 where it was there, 300 where the key fits several."""
    owner, definition = _external(call)
    ids = _matching(call, owner, definition)
    if len(ids) > 1:
        return _many(call, owner, ids)
    fields = call.json_object()
    try:
        if ids:
            call.org.update(owner.name, ids[0], fields, by="api")
        else:
            keyed = {**fields, definition.name: call.parts[2]}
            ids = [call.org.create(owner.name, keyed, by="api")]
            return Response(201, {"id": ids[0], "success": True, "errors": [], "created": True})
    except RowFault as fault:
        raise fault.as_call() from fault
    return Response(200, {"id": ids[0], "success": True, "errors": [], "created": False})


def shown(call: Call, owner: ObjectDef, row: Row) -> dict[str, Any]:
    """The fields asked for, or all that the user may see."""
    wanted = call.request.args().get("fields")
    if wanted:
        fields = [_column(call, owner, name.strip()) for name in wanted.split(",")]
    else:
        fields = call.org.schema.visible_fields(owner)
    answer: dict[str, Any] = {"attributes": attributes(owner.name, row["Id"], call.version)}
    answer.update({one.name: row.get(one.name, one.empty()) for one in fields})
    answer["Id"] = row["Id"]
    return answer


def _column(call: Call, owner: ObjectDef, name: str) -> FieldDef:
    definition = call.org.schema.visible(owner, name)
    if definition is None:
        raise CallFault(400, "INVALID_FIELD", no_column(name, owner.name))
    return definition


def _visible_row(call: Call, owner: ObjectDef, id: str) -> Row:
    row = call.org.records.table(owner).rows.get(id)
    if row is None or id in call.org.unshared:
        message = f"Provided external ID field does not exist or is not accessible: {id}"
        raise CallFault(404, "NOT_FOUND", message)
    if row.get("IsDeleted"):
        raise CallFault(404, "ENTITY_IS_DELETED", "entity is deleted")
    return row


def _external(call: Call) -> tuple[ObjectDef, FieldDef]:
    owner = call.object(call.parts[0])
    definition = call.org.schema.visible(owner, call.parts[1])
    if definition is None or not definition.external_id:
        message = f"Provided external ID field does not exist or is not accessible: {call.parts[1]}"
        raise CallFault(404, "NOT_FOUND", message)
    return owner, definition


def _matching(call: Call, owner: ObjectDef, definition: FieldDef) -> list[str]:
    value = wire_value(definition, call.parts[2])
    return call.org.records.table(owner).matching(definition, value)


def _many(call: Call, owner: ObjectDef, ids: list[str]) -> Response:
    return Response(300, [attributes(owner.name, id, call.version)["url"] for id in ids])


def _not_there(fault: RowFault) -> CallFault:
    """On a single record an unknown id is a missing resource."""
    if fault.code == "INVALID_CROSS_REFERENCE_KEY" and not fault.fields:
        return CallFault(404, "NOT_FOUND", "The requested resource does not exist")
    return fault.as_call()
