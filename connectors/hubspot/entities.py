"""What a record's properties say in the vocabulary: accounts, contacts, deals, contracts, tasks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, tzinfo
from typing import Any, Final

from connectors.hubspot.drafts import STATUS_DONE, key_of, property_name
from connectors.hubspot.values import day, flag, number, text
from connectors.stream import Stream
from rules.model import (
    Account,
    Contact,
    Contract,
    Entity,
    Field,
    Kind,
    Money,
    Opportunity,
    Outcome,
    Permission,
    TaskState,
)

TOUCHES: Final = (
    "notes_last_contacted",
    "notes_last_updated",
    "hs_last_sales_activity_timestamp",
)

DEAL_TOUCHES: Final = ("createdate", "hs_v2_date_entered_current_stage")
"""A deal moved to another stage was worked on; not every portal has the second property."""


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


NOTHING: Final = Associated()


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


def entity(
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
        touched_on=_latest(properties, TOUCHES, portal.zone),
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
        touched_on=_latest(properties, (*TOUCHES, *DEAL_TOUCHES), portal.zone),
        stage=stage.label if stage else stage_id,
    )


def _contract(
    id: str, properties: Mapping[str, Any], stream: Stream, portal: Portal, linked: Associated
) -> Contract:
    def named_day(name: str | None) -> date | None:
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
    status = text(properties.get("hs_task_status"))
    closed = (status or "").upper() == STATUS_DONE
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
        status=status,
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


def _latest(properties: Mapping[str, Any], names: Sequence[str], zone: tzinfo) -> date | None:
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
