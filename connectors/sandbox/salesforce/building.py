"""Short ways to write down an object and its fields."""

from __future__ import annotations

from dataclasses import replace

from connectors.sandbox.salesforce.fields import FieldDef, Option
from connectors.sandbox.salesforce.schema import ObjectDef


def text(name: str, length: int = 255, required: bool = False) -> FieldDef:
    return FieldDef(name, "string", length=length, required=required)


def area(name: str, length: int = 32000) -> FieldDef:
    return FieldDef(name, "textarea", length=length)


def choice(
    name: str,
    *values: str,
    default: str | None = None,
    restricted: bool = False,
    length: int = 255,
) -> FieldDef:
    options = [Option(value, value, default=value == default) for value in values]
    return FieldDef(
        name, "picklist", options=options, default=default, restricted=restricted, length=length
    )


def plain(name: str, type: str, required: bool = False) -> FieldDef:
    return FieldDef(name, type, required=required, length=0)


def flag(name: str, default: bool = False) -> FieldDef:
    return FieldDef(name, "boolean", default=default, length=0)


def lookup(
    name: str,
    *targets: str,
    children: str | None = None,
    required: bool = False,
    cascade: bool = False,
) -> FieldDef:
    return FieldDef(
        name,
        "reference",
        length=18,
        reference_to=targets,
        relationship=name.removesuffix("Id"),
        children=children,
        required=required,
        cascade=cascade,
    )


def made_once(definition: FieldDef) -> FieldDef:
    """A field that can be given when the record is made, and never changed."""
    return replace(definition, updateable=False)


def filled(definition: FieldDef) -> FieldDef:
    """A field that Salesforce never leaves empty."""
    return replace(definition, filled=True)


def derived(definition: FieldDef) -> FieldDef:
    """A field that Salesforce fills by itself."""
    return replace(definition, createable=False, updateable=False, calculated=True)


def made_object(
    name: str,
    prefix: str,
    fields: list[FieldDef],
    label: str = "",
    plural: str = "",
    activities: bool = False,
    mergeable: bool = False,
) -> ObjectDef:
    made = ObjectDef(name, prefix, label, plural, activities=activities, mergeable=mergeable)
    for definition in fields:
        made.add(definition)
    return made
