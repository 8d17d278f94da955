"""A field as the Metadata and Tooling APIs word it, and back."""

from __future__ import annotations

from typing import Any

from connectors.sandbox.salesforce.faults import CallFault
from connectors.sandbox.salesforce.fields import FieldDef, Option

_TYPES = {
    "Text": "string",
    "TextArea": "textarea",
    "LongTextArea": "textarea",
    "Picklist": "picklist",
    "MultiselectPicklist": "multipicklist",
    "Date": "date",
    "DateTime": "datetime",
    "Checkbox": "boolean",
    "Number": "double",
    "Currency": "currency",
    "Percent": "percent",
    "Email": "email",
    "Phone": "phone",
    "Url": "url",
    "Lookup": "reference",
}
_REQUIRED = {
    "Text": ("length",),
    "LongTextArea": ("length", "visibleLines"),
    "Picklist": ("valueSet",),
    "MultiselectPicklist": ("valueSet", "visibleLines"),
    "Number": ("precision", "scale"),
    "Currency": ("precision", "scale"),
    "Percent": ("precision", "scale"),
    "Checkbox": ("defaultValue",),
    "Lookup": ("referenceTo",),
}
_LENGTHS = {"TextArea": 255, "Email": 80, "Phone": 40, "Url": 255, "Lookup": 18, "Picklist": 255}


def field_from(name: str, metadata: dict[str, Any]) -> FieldDef:
    """The field that the metadata describes. Raises CallFault where something is missing."""
    word = metadata.get("type")
    if word not in _TYPES:
        raise CallFault(400, "INVALID_TYPE", f"{name}: no field type {word}")
    for needed in ("label", *_REQUIRED.get(word, ())):
        if metadata.get(needed) is None:
            message = f"Must specify '{needed}' for a CustomField of type {word}"
            raise CallFault(400, "FIELD_INTEGRITY_EXCEPTION", message, (needed,))
    made = FieldDef(name, _TYPES[word], label=metadata["label"])
    made.length = metadata.get("length") or _LENGTHS.get(word, 0)
    made.required = bool(metadata.get("required"))
    made.external_id = bool(metadata.get("externalId"))
    made.unique = bool(metadata.get("unique"))
    made.case_sensitive = bool(metadata.get("caseSensitive"))
    made.precision = metadata.get("precision") or 18
    made.scale = metadata.get("scale") or 0
    made.needs_grant = not made.required
    if word == "Text" and made.length > 255:
        raise CallFault(400, "FIELD_INTEGRITY_EXCEPTION", "Text is at most 255 long", ("length",))
    if word == "Lookup":
        made.reference_to = (metadata["referenceTo"],)
        made.relationship = name.removesuffix("__c") + "__r"
        made.children = (metadata.get("relationshipName") or made.relationship) + "__r"
    if "valueSet" in metadata and metadata["valueSet"] is not None:
        _read_values(made, metadata["valueSet"])
    return made


def metadata_of(definition: FieldDef) -> dict[str, Any]:
    long = definition.type == "textarea" and definition.length > 255
    words = {type: word for word, type in reversed(_TYPES.items())}
    metadata: dict[str, Any] = {
        "type": "LongTextArea" if long else words.get(definition.type, "Text"),
        "label": definition.label,
        "length": definition.length or None,
        "required": definition.required,
        "externalId": definition.external_id,
        "unique": definition.unique,
        "caseSensitive": definition.case_sensitive,
        "valueSet": None,
    }
    if long:
        metadata["visibleLines"] = 3
    if definition.type == "boolean":
        metadata["defaultValue"] = "false"
    if definition.options:
        metadata["valueSet"] = {
            "restricted": definition.restricted,
            "valueSetDefinition": {
                "sorted": False,
                "value": [_value_of(option) for option in definition.options],
            },
        }
    return metadata


def _value_of(option: Option) -> dict[str, Any]:
    return {
        "valueName": option.value,
        "label": option.label,
        "default": option.default,
        "isActive": option.active,
    }


def _read_values(made: FieldDef, value_set: Any) -> None:
    definition = value_set.get("valueSetDefinition") if isinstance(value_set, dict) else None
    values = definition.get("value") if isinstance(definition, dict) else None
    if not isinstance(values, list) or not values:
        message = "valueSet must hold valueSetDefinition.value, a list of values"
        raise CallFault(400, "FIELD_INTEGRITY_EXCEPTION", message, ("valueSet",))
    made.restricted = bool(value_set.get("restricted"))
    made.options = []
    for one in values:
        # Metadata calls it fullName, Tooling answers with valueName: both are taken.
        name = one.get("fullName") or one.get("valueName") or one.get("label")
        option = Option(
            name,
            one.get("label") or name,
            active=one.get("isActive") is not False,
            default=bool(one.get("default")),
        )
        made.options.append(option)
    made.default = next((option.value for option in made.options if option.default), None)
