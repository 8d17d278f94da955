"""`check`: what the rule file and the product need, held against the live org."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from connectors.errors import CrmError
from connectors.examination import Allowance, Area, Finding
from connectors.salesforce import drafts, soql
from connectors.salesforce import streams as stream_list
from connectors.salesforce.client import Client
from connectors.salesforce.hidden import hidden
from connectors.salesforce.interview import INTERVIEW
from connectors.salesforce.names import FIELD_NAMES
from connectors.salesforce.schema import ObjectSchema, Schemas
from connectors.salesforce.settings import SalesforceSettings
from connectors.salesforce.streams import our_fields
from connectors.stream import Stream
from rules.model import INTERVIEW_FIELDS, Kind

_OPTIONAL = frozenset({"Contract"})
_CONSENT = ("HasOptedOutOfEmail", "DoNotCall")


def check(
    client: Client, schemas: Schemas, settings: SalesforceSettings, streams: Sequence[Stream]
) -> list[Finding]:
    """`streams` as the rule file watches them. Never raises: a fault is a finding."""
    schemas.forget()
    try:
        left = allowance(client)
    except CrmError as error:
        return [Finding("log-in", False, str(error), Area.LOG_IN)]
    told = f"{left.left:,} of {left.of:,} calls of the day are left" if left else ""
    log_in = Finding("log-in", True, told, Area.LOG_IN)
    return [log_in, *of_types(client, schemas, settings, streams)]


def allowance(client: Client) -> Allowance | None:
    """The org's calls of the day, which also shows whether the log-in works. None where the org
    does not say."""
    limits = client.call("GET", "limits/", kind="other")
    daily = limits.get("DailyApiRequests") if isinstance(limits, dict) else None
    left, of = (daily.get("Remaining"), daily.get("Max")) if isinstance(daily, dict) else (0, 0)
    return Allowance(left, of) if isinstance(left, int) and isinstance(of, int) and of else None


def of_types(
    client: Client, schemas: Schemas, settings: SalesforceSettings, streams: Sequence[Stream]
) -> list[Finding]:
    """What is there of record types and fields. Never raises."""
    findings: list[Finding] = []
    for stream in stream_list.merged(streams):
        try:
            findings += _type(client, schemas, stream, settings)
        except CrmError as error:
            findings.append(Finding(stream.type, False, str(error)))
    return findings


def _type(
    client: Client, schemas: Schemas, stream: Stream, settings: SalesforceSettings
) -> Iterator[Finding]:
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
    there = hidden(client, schema.type, missing) if missing else set()
    for name in missing:
        sentence = _HIDDEN if name in there else _ABSENT
        yield Finding(f"{stream.type}.{name}", False, sentence, Area.FIELDS)
    if not missing:
        yield Finding(stream.type, True)
    yield from _ours(stream, schema, settings)
    if stream.kind is Kind.CONTACT:
        yield from _consent(schema)


_ABSENT = (
    "the org has no such field on the object, or hides it from this user: correct the name in the"
    " rule file, or give the user read access"
)
_HIDDEN = "field-level security hides it from this user: give read access to it"


def _ours(stream: Stream, schema: ObjectSchema, settings: SalesforceSettings) -> Iterator[Finding]:
    if stream.kind is Kind.TASK and not drafts.has_key(schema):
        yield Finding(
            "Task.Winback_Key__c",
            False,
            "is missing, hidden, or no external id: tasks are found by their body instead, which"
            " costs more calls. Run `winback provision`",
            Area.FIELDS,
        )
    for_us = stream.kind in (Kind.TASK, Kind.CONTACT, Kind.ACCOUNT)
    if not for_us and stream.type not in settings.watched_types:
        return
    wanted = [field for field in our_fields(stream) if field not in INTERVIEW_FIELDS]
    if stream.kind is Kind.CONTACT:
        wanted = wanted[:2]
    absent = [
        FIELD_NAMES[field]
        for field in wanted
        if (found := schema.find(FIELD_NAMES[field])) is None or not found.updateable
    ]
    which = "all of them" if len(absent) == len(wanted) else ", ".join(absent)
    told = f"{which} missing, or not this user's to edit: run `winback provision`"
    yield Finding(f"{stream.type}: our fields", not absent, told if absent else "", Area.FIELDS)


def interview(account: ObjectSchema) -> Finding:
    """Reps fill it in, so that reading is enough for us."""
    absent = [asked.name for asked in INTERVIEW if not account.find(asked.name)]
    if not absent:
        return Finding("Account: exit interview", True, area=Area.FIELDS)
    which = "all of it" if len(absent) == len(INTERVIEW) else ", ".join(absent)
    sentence = f"{which} missing or hidden: run `winback provision`"
    return Finding("Account: exit interview", False, sentence, Area.FIELDS)


def _consent(contact: ObjectSchema) -> Iterator[Finding]:
    hidden = [name for name in _CONSENT if not contact.find(name)]
    if hidden:
        yield Finding(
            "Contact: consent",
            len(hidden) < len(_CONSENT),
            f"{', '.join(hidden)}: hidden from this user, so an opt-out there cannot be seen."
            " Give read access by field-level security",
            Area.FIELDS,
        )
