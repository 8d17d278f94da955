"""Collections: up to 200 records written or 2,000 read in one call, each with its own answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any

from connectors.sandbox.salesforce.call import Call, typed_object
from connectors.sandbox.salesforce.faults import CallFault, RowFault, no_column
from connectors.sandbox.salesforce.fields import FieldDef, wire_value
from connectors.sandbox.salesforce.ids import full
from connectors.sandbox.salesforce.schema import ObjectDef
from connectors.sandbox.salesforce.soql.shape import attributes
from connectors.sandbox.wire import Response

_MOST_WRITTEN = 200
_MOST_READ = 2_000
_MOST_CHUNKS = 10  # runs of records of one type

_Record = Mapping[str, Any]
_Write = Callable[[_Record], dict[str, Any]]


def create(call: Call) -> Response:
    def write(record: _Record) -> dict[str, Any]:
        id = call.org.create(typed_object(call.org, record).name, record, by="api")
        return {"id": id, "success": True, "errors": []}

    return _write_all(call, write)


def update(call: Call) -> Response:
    seen: set[str] = set()

    def write(record: _Record) -> dict[str, Any]:
        owner = typed_object(call.org, record)
        id = _id_of(record)
        if id in seen:
            raise RowFault("INVALID_ID_FIELD", f"duplicate id specified: {id}", ("Id",))
        seen.add(id)
        fields = {name: value for name, value in record.items() if name.lower() != "id"}
        call.org.update(owner.name, id, fields, by="api")
        return {"id": id, "success": True, "errors": []}

    return _write_all(call, write)


def upsert(call: Call) -> Response:
    """One type, matched by an external id, by an e-mail address or by the id itself (the latter
    two are not in the documentation but in recordings); records without a match are made."""
    owner = call.object(call.parts[0])
    definition = call.org.schema.visible(owner, call.parts[1])
    if definition is None or not _can_match(definition):
        raise CallFault(400, "INVALID_FIELD", no_column(call.parts[1], owner.name))
    seen: set[Any] = set()

    def write(record: _Record) -> dict[str, Any]:
        if typed_object(call.org, record) is not owner:
            raise RowFault("INVALID_TYPE", f"the records must be of type {owner.name}")
        return _upsert_one(call, owner, definition, record, seen)

    return _write_all(call, write)


def _can_match(definition: FieldDef) -> bool:
    return definition.external_id or definition.id_lookup or definition.type == "id"


def delete(call: Call) -> Response:
    args = call.request.args()
    ids = [full(id.strip()) for id in args.get("ids", "").split(",") if id.strip()]
    if not ids or len(ids) > _MOST_WRITTEN:
        raise CallFault(400, "EXCEEDED_ID_LIMIT", f"give 1 to {_MOST_WRITTEN} ids")

    def write(record: _Record) -> dict[str, Any]:
        found = call.org.records.find(record["id"])
        if found is None:
            raise RowFault("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
        call.org.delete(found[0].definition.name, record["id"], by="api")
        return {"id": record["id"], "success": True, "errors": []}

    all_or_none = args.get("allOrNone", "false").lower() == "true"
    return _settled(call, [{"id": id} for id in ids], write, all_or_none)


def retrieve(call: Call) -> Response:
    """In the order of the ids; null for an id that is unknown, gone or not shared."""
    ids, names = _asked(call)
    if len(ids) > _MOST_READ:
        raise CallFault(400, "EXCEEDED_ID_LIMIT", f"at most {_MOST_READ} ids in one call")
    owner = call.object(call.parts[0])
    fields = [_column(call, owner, name) for name in names]
    return Response(200, [_retrieved(call, owner, fields, full(id)) for id in ids])


def _retrieved(
    call: Call, owner: ObjectDef, fields: list[FieldDef], id: str
) -> dict[str, Any] | None:
    row = call.org.records.table(owner).rows.get(id)
    if row is None or row.get("IsDeleted") or id in call.org.unshared:
        return None
    answer: dict[str, Any] = {"attributes": attributes(owner.name, id, call.version)}
    answer.update({one.name: row.get(one.name, one.empty()) for one in fields})
    answer["Id"] = id
    return answer


def _column(call: Call, owner: ObjectDef, name: str) -> FieldDef:
    definition = call.org.schema.visible(owner, name)
    if definition is None:
        raise CallFault(400, "INVALID_FIELD", no_column(name, owner.name))
    return definition


def _asked(call: Call) -> tuple[list[str], list[str]]:
    """Ids and fields, from the address or from the body."""
    if call.request.method == "GET":
        args = call.request.args()
        return args.get("ids", "").split(","), args.get("fields", "").split(",")
    body = call.json_object()
    ids, names = body.get("ids"), body.get("fields")
    if not _texts(ids) or not _texts(names):
        raise CallFault(400, "INVALID_ARGUMENT", "ids and fields must be lists of text")
    return list(ids or ()), list(names or ())


def _texts(values: Any) -> bool:
    return isinstance(values, list) and bool(values) and all(isinstance(v, str) for v in values)


def _id_of(record: _Record) -> str:
    id = next((value for name, value in record.items() if name.lower() == "id"), None)
    if not isinstance(id, str) or not id:
        raise RowFault("MISSING_ARGUMENT", "Id not specified in an update call", ("Id",))
    return full(id)


def _upsert_one(
    call: Call, owner: ObjectDef, definition: FieldDef, record: _Record, seen: set[Any]
) -> dict[str, Any]:
    named = {name.lower(): name for name in record}
    value = wire_value(definition, record.get(named.get(definition.name.lower(), "")))
    if definition.type == "id":
        return _upsert_by_id(call, owner, value, record)
    if value is None:
        message = f"{definition.name} not specified"
        raise RowFault("MISSING_ARGUMENT", message, (definition.name,))
    key = definition.key(value)
    if key in seen:
        message = f"Duplicate external id specified: {value}"
        raise RowFault("DUPLICATE_VALUE", message, (definition.name,))
    seen.add(key)
    ids = call.org.records.table(owner).matching(definition, value)
    if len(ids) > 1:
        message = f"{definition.name}: more than one record found for external id field: {ids}"
        raise RowFault("DUPLICATE_EXTERNAL_ID", message, (definition.name,))
    if ids:
        call.org.update(owner.name, ids[0], record, by="api")
        return {"id": ids[0], "success": True, "errors": [], "created": False}
    id = call.org.create(owner.name, record, by="api")
    return {"id": id, "success": True, "errors": [], "created": True}


def _upsert_by_id(call: Call, owner: ObjectDef, id: str | None, record: _Record) -> dict[str, Any]:
    fields = {name: value for name, value in record.items() if name.lower() != "id"}
    if id is None:
        made = call.org.create(owner.name, fields, by="api")
        return {"id": made, "success": True, "errors": [], "created": True}
    call.org.update(owner.name, id, fields, by="api")
    return {"id": id, "success": True, "errors": [], "created": False}


def _write_all(call: Call, write: _Write) -> Response:
    body = call.json_object()
    records = body.get("records")
    if not isinstance(records, list) or not all(isinstance(one, dict) for one in records):
        raise CallFault(400, "JSON_PARSER_ERROR", "records must be a list of objects")
    if len(records) > _MOST_WRITTEN:
        message = f"record limit reached. cannot submit more than {_MOST_WRITTEN} records"
        raise CallFault(400, "EXCEEDED_ID_LIMIT", message)
    runs = sum(1 for _ in groupby(records, lambda one: typed_object(call.org, one).name))
    if runs > _MOST_CHUNKS:
        message = f"records may change type at most {_MOST_CHUNKS - 1} times: sort them by type"
        raise CallFault(400, "LIMIT_EXCEEDED", message)
    return _settled(call, records, write, bool(body.get("allOrNone", False)))


def _settled(call: Call, records: Sequence[_Record], write: _Write, all_or_none: bool) -> Response:
    if not all_or_none:
        return Response(200, [_row(call, record, write) for record in records])
    try:
        with call.org.writer.transaction():
            return Response(200, _all_of(records, write))
    except _RolledBack as failed:
        return Response(200, failed.rows)


class _RolledBack(Exception):
    def __init__(self, rows: list[dict[str, Any]]) -> None:
        super().__init__("rolled back")
        self.rows = rows


def _all_of(records: Sequence[_Record], write: _Write) -> list[dict[str, Any]]:
    rows = []
    for record in records:
        try:
            rows.append(write(record))
        except RowFault as fault:
            rows.append(_failed(fault))
    if all(row["success"] for row in rows):
        return rows
    others = RowFault(
        "ALL_OR_NONE_OPERATION_ROLLED_BACK",
        "Record rolled back because not all records were valid and the request was using "
        "AllOrNone header",
    )
    raise _RolledBack([_failed(others) if row["success"] else row for row in rows])


def _row(call: Call, record: _Record, write: _Write) -> dict[str, Any]:
    """One row by itself: a refusal half way through it leaves nothing behind."""
    try:
        with call.org.writer.transaction():
            return write(record)
    except RowFault as fault:
        return _failed(fault)


def _failed(fault: RowFault) -> dict[str, Any]:
    return {"success": False, "errors": [fault.row_error()]}
