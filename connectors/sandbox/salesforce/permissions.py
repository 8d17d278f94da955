"""Permission sets: what Salesforce refuses when somebody grants a field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.sandbox.salesforce.faults import RowFault
from connectors.sandbox.salesforce.records import Records
from connectors.sandbox.salesforce.schema import Schema

_TOGETHER_UNIQUE = {
    "FieldPermissions": ("ParentId", "Field", "SobjectType"),
    "PermissionSetAssignment": ("AssigneeId", "PermissionSetId"),
}


def check_grant(schema: Schema, records: Records, type: str, fields: Mapping[str, Any]) -> None:
    """Raises RowFault for a grant that there is already, or of a field that there is not."""
    names = _TOGETHER_UNIQUE.get(type)
    if names is None:
        return
    table = records.tables.get(type)
    for row in table.rows.values() if table else ():
        if not row.get("IsDeleted") and all(row.get(name) == fields.get(name) for name in names):
            raise RowFault("DUPLICATE_VALUE", f"Duplicate {type}: it exists as {row['Id']}", names)
    if type == "FieldPermissions":
        _check_field(schema, str(fields.get("Field", "")), str(fields.get("SobjectType", "")))


def _check_field(schema: Schema, full_name: str, type: str) -> None:
    object_name, _, field_name = full_name.partition(".")
    owner = schema.object("Task" if object_name == "Activity" else object_name)
    definition = owner.field(field_name) if owner else None
    if definition is None or object_name != type:
        message = f"Field Name: bad value for restricted picklist field: {full_name}"
        raise RowFault("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, ("Field",))
    if not definition.custom:
        return
    if definition.required:
        message = f"You cannot deploy to a required field: {full_name}"
        raise RowFault("FIELD_INTEGRITY_EXCEPTION", message, ("Field",))
