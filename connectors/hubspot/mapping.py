"""A HubSpot record as a Snapshot. Pure: the wire's JSON in, the vocabulary out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any, Final

from connectors.base import Stream
from connectors.hubspot.drafts import STATUS_DONE, key_of, property_name
from connectors.hubspot.paths import COMPANIES, CONTACTS, DEALS, OWNERS, TASKS, last_modified_name
from connectors.hubspot.values import day, flag, instant, number, text, typed
from rules.model import (
    REASON_FIELDS,
    Account,
    Contact,
    Contract,
    Entity,
    Field,
    Kind,
    Money,
    Opportunity,
    Outcome,
    Owner,
    Permission,
    Ref,
    Snapshot,
    TaskState,
)

KINDS: Final = {
    OWNERS: Kind.OWNER,
    COMPANIES: Kind.ACCOUNT,
    CONTACTS: Kind.CONTACT,
    DEALS: Kind.OPPORTUNITY,
    TASKS: Kind.TASK,
}
MERGED_IDS: Final = "hs_merged_object_ids"
_TOUCHES: Final = (
    "notes_last_contacted",
    "notes_last_updated",
    "hs_last_sales_activity_timestamp",
)
_USUAL: Final[Mapping[Kind, tuple[str, ...]]] = {
    Kind.ACCOUNT: ("name", "domain", "country", "state", "type", "createdate", *_TOUCHES),
    Kind.CONTACT: ("firstname", "lastname", "email", "phone", "mobilephone", "hs_email_optout"),
    Kind.OPPORTUNITY: (
        "dealname",
        "amount",
        "deal_currency_code",
        "createdate",
        "closedate",
        "dealstage",
        "pipeline",
        "hs_is_closed",
        "hs_is_closed_won",
        *_TOUCHES,
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


@dataclass(frozen=True, slots=True)
class Stage:
    """A pipeline stage: what it is called, and whether a deal in it is closed, and won."""

    label: str
    closed: bool
    won: bool


DEFAULT_STAGES: Final = {
    # ids of the default pipeline; other pipelines use numbers
    "closedwon": Stage("closedwon", closed=True, won=True),
    "closedlost": Stage("closedlost", closed=True, won=False),
}


@dataclass(frozen=True, slots=True)
class Portal:
    """What the mapping has to know of the portal: its clock's zone, its stages, its types."""

    zone: tzinfo = UTC
    stages: Mapping[str, Stage] = field(default_factory=dict)
    # the properties that exist on the stream's type -> HubSpot's word for their type
    types: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Associated:
    """What a record is associated with, the primary one where there are several."""

    account_id: str | None = None
    contact_id: str | None = None


def our_fields(kind: Kind) -> tuple[Field, ...]:
    """Which of our own fields may stand on records of a kind."""
    if kind is Kind.TASK:
        return (Field.KEY, Field.OUTCOME)
    if kind is Kind.CONTACT:
        return (*REASON_FIELDS, Field.PERMISSION, Field.PERMISSION_UNTIL)
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
    row: Mapping[str, Any], stream: Stream, portal: Portal, linked: Associated = Associated()
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
        entity=_entity(record_id, properties, stream, portal, linked),
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


def stages(pipelines: Sequence[Mapping[str, Any]]) -> dict[str, Stage]:
    """Stage id -> what it means. Metadata values are strings: `{"isClosed": "true",
    "probability": "0.0"}`; closed with probability 0 is lost, with 1 won. Only `probability`
    is in HubSpot's specification, so 0 or 1 alone closes a stage too."""
    found = dict(DEFAULT_STAGES)
    for pipeline in pipelines:
        for stage in pipeline.get("stages") or ():
            metadata = stage.get("metadata") or {}
            chance = number(metadata.get("probability"))
            closed = flag(metadata.get("isClosed"))
            if closed is None:
                closed = chance is not None and chance in (0, 1)
            stage_id = str(stage.get("id", ""))
            label = text(stage.get("label")) or stage_id
            found[stage_id] = Stage(label, closed, won=closed and chance == 1)
    return found


def _properties(row: Mapping[str, Any]) -> Mapping[str, Any]:
    found = row.get("properties")
    return found if isinstance(found, Mapping) else {}


def _named(properties: Mapping[str, Any], name: str | None) -> str | None:
    return text(properties.get(name)) if name else None


def _entity(
    id: str, properties: Mapping[str, Any], stream: Stream, portal: Portal, linked: Associated
) -> Entity | None:
    make = _ENTITIES.get(stream.kind)
    return make(id, properties, stream, portal, linked) if make else None


def _account(
    id: str, properties: Mapping[str, Any], _: Stream, portal: Portal, __: Associated
) -> Account:
    return Account(
        id=id,
        name=text(properties.get("name")) or text(properties.get("domain")) or "",
        owner_id=text(properties.get("hubspot_owner_id")),
        created_on=day(properties.get("createdate"), portal.zone),
        touched_on=_latest(properties, _TOUCHES, portal.zone),
        domain=text(properties.get("domain")),
        country=text(properties.get("country")),
        region=text(properties.get("state")),
        type=text(properties.get("type")),
    )


def _contact(
    id: str, properties: Mapping[str, Any], _: Stream, portal: Portal, linked: Associated
) -> Contact:
    names = (text(properties.get("firstname")), text(properties.get("lastname")))
    email = text(properties.get("email")) or ""
    return Contact(
        id=id,
        name=" ".join(name for name in names if name) or email,
        account_id=linked.account_id,
        email=email,
        phone=text(properties.get("phone")) or text(properties.get("mobilephone")) or "",
        opted_out=_opted_out(properties, portal),
        permission=_permission(properties),
        permission_until=day(properties.get(property_name(Field.PERMISSION_UNTIL)), portal.zone),
        owner_id=text(properties.get("hubspot_owner_id")),
    )


def _opted_out(properties: Mapping[str, Any], portal: Portal) -> bool | None:
    """HubSpot sets `hs_email_optout` when somebody unsubscribes and leaves it empty before, so
    an empty one says "no"; a portal that does not show the property says nothing at all."""
    if "hs_email_optout" not in portal.types:
        return None
    return flag(properties.get("hs_email_optout")) is True


def _permission(properties: Mapping[str, Any]) -> Permission:
    written = (text(properties.get(property_name(Field.PERMISSION))) or "").strip().lower()
    try:
        return Permission(written)
    except ValueError:
        return Permission.UNKNOWN


def _opportunity(
    id: str, properties: Mapping[str, Any], _: Stream, portal: Portal, linked: Associated
) -> Opportunity:
    stage_id = text(properties.get("dealstage"))
    stage = portal.stages.get(stage_id or "") or DEFAULT_STAGES.get(stage_id or "")
    closed, won = flag(properties.get("hs_is_closed")), flag(properties.get("hs_is_closed_won"))
    if closed is None:
        closed = won or (stage.closed if stage else False)
    if won is None:
        won = closed and (stage.won if stage else False)
    return Opportunity(
        id=id,
        name=text(properties.get("dealname")) or "",
        account_id=linked.account_id,
        contact_id=linked.contact_id,
        owner_id=text(properties.get("hubspot_owner_id")),
        amount=_money(properties.get("amount"), properties.get("deal_currency_code")),
        created_on=day(properties.get("createdate"), portal.zone),
        closed_on=day(properties.get("closedate"), portal.zone),
        closed=closed,
        won=won,
        touched_on=_latest(properties, (*_TOUCHES, "createdate"), portal.zone),
        stage=stage.label if stage else stage_id,
    )


def _contract(
    id: str, properties: Mapping[str, Any], stream: Stream, portal: Portal, linked: Associated
) -> Contract:
    def named_day(name: str | None) -> Any:
        return day(properties.get(name), portal.zone) if name else None

    return Contract(
        id=id,
        account_id=linked.account_id,
        starts_on=named_day(stream.starts_on_field),
        ends_on=named_day(stream.ends_on_field),
        value=_money(properties.get(stream.value_field), None) if stream.value_field else None,
    )


def _task(
    id: str, properties: Mapping[str, Any], _: Stream, portal: Portal, __: Associated
) -> TaskState:
    """A status that we do not know (WAITING, DEFERRED ...) is not closed."""
    closed = (text(properties.get("hs_task_status")) or "").upper() == STATUS_DONE
    completed_on = day(properties.get("hs_task_completion_date"), portal.zone)
    return TaskState(
        id=id,
        key=key_of(properties),
        closed=closed,
        owner_id=text(properties.get("hubspot_owner_id")),
        due_on=day(properties.get("hs_timestamp"), portal.zone),
        subject=text(properties.get("hs_task_subject")) or "",
        outcome=_outcome(properties),
        completed_on=completed_on if closed else None,
    )


def _outcome(properties: Mapping[str, Any]) -> Outcome | None:
    written = text(properties.get(property_name(Field.OUTCOME))) or ""
    try:
        return Outcome(written.strip().lower().replace("_", " "))
    except ValueError:
        return None


def _money(amount: Any, currency: Any) -> Money | None:
    read = number(amount)
    return None if read is None else Money(read, text(currency))


def _latest(properties: Mapping[str, Any], names: Sequence[str], zone: tzinfo) -> Any:
    found = [at for name in names if (at := day(properties.get(name), zone)) is not None]
    return max(found, default=None)


_ENTITIES: Final[
    Mapping[Kind, Callable[[str, Mapping[str, Any], Stream, Portal, Associated], Entity]]
] = {
    Kind.ACCOUNT: _account,
    Kind.CONTACT: _contact,
    Kind.OPPORTUNITY: _opportunity,
    Kind.CONTRACT: _contract,
    Kind.TASK: _task,
}
