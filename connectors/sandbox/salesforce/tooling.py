"""The Tooling API as far as somebody needs it who makes fields.

`Activity.X__c` appears on Task and Event. A field made here is invisible until a permission
set grants it.
"""

from __future__ import annotations

from typing import Any

from connectors.sandbox.salesforce.building import lookup, text
from connectors.sandbox.salesforce.call import Call
from connectors.sandbox.salesforce.faults import CallFault
from connectors.sandbox.salesforce.field_metadata import field_from, metadata_of
from connectors.sandbox.salesforce.fields import FieldDef
from connectors.sandbox.salesforce.ids import full
from connectors.sandbox.salesforce.querying import answer_query
from connectors.sandbox.salesforce.reader import Reader
from connectors.sandbox.salesforce.records import Records
from connectors.sandbox.salesforce.schema import ObjectDef, Schema
from connectors.sandbox.wire import Response

_ACTIVITIES = ("Task", "Event")


def create_field(call: Call) -> Response:
    body = call.json_object()
    full_name, metadata = body.get("FullName"), body.get("Metadata")
    if not isinstance(full_name, str) or not isinstance(metadata, dict):
        message = "FullName and Metadata are required"
        raise CallFault(400, "REQUIRED_FIELD_MISSING", message)
    object_name, _, field_name = full_name.partition(".")
    owners = _owners(call, object_name)
    if not field_name.endswith("__c"):
        message = "The name of a custom field ends in __c"
        raise CallFault(400, "FIELD_INTEGRITY_EXCEPTION", message)
    if any(owner.field(field_name) for owner in owners):
        message = f"There is already a field named {field_name} on {object_name}."
        raise CallFault(400, "DUPLICATE_DEVELOPER_NAME", message)
    made = field_from(field_name, metadata)
    for owner in owners:
        owner.add(made)
    id = call.org.field_ids.setdefault(full_name, call.org.writer.ids.next("00N"))
    call.org.world.record("salesforce", "schema", "CustomField", id, body)
    answer = {"id": id, "success": True, "errors": [], "warnings": [], "infos": []}
    return Response(201, answer)


def get_field(call: Call) -> Response:
    full_name, _, definition = _located(call)
    developer_name = definition.name.removesuffix("__c")
    answer = {
        "Id": call.parts[0],
        "DeveloperName": developer_name,
        "FullName": full_name,
        "Metadata": metadata_of(definition),
    }
    return Response(200, answer)


def change_field(call: Call) -> Response:
    full_name, owners, definition = _located(call)
    body = call.json_object()
    if not isinstance(body.get("Metadata"), dict):
        raise CallFault(400, "REQUIRED_FIELD_MISSING", "Metadata is required")
    made = field_from(definition.name, body["Metadata"])
    if made.type != definition.type:
        message = f"Cannot change the type of {full_name}"
        raise CallFault(400, "FIELD_INTEGRITY_EXCEPTION", message)
    made.needs_grant = definition.needs_grant
    for owner in owners:
        owner.add(made)
    call.org.world.record("salesforce", "schema", "CustomField", call.parts[0], body)
    return Response(204)


def delete_field(call: Call) -> Response:
    full_name, owners, definition = _located(call)
    for owner in owners:
        del owner.fields[definition.name.lower()]
    del call.org.field_ids[full_name]
    call.org.world.record("salesforce", "schema", "CustomField", call.parts[0], {})
    return Response(204)


def query(call: Call) -> Response:
    """SOQL over CustomField, EntityDefinition and FieldDefinition, made up from the schema."""
    return answer_query(call, _catalogue(call))


def _owners(call: Call, object_name: str) -> list[ObjectDef]:
    names = _ACTIVITIES if object_name == "Activity" else (object_name,)
    if object_name in _ACTIVITIES:
        message = f"Custom fields of {object_name} are defined on Activity"
        raise CallFault(400, "INVALID_TYPE", message)
    found = [owner for name in names if (owner := call.org.schema.object(name))]
    if not found:
        raise CallFault(400, "INVALID_TYPE", f"no object named {object_name}")
    return found


def _located(call: Call) -> tuple[str, list[ObjectDef], FieldDef]:
    for full_name, id in call.org.field_ids.items():
        if id == call.parts[0]:
            object_name, _, field_name = full_name.partition(".")
            owners = _owners(call, object_name)
            definition = owners[0].field(field_name)
            if definition is not None:
                return full_name, owners, definition
    raise CallFault(404, "NOT_FOUND", "The requested resource does not exist")


def _catalogue(call: Call) -> Reader:
    names = [text("QualifiedApiName"), text("DeveloperName"), text("Label"), text("DataType")]
    entity = ObjectDef("EntityDefinition", "4ie")
    custom = ObjectDef("CustomField", "00N")
    plain = ObjectDef("FieldDefinition", "4fe")
    for definition in (*names, text("DurableId")):
        entity.add(definition)
    for owner in (custom, plain):
        for definition in (
            *names,
            text("TableEnumOrId"),
            text("NamespacePrefix"),
            lookup("EntityDefinitionId", "EntityDefinition"),
        ):
            owner.add(definition)
    schema = Schema((entity, custom, plain))
    records = Records()
    for row in _entity_rows(call):
        records.table(entity).put(row)
    for full_name, id in _custom_fields(call).items():
        records.table(custom).put(_field_row(call, full_name, id))
    for owner in call.org.schema:
        for definition in owner.fields.values():
            full_name = f"{owner.name}.{definition.name}"
            records.table(plain).put(_field_row(call, full_name, full_name))
    return Reader(schema, records, call.org.world.clock, set())


def _entity_rows(call: Call) -> list[dict[str, Any]]:
    names = [owner.name for owner in call.org.schema]
    return [
        {
            "Id": _entity_id(call, name),
            "DurableId": _entity_id(call, name),
            "QualifiedApiName": name,
            "DeveloperName": name.removesuffix("__c"),
            "Label": name,
        }
        for name in (*names, "Activity")
    ]


def _entity_id(call: Call, name: str) -> str:
    """A standard object goes by its name, a custom one by an id."""
    owner = call.org.schema.object(name)
    return full(f"01IWb0000000{owner.prefix}") if owner and owner.custom else name


def _custom_fields(call: Call) -> dict[str, str]:
    """Full name -> id, those included that came with a CSV folder or a test."""
    ids: dict[str, str] = call.org.field_ids
    for owner in call.org.schema:
        for definition in owner.fields.values():
            home = owner.name
            if home in _ACTIVITIES:
                home = "Activity"
            full_name = f"{home}.{definition.name}"
            if definition.custom and full_name not in ids:
                ids[full_name] = call.org.writer.ids.next("00N")
    return ids


def _field_row(call: Call, full_name: str, id: str) -> dict[str, Any]:
    object_name, _, field_name = full_name.partition(".")
    home = "Task" if object_name == "Activity" else object_name
    owner = call.org.schema.object(home)
    definition = owner.field(field_name) if owner else None
    return {
        "Id": id,
        "QualifiedApiName": field_name,
        "DeveloperName": field_name.removesuffix("__c"),
        "Label": definition.label if definition else field_name,
        "DataType": definition.type if definition else None,
        "TableEnumOrId": _entity_id(call, object_name),
        "EntityDefinitionId": _entity_id(call, object_name),
    }
