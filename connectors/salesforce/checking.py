"""`check`: what the rule file and the product need, held against the live org."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from connectors.base import Finding, Stream
from connectors.errors import CrmError
from connectors.salesforce import drafts, soql
from connectors.salesforce import streams as stream_list
from connectors.salesforce.client import Client
from connectors.salesforce.names import FIELD_NAMES
from connectors.salesforce.schema import ObjectSchema, Schemas
from connectors.salesforce.settings import SalesforceSettings
from connectors.salesforce.streams import our_fields
from rules.model import Kind

_OPTIONAL = frozenset({"Contract"})
_CONSENT = ("HasOptedOutOfEmail", "DoNotCall")


def check(
    client: Client, schemas: Schemas, settings: SalesforceSettings, streams: Sequence[Stream]
) -> list[Finding]:
    """`streams` as the rule file watches them. Never raises: a fault is a finding."""
    schemas.forget()
    log_in = _log_in(client)
    if not log_in.ok:
        return [log_in]
    findings = [log_in]
    for stream in stream_list.merged(streams):
        try:
            findings += _type(schemas, stream, settings)
        except CrmError as error:
            findings.append(Finding(stream.type, False, str(error)))
    return findings


def _log_in(client: Client) -> Finding:
    try:
        limits = client.call("GET", "limits/", kind="other")
    except CrmError as error:
        return Finding("log-in", False, str(error))
    daily = limits.get("DailyApiRequests") if isinstance(limits, dict) else None
    if not isinstance(daily, dict):
        return Finding("log-in", True)
    return Finding(
        "log-in", True, f"{daily.get('Remaining')} of {daily.get('Max')} calls of the day are left"
    )


def _type(schemas: Schemas, stream: Stream, settings: SalesforceSettings) -> Iterator[Finding]:
    if not soql.is_name(stream.type):
        yield Finding(stream.type[:60], False, "is not the name of a Salesforce object")
        return
    schema = schemas.get(stream.type)
    if schema is None:
        if stream.type not in _OPTIONAL:
            yield Finding(
                stream.type,
                False,
                "the org has no such object, or this user may not see it: look at the spelling"
                " (custom objects end in __c) and at the user's permission sets",
            )
        return
    missing = stream_list.absent(stream, schema)
    for name in missing:
        yield Finding(
            f"{stream.type}.{name}",
            False,
            "the org has no such field on the object, or hides it from this user",
        )
    if not missing:
        yield Finding(stream.type, True)
    yield from _ours(stream, schema, settings)
    if stream.kind is Kind.CONTACT:
        yield from _consent(schema)


def _ours(stream: Stream, schema: ObjectSchema, settings: SalesforceSettings) -> Iterator[Finding]:
    if stream.kind is Kind.TASK and not drafts.has_key(schema):
        yield Finding(
            "Task.Winback_Key__c",
            False,
            "is missing, hidden, or no external id: tasks are found by their body instead, which"
            " costs more calls. Run `winback provision`",
        )
    for_us = stream.kind in (Kind.TASK, Kind.CONTACT, Kind.ACCOUNT)
    if not for_us and stream.type not in settings.watched_types:
        return
    wanted = our_fields(stream)[:2] if stream.kind is Kind.CONTACT else our_fields(stream)
    absent = [
        FIELD_NAMES[field]
        for field in wanted
        if (found := schema.find(FIELD_NAMES[field])) is None or not found.updateable
    ]
    if absent:
        yield Finding(
            f"{stream.type}: our fields",
            False,
            f"{', '.join(absent)}: missing, or not this user's to edit. Run `winback provision`",
        )


def _consent(contact: ObjectSchema) -> Iterator[Finding]:
    hidden = [name for name in _CONSENT if not contact.find(name)]
    if hidden:
        yield Finding(
            "Contact: consent",
            len(hidden) < len(_CONSENT),
            f"{', '.join(hidden)}: hidden from this user, so an opt-out there cannot be seen."
            " Give read access by field-level security",
        )
