"""A HubSpot record as a Snapshot. Pure: the wire's JSON in, the vocabulary out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from connectors.hubspot.drafts import property_name
from connectors.hubspot.entities import DEAL_TOUCHES, NOTHING, TOUCHES, Associated, Portal, entity
from connectors.hubspot.paths import COMPANIES, CONTACTS, DEALS, OWNERS, TASKS, last_modified_name
from connectors.hubspot.values import instant, text, typed
from connectors.stream import Stream
from rules.model import (
    INTERVIEW_FIELDS,
    REASON_FIELDS,
    Field,
    Kind,
    Owner,
    Ref,
    Snapshot,
)

KINDS: Final = {
    OWNERS: Kind.OWNER,
    COMPANIES: Kind.ACCOUNT,
    CONTACTS: Kind.CONTACT,
    DEALS: Kind.OPPORTUNITY,
    TASKS: Kind.TASK,
}
MERGED_IDS: Final = "hs_merged_object_ids"
_USUAL: Final[Mapping[Kind, tuple[str, ...]]] = {
    Kind.ACCOUNT: ("name", "domain", "country", "state", "type", "createdate", *TOUCHES),
    Kind.CONTACT: ("firstname", "lastname", "email", "phone", "mobilephone", "hs_email_optout"),
    Kind.OPPORTUNITY: (
        "dealname",
        "amount",
        "deal_currency_code",
        "closedate",
        "dealstage",
        "pipeline",
        "hs_is_closed",
        "hs_is_closed_won",
        *TOUCHES,
        *DEAL_TOUCHES,
    ),
    Kind.TASK: (
        "hs_task_subject",
        "hs_task_body",
        "hs_task_status",
        "hs_task_completion_date",
        "hs_timestamp",
    ),
    Kind.CONTRACT: (),
    Kind.RECORD: (),
}


def our_fields(kind: Kind) -> tuple[Field, ...]:
    """Which of our own fields may stand on records of a kind."""
    if kind is Kind.TASK:
        return (Field.KEY, Field.OUTCOME)
    if kind is Kind.CONTACT:
        return (*REASON_FIELDS, Field.PERMISSION, Field.PERMISSION_UNTIL)
    if kind is Kind.ACCOUNT:
        return (*REASON_FIELDS, *INTERVIEW_FIELDS)
    return REASON_FIELDS


def wanted_properties(stream: Stream, existing: Mapping[str, str]) -> tuple[str, ...]:
    """The properties to ask for, without those that the portal does not have."""
    named = (
        stream.account_field,
        stream.contact_field,
        stream.starts_on_field,
        stream.ends_on_field,
        stream.value_field,
    )
    wanted = (
        "hs_object_id",
        last_modified_name(stream.type),
        "hubspot_owner_id",
        MERGED_IDS,
        *_USUAL.get(stream.kind, ()),
        *(property_name(field) for field in our_fields(stream.kind)),
        *(name for name in named if name),
        *stream.fields,
    )
    return tuple(dict.fromkeys(name for name in wanted if name in existing))


def snapshot(
    row: Mapping[str, Any], stream: Stream, portal: Portal, linked: Associated = NOTHING
) -> Snapshot:
    """One row of a search, list or batch read."""
    properties = _properties(row)
    account_id = _named(properties, stream.account_field) or linked.account_id
    contact_id = _named(properties, stream.contact_field) or linked.contact_id
    record_id = str(row.get("id") or properties.get("hs_object_id") or "")
    if stream.kind is Kind.ACCOUNT:
        account_id = record_id
    linked = Associated(account_id, contact_id)
    return Snapshot(
        ref=Ref(stream.type, record_id),
        kind=stream.kind,
        entity=entity(record_id, properties, stream, portal, linked),
        fields={
            name: typed(properties.get(name), portal.types[name], portal.zone)
            for name in stream.fields
            if name in portal.types
        },
        ours={
            ours: text(properties.get(property_name(ours)))
            for ours in our_fields(stream.kind)
            if property_name(ours) in portal.types
        },
        account_id=account_id,
        contact_id=contact_id,
        owner_id=text(properties.get("hubspot_owner_id")),
        modified_at=modified_at(row, stream.type),
        deleted=row.get("archived") is True,
    )


def modified_at(row: Mapping[str, Any], type: str) -> datetime | None:
    return instant(_properties(row).get(last_modified_name(type))) or instant(row.get("updatedAt"))


def merged_ids(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Ids that live on in this record: `;`-joined text, sometimes a bare integer."""
    written = text(_properties(row).get(MERGED_IDS)) or ""
    return tuple(part.strip() for part in written.split(";") if part.strip())


def merged_snapshots(stream: Stream, rows: Iterable[Mapping[str, Any]]) -> list[Snapshot]:
    """What search never shows: the ids that were merged into these records."""
    return [
        merged_snapshot(stream, old, str(row.get("id")))
        for row in rows
        for old in merged_ids(row)
        if old != str(row.get("id"))
    ]


def merged_snapshot(stream: Stream, old_id: str, survivor: str) -> Snapshot:
    return Snapshot(ref=Ref(stream.type, old_id), kind=stream.kind, merged_into=survivor)


def owner_snapshot(row: Mapping[str, Any]) -> Snapshot:
    """An owner, whose `id` (not `userId`) is what records and tasks are assigned with.

    HubSpot has no manager and shows no time zone; a queue (type QUEUE) is an owner too.
    """
    names = (text(row.get("firstName")), text(row.get("lastName")))
    email = text(row.get("email")) or ""
    owner = Owner(
        id=str(row.get("id", "")),
        name=" ".join(name for name in names if name) or email,
        email=email,
        active=row.get("archived") is not True,
        teams=tuple(str(team["name"]) for team in row.get("teams") or () if team.get("name")),
    )
    return Snapshot(
        ref=Ref(OWNERS, owner.id),
        kind=Kind.OWNER,
        entity=owner,
        modified_at=instant(row.get("updatedAt")),
    )


def primary(targets: Sequence[Mapping[str, Any]], primary_types: frozenset[int]) -> str | None:
    """The primary one of a record's associations, else the first named.

    v4 and dated paths: `toObjectId` and `associationTypes[].typeId`, numbers; v3: `id` texts.
    """
    for target in targets:
        types = target.get("associationTypes") or ()
        if any(str(kind.get("typeId")) in map(str, primary_types) for kind in types):
            return target_id(target)
    return target_id(targets[0]) if targets else None


def target_id(target: Mapping[str, Any]) -> str | None:
    return text(target.get("toObjectId", target.get("id")))


def _properties(row: Mapping[str, Any]) -> Mapping[str, Any]:
    found = row.get("properties")
    return found if isinstance(found, Mapping) else {}


def _named(properties: Mapping[str, Any], name: str | None) -> str | None:
    return text(properties.get(name)) if name else None
