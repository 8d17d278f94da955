"""A Salesforce record as JSON, and its describe, turned into a `Snapshot`. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from connectors.salesforce.names import FIELD_NAMES, KEY_FIELD, MARKER, STAMPS
from connectors.salesforce.schema import ObjectSchema
from connectors.salesforce.streams import fields_to_read, located, our_fields
from connectors.salesforce.values import day, typed
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
    Owner,
    Permission,
    Ref,
    Snapshot,
    TaskState,
    Value,
)

Fields = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Columns:
    """One stream's reading list, worked out once and used for every row of it.

    `names` are the fields to ask for, with their types; `spellings` the rule file's own names
    for some of them; `ours` our own fields that exist on this type. `unsaid` are those that a
    snapshot leaves out of its `fields`: stamps and our own, which change without any news.
    """

    stream: Stream
    names: Mapping[str, str]
    spellings: Mapping[str, str]
    ours: Mapping[Field, str]
    unsaid: frozenset[str]


def columns(stream: Stream, schema: ObjectSchema) -> Columns:
    stream = located(stream, schema)
    names = {"Id": "id"}
    names |= {name: schema.fields[name].type for name in fields_to_read(stream, schema)}
    spellings = {asked: schema.canonical(asked) for asked in stream.fields}
    ours = {field: FIELD_NAMES[field] for field in our_fields(stream)}
    return Columns(
        stream,
        names,
        {asked: name for asked, name in spellings.items() if name in names and name != asked},
        {field: name for field, name in ours.items() if name in names},
        frozenset((*STAMPS, *ours.values())) - set(stream.fields) - set(spellings.values()),
    )


def snapshot(record: Mapping[str, Any], read: Columns) -> Snapshot:
    """One record as it was read."""
    stream = read.stream
    fields = {name: typed(record.get(name), kind) for name, kind in read.names.items()}
    for asked, name in read.spellings.items():
        fields[asked] = fields[name]
    contact_id = _text(fields, "WhoId" if stream.kind is Kind.TASK else stream.contact_field)
    modified = next((fields[name] for name in STAMPS if fields.get(name)), None)
    record_id = str(record.get("Id") or "")
    return Snapshot(
        ref=Ref(stream.type, record_id),
        kind=stream.kind,
        entity=_ENTITIES[stream.kind](record_id, fields, stream),
        fields={name: value for name, value in fields.items() if name not in read.unsaid},
        ours={field: _shown(fields[name]) for field, name in read.ours.items()},
        account_id=_account_id(fields, stream),
        contact_id=record_id if stream.kind is Kind.CONTACT else contact_id,
        owner_id=_text(fields, "OwnerId"),
        modified_at=modified if isinstance(modified, datetime) else None,
        deleted=fields.get("IsDeleted") is True,
        merged_into=_text(fields, "MasterRecordId"),
    )


def _shown(value: Value) -> str | None:
    if value is None or value == "":
        return None
    return value.isoformat() if isinstance(value, date) else str(value)


def _account_id(fields: Fields, stream: Stream) -> str | None:
    if stream.kind is Kind.ACCOUNT:
        return _text(fields, "Id")
    if stream.kind is Kind.TASK:
        what = _text(fields, "WhatId") or ""
        return _text(fields, "AccountId") or (what if what.startswith("001") else None)
    return _text(fields, stream.account_field)


def _text(fields: Fields, name: str | None) -> str | None:
    value = fields.get(name) if name else None
    return str(value) if value not in (None, "") else None


def _day(fields: Fields, name: str | None) -> date | None:
    return day(fields.get(name)) if name else None


def _owner(id: str, fields: Fields, _stream: Stream) -> Owner:
    department = _text(fields, "Department")  # the nearest thing to a team on a Salesforce user
    return Owner(
        id=id,
        name=_text(fields, "Name") or id,
        email=_text(fields, "Email") or "",
        active=fields.get("IsActive") is not False,
        manager_id=_text(fields, "ManagerId"),
        timezone=_text(fields, "TimeZoneSidKey"),
        teams=(department,) if department else (),
    )


def _account(id: str, fields: Fields, _stream: Stream) -> Account:
    return Account(
        id=id,
        name=_text(fields, "Name") or id,
        owner_id=_text(fields, "OwnerId"),
        created_on=_day(fields, "CreatedDate"),
        touched_on=_day(fields, "LastActivityDate"),
        domain=_domain(_text(fields, "Website")),
        country=_text(fields, "BillingCountryCode") or _text(fields, "BillingCountry"),
        region=_text(fields, "BillingState"),
        type=_text(fields, "Type"),
    )


def _domain(website: str | None) -> str | None:
    """`https://www.Acme.example/about` and `acme.example` are both `acme.example`."""
    if not website:
        return None
    try:
        host = urlsplit(website if "://" in website else f"//{website}").hostname or ""
    except ValueError:
        return None
    return host.removeprefix("www.") or None


def _contact(id: str, fields: Fields, stream: Stream) -> Contact:
    return Contact(
        id=id,
        name=_text(fields, "Name") or id,
        account_id=_text(fields, stream.account_field),
        email=_text(fields, "Email") or "",
        phone=_text(fields, "Phone") or _text(fields, "MobilePhone") or "",
        opted_out=_opted_out(fields),
        permission=_permission(_text(fields, FIELD_NAMES[Field.PERMISSION])),
        permission_until=_day(fields, FIELD_NAMES[Field.PERMISSION_UNTIL]),
        owner_id=_text(fields, "OwnerId"),
    )


def _opted_out(fields: Fields) -> bool | None:
    """Field-level security may hide either field: hidden is not "no opt-out", also where the
    other one is shown."""
    told = [fields.get(name) for name in ("HasOptedOutOfEmail", "DoNotCall")]
    if True in told:
        return True
    return False if told == [False, False] else None


def _permission(said: str | None) -> Permission:
    try:
        return Permission((said or "").strip().lower())
    except ValueError:
        return Permission.UNKNOWN


def _opportunity(id: str, fields: Fields, stream: Stream) -> Opportunity:
    touched = [_day(fields, name) for name in _TOUCHES]
    return Opportunity(
        id=id,
        name=_text(fields, "Name") or id,
        account_id=_text(fields, stream.account_field),
        contact_id=_text(fields, stream.contact_field),
        owner_id=_text(fields, "OwnerId"),
        amount=_money(fields, "Amount"),
        created_on=_day(fields, "CreatedDate"),
        closed_on=_day(fields, "CloseDate"),
        closed=fields.get("IsClosed") is True,
        won=fields.get("IsWon") is True,
        touched_on=max((on for on in touched if on), default=None),
        stage=_text(fields, "StageName"),
    )


_TOUCHES = ("LastActivityDate", "LastStageChangeDate", "CreatedDate")


def _money(fields: Fields, name: str | None) -> Money | None:
    amount = fields.get(name) if name else None
    if isinstance(amount, bool) or not isinstance(amount, int | float | Decimal):
        return None
    return Money(Decimal(str(amount)), _text(fields, "CurrencyIsoCode"))


def _contract(id: str, fields: Fields, stream: Stream) -> Contract:
    """By the API a contract is Draft, InApproval or Activated; that it ended is its EndDate's
    to say, and a status that an org made up means nothing to us."""
    code = (_text(fields, "StatusCode") or "").lower()
    return Contract(
        id=id,
        account_id=_text(fields, stream.account_field),
        starts_on=_day(fields, stream.starts_on_field or "StartDate"),
        ends_on=_day(fields, stream.ends_on_field or "EndDate"),
        running=False if code in ("draft", "inapproval") else None,
        value=_money(fields, stream.value_field),
    )


def _task(id: str, fields: Fields, _stream: Stream) -> TaskState:
    marker = re.search(MARKER, _text(fields, "Description") or "")
    key = _text(fields, KEY_FIELD) or (marker.group(1) if marker else None)
    return TaskState(
        id=id,
        key=key,
        closed=fields.get("IsClosed") is True,
        owner_id=_text(fields, "OwnerId"),
        due_on=_day(fields, "ActivityDate"),
        subject=_text(fields, "Subject") or "",
        outcome=_outcome(_text(fields, FIELD_NAMES[Field.OUTCOME])),
        completed_on=_day(fields, "CompletedDateTime"),
        status=_text(fields, "Status"),
    )


def _outcome(said: str | None) -> Outcome | None:
    try:
        return Outcome((said or "").strip().lower())
    except ValueError:
        return None


def _nothing(_id: str, _fields: Fields, _stream: Stream) -> None:
    """A type that is only watched means nothing more to us than its fields."""


_ENTITIES: Mapping[Kind, Callable[[str, Fields, Stream], Entity | None]] = {
    Kind.OWNER: _owner,
    Kind.ACCOUNT: _account,
    Kind.CONTACT: _contact,
    Kind.OPPORTUNITY: _opportunity,
    Kind.CONTRACT: _contract,
    Kind.TASK: _task,
    Kind.RECORD: _nothing,
}
