"""What an org says of its objects and fields: only what the running user may see."""

from __future__ import annotations

from typing import Any

from connectors.sandbox.salesforce.call import Call
from connectors.sandbox.salesforce.fields import NUMBERS, FieldDef
from connectors.sandbox.salesforce.schema import ObjectDef, Schema
from connectors.sandbox.wire import Response

_ACTIVITIES = ("Task", "Event")
_IDS = ("id", "reference")
_UNGROUPED = NUMBERS - {"int"} | {"datetime", "combobox"}
_SOAP_TYPES = {
    "id": "tns:ID",
    "reference": "tns:ID",
    "boolean": "xsd:boolean",
    "date": "xsd:date",
    "datetime": "xsd:dateTime",
    "int": "xsd:int",
    **dict.fromkeys(NUMBERS - {"int"}, "xsd:double"),
}


def describe_all(call: Call) -> Response:
    objects = [_summary(owner, call.version) for owner in call.org.schema]
    return Response(200, {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": objects})


def basic(call: Call) -> Response:
    owner = call.object(call.parts[0])
    summary = _summary(owner, call.version)
    return Response(200, {"objectDescribe": summary, "recentItems": []})


def describe(call: Call) -> Response:
    owner = call.object(call.parts[0])
    schema = call.org.schema
    fields = [_field(schema, owner, one) for one in schema.visible_fields(owner)]
    children: list[dict[str, Any]] = [
        {
            "childSObject": child.name,
            "field": reference.name,
            "relationshipName": reference.children,
            "cascadeDelete": reference.cascade,
            "deprecatedAndHidden": False,
            "junctionIdListNames": [],
            "junctionReferenceTo": [],
        }
        for child, reference in schema.children(owner)
        if reference.name != "MasterRecordId"
    ]
    summary = _summary(owner, call.version)
    typed = owner.activities or owner.name in _ACTIVITIES
    types = [_master_record_type(summary["urls"]["describe"])] if typed else []
    more = {"fields": fields, "childRelationships": children, "recordTypeInfos": types}
    return Response(200, {**summary, **more})


def _master_record_type(describe: str) -> dict[str, Any]:
    """What records have where an org made no record types."""
    id = "012000000000000AAA"
    return {
        "name": "Master",
        "developerName": "Master",
        "recordTypeId": id,
        "active": True,
        "available": True,
        "defaultRecordTypeMapping": True,
        "master": True,
        "urls": {"layout": f"{describe}/layouts/{id}"},
    }


def _summary(owner: ObjectDef, version: str) -> dict[str, Any]:
    base = f"/services/data/{version}/sobjects/{owner.name}"
    return {
        "name": owner.name,
        "label": owner.label,
        "labelPlural": owner.plural,
        "keyPrefix": owner.prefix,
        "custom": owner.custom,
        "createable": True,
        "updateable": True,
        "deletable": True,
        "queryable": True,
        "retrieveable": True,
        "replicateable": True,
        "mergeable": owner.mergeable,
        "layoutable": True,
        "triggerable": True,
        "deprecatedAndHidden": False,
        "urls": {
            "sobject": base,
            "describe": f"{base}/describe",
            "rowTemplate": f"{base}/{{ID}}",
        },
    }


def _field(schema: Schema, owner: ObjectDef, definition: FieldDef) -> dict[str, Any]:
    kind = definition.type
    editable = schema.editable(owner, definition)
    targets = schema.targets(definition)
    sized = kind not in NUMBERS and kind not in ("date", "datetime", "boolean")
    return {
        "name": definition.name,
        "label": definition.label,
        "type": kind,
        "soapType": _SOAP_TYPES.get(kind, "xsd:string"),
        "length": definition.length if sized else 0,
        "byteLength": definition.length * (1 if kind in _IDS else 3) if sized else 0,
        "precision": definition.precision if kind in NUMBERS - {"int"} else 0,
        "scale": definition.scale if kind in NUMBERS - {"int"} else 0,
        "custom": definition.custom,
        "createable": definition.createable and editable,
        "updateable": definition.updateable and editable,
        "nillable": definition.nillable,
        "defaultedOnCreate": definition.defaulted,
        "defaultValue": _default(definition),
        "calculated": False,
        "filterable": definition.filterable,
        "sortable": definition.filterable,
        "groupable": definition.filterable and kind not in _UNGROUPED,
        "externalId": definition.external_id,
        "idLookup": definition.external_id or definition.id_lookup or kind == "id",
        "unique": definition.unique,
        "caseSensitive": definition.case_sensitive,
        "restrictedPicklist": definition.restricted,
        "dependentPicklist": False,
        "picklistValues": [
            {
                "value": option.value,
                "label": option.label or option.value,
                "active": option.active,
                "defaultValue": option.default,
                "validFor": None,
            }
            for option in definition.options
        ],
        "referenceTo": targets,
        "relationshipName": definition.relationship,
        "namePointing": len(targets) > 1,
        "nameField": definition.name == ("Subject" if owner.name in _ACTIVITIES else "Name"),
    }


def _default(definition: FieldDef) -> Any:
    if definition.type == "boolean":
        return bool(definition.default)
    return definition.default
