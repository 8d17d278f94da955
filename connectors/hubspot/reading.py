"""Records by id, and what they are associated with, in as few calls as HubSpot allows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from connectors.base import Absent
from connectors.hubspot.answers import Refusal
from connectors.hubspot.api import Api
from connectors.hubspot.entities import NOTHING, Associated
from connectors.hubspot.mapping import (
    MERGED_IDS,
    merged_ids,
    merged_snapshot,
    owner_snapshot,
    primary,
    snapshot,
    wanted_properties,
)
from connectors.hubspot.paths import (
    COMPANIES,
    CONTACTS,
    DEALS,
    OWNERS,
    PRIMARY_ASSOCIATIONS,
    TASKS,
    last_modified_name,
)
from connectors.hubspot.schema import Schema
from connectors.stream import Stream
from connectors.together import together
from rules.model import Kind, Ref, Snapshot

# pairs that every portal tells; others may not exist, and a refusal is remembered
_ALWAYS_LINKED: Final = {
    (DEALS, COMPANIES),
    (DEALS, CONTACTS),
    (CONTACTS, COMPANIES),
    (TASKS, COMPANIES),
}


class Reader:
    def __init__(self, api: Api, schema: Schema) -> None:
        self._api = api
        self._schema = schema

    def owners(self) -> list[Snapshot]:
        """All owners; those who left come in a list of their own, and records still point at
        them. One who came back is in both and counts as active."""
        left, active = together(
            [partial(self._owners, archived=archived) for archived in (True, False)]
        )
        return list({one.ref.id: one for one in (*left, *active)}.values())

    def _owners(self, *, archived: bool) -> list[Snapshot]:
        params = {"archived": "true" if archived else "false"}
        pages = self._api.listed("other", self._api.routes.owners, params)
        return [owner_snapshot({**row, "archived": archived}) for page in pages for row in page]

    def asked_properties(self, stream: Stream) -> tuple[str, ...]:
        existing = self._schema.portal(stream.type).types
        always = ("hs_object_id", last_modified_name(stream.type))
        return tuple(dict.fromkeys((*always, *wanted_properties(stream, existing))))

    def snapshots(self, stream: Stream, rows: Sequence[Mapping[str, Any]]) -> list[Snapshot]:
        """Rows of a search or batch read with what they are associated with."""
        portal = self._schema.portal(stream.type)
        links = self._linked(stream, [str(row.get("id", "")) for row in rows])
        return [
            snapshot(row, stream, portal, links.get(str(row.get("id", "")), NOTHING))
            for row in rows
        ]

    def read(self, stream: Stream, ids: Sequence[str]) -> list[Snapshot]:
        """The records as they are now, archived and merged ones included."""
        wanted = list(dict.fromkeys(one for one in ids if one.isdigit()))  # others cannot exist
        if not wanted:
            return []
        if stream.type == OWNERS:
            asked = set(wanted)
            return [one for one in self.owners() if one.ref.id in asked]
        found = list(self._api.batch_read(stream.type, wanted, self.asked_properties(stream)))
        present, survivors = _by_asked_id(found, wanted)
        read = self.snapshots(stream, list(present.values()))
        read += [merged_snapshot(stream, old, survivor) for old, survivor in survivors.items()]
        missing = [one for one in wanted if one not in present and one not in survivors]
        return read + self._archived(stream, missing)

    def absent(self, stream: Stream, ids: Sequence[str]) -> Absent:
        """Those that are archived, and the old ids of merged ones; no associations are read.
        One that is hidden costs a call of its own."""
        wanted = list(dict.fromkeys(one for one in ids if one.isdigit()))
        if not wanted or stream.type == OWNERS:
            return Absent()
        names = ("hs_object_id", MERGED_IDS)
        found = list(self._api.batch_read(stream.type, wanted, names))
        present, survivors = _by_asked_id(found, wanted)
        merged = [merged_snapshot(stream, old, survivor) for old, survivor in survivors.items()]
        missing = [one for one in wanted if one not in present and one not in survivors]
        archived = self._archived(stream, missing)
        told = {one.ref.id for one in archived}
        return Absent((*merged, *archived), tuple(one for one in missing if one not in told))

    def _archived(self, stream: Stream, ids: Sequence[str]) -> list[Snapshot]:
        """Those in the recycle bin, by HubSpot's own word; the others are not visible to us.

        Nothing but that is told of them: whose they were, their associations say no more.
        """
        if not ids:
            return []
        told = {str(row.get("id")) for row in self._archived_rows(stream.type, ids)}
        return [
            Snapshot(Ref(stream.type, one), stream.kind, deleted=True) for one in ids if one in told
        ]

    def _archived_rows(self, type: str, ids: Sequence[str]) -> list[Mapping[str, Any]]:
        """By batch where HubSpot gives archived records in one (in its specification, confirmed
        by nobody), and one by one (confirmed) for the rest."""
        wanted = ("hs_object_id", last_modified_name(type))
        try:
            found = list(self._api.batch_read(type, ids, wanted, archived=True))
        except Refusal:
            found = []  # some types tell nothing of archived records
        told = {str(row.get("id")) for row in found}
        params = {"archived": "true"}
        for one in (one for one in ids if one not in told):
            path = self._api.routes.object_(type, one)
            try:
                row = self._api.call("read", "GET", path, params=params)
            except Refusal:
                continue  # 404, as an HTML page
            if row.get("archived") is True:
                found.append(row)
        return found

    def _linked(self, stream: Stream, ids: Sequence[str]) -> dict[str, Associated]:
        accounts: dict[str, str | None] = {}
        contacts: dict[str, str | None] = {}
        if _wants_account(stream):
            accounts = self._first(stream.type, COMPANIES, ids)
        if _wants_contact(stream):
            contacts = self._first(stream.type, CONTACTS, ids)
        both = dict.fromkeys((*accounts, *contacts))
        return {one: Associated(accounts.get(one), contacts.get(one)) for one in both}

    def _first(self, from_type: str, to_type: str, ids: Sequence[str]) -> dict[str, str | None]:
        if not ids or self._schema.unlinked(from_type, to_type):
            return {}
        try:
            found = self._api.associations(from_type, to_type, ids)
        except Refusal:
            if (from_type, to_type) in _ALWAYS_LINKED:
                raise
            self._schema.note_unlinked(from_type, to_type)
            return {}
        return {one: primary(targets, PRIMARY_ASSOCIATIONS) for one, targets in found.items()}


def _wants_account(stream: Stream) -> bool:
    return stream.kind not in (Kind.OWNER, Kind.ACCOUNT) and stream.account_field is None


def _wants_contact(stream: Stream) -> bool:
    kinds = (Kind.OPPORTUNITY, Kind.RECORD)
    return stream.kind in kinds and stream.contact_field is None


def _by_asked_id(
    found: Sequence[Mapping[str, Any]], asked: Sequence[str]
) -> tuple[dict[str, Mapping[str, Any]], dict[str, str]]:
    """Rows under the id that was asked for, and ids that live on in another record.

    The id of a merged record still answers, with the surviving record, whose own id differs;
    that one names its old ids. A row that names none can only be told where one id is open.
    """
    wanted = set(asked)
    present = {str(row.get("id")): row for row in found if str(row.get("id")) in wanted}
    foreign = [str(row.get("id")) for row in found if str(row.get("id")) not in wanted]
    survivors = {
        old: str(row.get("id"))
        for row in found
        for old in merged_ids(row)
        if old in wanted and old not in present
    }
    nameless = [one for one in foreign if one not in survivors.values()]
    left = [one for one in asked if one not in present and one not in survivors]
    if len(left) == 1 and len(set(nameless)) == 1:
        survivors[left[0]] = nameless[0]
    return present, survivors
