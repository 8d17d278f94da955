"""Which record types are polled, in which order, and which fields of each are read. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from connectors.salesforce.names import (
    FIELD_NAMES,
    KEY_FIELD,
    KIND_FIELDS,
    OUR_FIELDS_ON_CONTACT,
    OUR_FIELDS_ON_TASK,
    POLL_ORDER,
    STAMPS,
    STANDARD_TYPES,
)
from connectors.salesforce.schema import ObjectSchema
from connectors.stream import Stream
from rules.model import INTERVIEW_FIELDS, REASON_FIELDS, Field, Kind


def merged(watched: Sequence[Stream]) -> list[Stream]:
    """The watched types and those that the product always needs, each once, in poll order.

    A standard type keeps its own kind: a watched Opportunity stays an opportunity. Owners come
    first and tasks last, so that a record's account and owner are known when it comes.
    """
    streams = {name.lower(): Stream(name, kind) for name, kind in STANDARD_TYPES.items()}
    for stream in watched:
        name = stream.type.lower()
        streams[name] = _join(streams[name], stream) if name in streams else stream
    return sorted(streams.values(), key=lambda stream: POLL_ORDER.index(stream.kind))


def _join(one: Stream, other: Stream) -> Stream:
    # Watched, and named as a contract as well: what runs says more than that it is watched.
    return Stream(
        one.type,
        other.kind if one.kind is Kind.RECORD else one.kind,
        tuple(dict.fromkeys((*one.fields, *other.fields))),
        one.account_field or other.account_field,
        one.contact_field or other.contact_field,
        one.starts_on_field or other.starts_on_field,
        one.ends_on_field or other.ends_on_field,
        one.value_field or other.value_field,
    )


def located(stream: Stream, schema: ObjectSchema) -> Stream:
    """The stream with its account's and contact's fields found where the rule file names none.

    The usual place is `AccountId`; a custom type has the one lookup that leads to accounts.
    """
    if stream.kind in (Kind.ACCOUNT, Kind.OWNER):
        return stream
    return replace(
        stream,
        account_field=stream.account_field or _usual(schema, "Account"),
        contact_field=stream.contact_field or _usual(schema, "Contact"),
    )


def _usual(schema: ObjectSchema, type: str) -> str | None:
    for name in (f"{type}Id", f"{type}__c"):
        if schema.find(name):
            return schema.canonical(name)
    return schema.lookup_to(type)


def our_fields(stream: Stream) -> tuple[Field, ...]:
    """Those of our own fields that have a meaning on this kind of record."""
    if stream.kind is Kind.TASK:
        return OUR_FIELDS_ON_TASK
    if stream.kind is Kind.OWNER:
        return ()
    if stream.kind is Kind.CONTACT:
        return (*OUR_FIELDS_ON_CONTACT, *REASON_FIELDS)
    if stream.kind is Kind.ACCOUNT:
        return (*REASON_FIELDS, *INTERVIEW_FIELDS)
    return REASON_FIELDS


def fields_to_read(stream: Stream, schema: ObjectSchema) -> tuple[str, ...]:
    """Names of the fields to ask for, only such as exist. `stream` has been `located`."""
    wanted = [*KIND_FIELDS[stream.kind], *_named(stream)]
    wanted += [FIELD_NAMES[field] for field in our_fields(stream)]
    if stream.kind is Kind.TASK and not schema.find(KEY_FIELD):
        wanted.append("Description")  # then the key stands in the body alone
    found = (schema.find(name) for name in wanted)
    # Compound fields (an address) cannot be read together with others by every call.
    names = [one.name for one in found if one and one.type not in ("address", "location")]
    return tuple(dict.fromkeys(names))


def absent(stream: Stream, schema: ObjectSchema) -> list[str]:
    """Fields that the rule file names and the org does not have or show."""
    return [name for name in dict.fromkeys(_named(stream)) if not schema.find(name)]


def stamp_field(schema: ObjectSchema) -> str:
    return next((name for name in STAMPS if schema.find(name)), STAMPS[0])


def _named(stream: Stream) -> list[str]:
    places = (
        stream.account_field,
        stream.contact_field,
        stream.starts_on_field,
        stream.ends_on_field,
        stream.value_field,
    )
    return [*stream.fields, *(place for place in places if place)]
