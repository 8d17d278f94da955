"""What an org says of its objects and fields: only what the running user may see."""

from __future__ import annotations

from typing import Any

from connectors.sandbox.salesforce.call import Call
from connectors.sandbox.salesforce.fields import NUMBERS, FieldDef
from connectors.sandbox.salesforce.schema import ObjectDef
from connectors.sandbox.wire import Response

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
    fields = [_field(one, schema.editable(owner, one)) for one in schema.visible_fields(owner)]
    children = [
        {
            "childSObject": child.name,
            "field": reference.name,
            "relationshipName": reference.children,
            "cascadeDelete": reference.cascade,
        }
        for child, reference in schema.children(owner)
    ]
    more = {"fields": fields, "childRelationships": children, "recordTypeInfos": []}
    return Response(200, {**_summary(owner, call.version), **more})


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
        "undeletable": True,
        "queryable": True,
        "retrieveable": True,
        "searchable": True,
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


def _field(definition: FieldDef, editable: bool) -> dict[str, Any]:
    kind = definition.type
    sized = kind not in NUMBERS and kind not in ("date", "datetime", "boolean")
    return {
        "name": definition.name,
        "label": definition.label,
        "type": kind,
        "soapType": _SOAP_TYPES.get(kind, "xsd:string"),
        "length": definition.length if sized else 0,
        "byteLength": definition.length * 3 if sized else 0,
        "precision": definition.precision if kind in NUMBERS else 0,
        "scale": definition.scale if kind in NUMBERS - {"int"} else 0,
        "custom": definition.custom,
        "createable": definition.createable and editable,
        "updateable": definition.updateable and editable,
        "nillable": not definition.required and kind not in ("boolean", "id"),
        "defaultedOnCreate": definition.default is not None or kind == "boolean",
        "defaultValue": definition.default,
        "calculated": False,
        "filterable": definition.filterable,
        "sortable": definition.filterable,
        "groupable": definition.filterable and kind not in NUMBERS,
        "externalId": definition.external_id,
        "idLookup": definition.external_id or kind == "id",
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
        "referenceTo": list(definition.reference_to),
        "relationshipName": definition.relationship,
        "namePointing": kind == "reference" and len(definition.reference_to) != 1,
        "nameField": definition.name == "Name",
        "permissionable": definition.needs_grant,
    }
