"""Records as they are now: one retrieve for up to 2,000 ids, and the truth about missing ones."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from connectors.base import Absent
from connectors.errors import Unavailable
from connectors.salesforce import refusals, soql
from connectors.salesforce.client import Client
from connectors.salesforce.mapping import columns, snapshot
from connectors.salesforce.schema import ObjectSchema, Schemas
from connectors.stream import Stream
from connectors.transport import AnswerTooLarge, NotOffered
from rules.model import Ref, Snapshot

RETRIEVE_LIMIT = 2_000
_MERGEABLE = "MasterRecordId"
_STALE = frozenset({"INVALID_FIELD", "INVALID_TYPE", "INVALID_FIELD_FOR_INSERT_UPDATE"})


def read(client: Client, schemas: Schemas, stream: Stream, ids: Sequence[str]) -> list[Snapshot]:
    """See `Connector.read`. A type that the org does not have has no records."""
    schema = schemas.get(stream.type)
    if schema is None or not ids:
        return []
    asked = list(dict.fromkeys(ids))
    try:
        return _read(client, stream, schema, asked)
    except refusals.Refusal as refusal:
        if refusal.code not in _STALE:
            raise
    # A field went away, or was hidden, after its description was read: look once more.
    schemas.forget(stream.type)
    schema = schemas.get(stream.type)
    return _read(client, stream, schema, asked) if schema else []


def absent(client: Client, schemas: Schemas, stream: Stream, ids: Sequence[str]) -> Absent:
    """See `Connector.absent`."""
    schema = schemas.get(stream.type)
    asked = list(dict.fromkeys(ids))
    if schema is None or not asked:
        return Absent(hidden=tuple(asked))
    missing: list[str] = []
    try:
        for start in range(0, len(asked), RETRIEVE_LIMIT):
            chunk = asked[start : start + RETRIEVE_LIMIT]
            rows = retrieve(client, stream.type, chunk, ("Id",))
            missing += [one for one, row in zip(chunk, rows, strict=True) if row is None]
    except refusals.Refusal as refusal:
        if refusal.code not in _STALE:
            raise
        schemas.forget(stream.type)  # a type that is hidden from us now: nobody calls it deleted
        return Absent(hidden=tuple(asked))
    gone = tuple(_gone(client, stream, schema, missing))
    told = {one.ref.id for one in gone}
    return Absent(gone, tuple(one for one in missing if one not in told))


def _read(client: Client, stream: Stream, schema: ObjectSchema, ids: list[str]) -> list[Snapshot]:
    read_as = columns(stream, schema)
    found: list[Snapshot] = []
    missing: list[str] = []
    for start in range(0, len(ids), RETRIEVE_LIMIT):
        chunk = ids[start : start + RETRIEVE_LIMIT]
        rows = retrieve(client, stream.type, chunk, read_as.names)
        for asked, row in zip(chunk, rows, strict=True):
            if row is None:
                missing.append(asked)
            else:
                found.append(snapshot({**row, "Id": asked}, read_as))
    return found + list(_gone(client, stream, schema, missing))


def retrieve(
    client: Client, type: str, ids: Sequence[str], fields: Collection[str]
) -> list[dict[str, Any] | None]:
    """Rows in the order of the ids; None for what is gone or not visible. One call, more only
    where the rows are too large for one answer."""
    body = {"ids": list(ids), "fields": list(fields)}
    try:
        rows = client.call("POST", f"composite/sobjects/{type}", kind="read", json=body)
    except AnswerTooLarge:
        if len(ids) == 1:
            raise
        half = len(ids) // 2
        return [
            *retrieve(client, type, ids[:half], fields),
            *retrieve(client, type, ids[half:], fields),
        ]
    if not isinstance(rows, list) or len(rows) != len(ids):
        raise Unavailable("Salesforce answered with another number of records than asked for")
    return [row if isinstance(row, dict) else None for row in rows]


def _gone(
    client: Client, stream: Stream, schema: ObjectSchema, missing: list[str]
) -> Iterator[Snapshot]:
    """Those that Salesforce itself calls deleted or merged; the others are only not visible."""
    by_prefix = {short(one): one for one in missing}
    fields = ["Id", "IsDeleted"] + ([_MERGEABLE] if schema.find(_MERGEABLE) else [])
    for where in soql.in_lists("Id", missing):
        try:
            page = client.query(soql.select(fields, stream.type, where), all_rows=True)
        except (refusals.Refusal, NotOffered):
            return  # a type without a recycle bin, or ids that are none
        for row in page["records"]:
            asked = (
                by_prefix.get(short(str(row.get("Id") or ""))) if isinstance(row, dict) else None
            )
            if asked is not None and row.get("IsDeleted") is True:
                yield Snapshot(
                    ref=Ref(stream.type, asked),
                    kind=stream.kind,
                    deleted=True,
                    merged_into=row.get(_MERGEABLE) or None,
                )


def short(id: str) -> str:
    """The 15 characters that make an 18-character id; any other text unchanged."""
    return id[:15] if len(id) == 18 else id
