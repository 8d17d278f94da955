"""What Salesforce refuses in one record, in the order in which it looks.

These hold for callers of the API. What a person does in a test goes round them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.sandbox.salesforce.faults import RowFault
from connectors.sandbox.salesforce.fields import CHOICES, FieldDef, wire_value
from connectors.sandbox.salesforce.records import Records
from connectors.sandbox.salesforce.schema import ObjectDef, Schema


def checked_values(
    schema: Schema,
    records: Records,
    target: ObjectDef,
    fields: Mapping[str, Any],
    creating: bool,
) -> dict[str, Any]:
    """The values by canonical name, in wire form. Raises RowFault for the first refusal."""
    values: dict[str, Any] = {}
    for name, value in fields.items():
        if name == "attributes":
            continue
        definition = _writable(schema, target, name, creating)
        values[definition.name] = _checked(definition, value)
    _check_required(target, values, creating)
    for name, value in values.items():
        found = target.field(name)
        if found is not None and found.type == "reference" and value is not None:
            _check_reference(schema, records, found, value)
    return values


def _writable(schema: Schema, target: ObjectDef, name: str, creating: bool) -> FieldDef:
    definition = schema.visible(target, name)
    if definition is None:
        raise RowFault("INVALID_FIELD", f"No such column '{name}' on sobject of type {target.name}")
    if definition.name == "Id":
        raise RowFault("INVALID_FIELD", "The Id field should not be specified in the sobject data.")
    allowed = definition.createable if creating else definition.updateable
    if not allowed or not schema.editable(target, definition):
        raise RowFault(
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            f"Unable to create/update fields: {definition.name}. Please check the security "
            "settings of this field and verify that it is read/write for your profile or "
            "permission set.",
            (definition.name,),
        )
    return definition


def _checked(definition: FieldDef, value: Any) -> Any:
    kept = wire_value(definition, value)
    if not isinstance(kept, str):
        return kept
    if definition.length and len(kept) > definition.length and definition.type != "reference":
        shown = kept if len(kept) <= 255 else kept[:255] + "..."
        raise RowFault(
            "STRING_TOO_LONG",
            f"{definition.label}: data value too large: {shown} (max length={definition.length})",
            (definition.name,),
        )
    if definition.type in CHOICES and definition.restricted:
        _check_choice(definition, kept)
    if definition.type == "email" and "@" not in kept:
        raise RowFault(
            "INVALID_EMAIL_ADDRESS",
            f"{definition.label}: invalid email address: {kept}",
            (definition.name,),
        )
    return kept


def _check_choice(definition: FieldDef, kept: str) -> None:
    active = {option.value for option in definition.options if option.active}
    chosen = kept.split(";") if definition.type == "multipicklist" else [kept]
    for one in chosen:
        if one not in active:
            raise RowFault(
                "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
                f"{definition.label}: bad value for restricted picklist field: {one}",
                (definition.name,),
            )


def _check_required(target: ObjectDef, values: Mapping[str, Any], creating: bool) -> None:
    missing = [
        definition.name
        for definition in target.fields.values()
        if definition.required
        and values.get(definition.name, definition.default) is None
        and (creating or definition.name in values)
    ]
    if missing:
        raise RowFault(
            "REQUIRED_FIELD_MISSING",
            f"Required fields are missing: [{', '.join(missing)}]",
            tuple(missing),
        )


def _check_reference(schema: Schema, records: Records, definition: FieldDef, id: str) -> None:
    found = records.find(id)
    if found is None:
        _refuse_unknown(schema, definition, id)
        return
    table, row = found
    kind = table.definition
    wrong = definition.reference_to and kind.name not in definition.reference_to
    if wrong or (definition.name == "WhatId" and not kind.activities):
        raise RowFault(
            "FIELD_INTEGRITY_EXCEPTION",
            f"{definition.label}: id value of incorrect type: {id}",
            (definition.name,),
        )
    if row.get("IsDeleted"):
        raise RowFault("ENTITY_IS_DELETED", "entity is deleted", (definition.name,))
    if definition.name == "OwnerId" and kind.name == "User" and not row.get("IsActive"):
        raise RowFault(
            "INACTIVE_OWNER_OR_USER",
            f"operation performed with inactive user [{id}] as owner",
            (definition.name,),
        )


def _refuse_unknown(schema: Schema, definition: FieldDef, id: str) -> None:
    if len(id) != 18 or schema.by_prefix(id[:3]) is None:
        raise RowFault(
            "MALFORMED_ID",
            f"{definition.label}: id value of incorrect type: {id}",
            (definition.name,),
        )
    raise RowFault("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", (definition.name,))
