"""Looks at the live portal and says, line by line, what is fine and what to do where it is not."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.base import Finding, Stream
from connectors.errors import CredentialsRefused
from connectors.hubspot.answers import Refusal
from connectors.hubspot.api import Api
from connectors.hubspot.drafts import property_name
from connectors.hubspot.mapping import our_fields
from connectors.hubspot.paths import OWNERS, TASKS, type_name
from connectors.hubspot.reading import Reader
from connectors.hubspot.schema import Schema
from rules.model import Field, Kind


class Checker:
    def __init__(self, api: Api, schema: Schema, reader: Reader, portal_id: str | None) -> None:
        self._api = api
        self._schema = schema
        self._reader = reader
        self._portal_id = portal_id

    def check(self, streams: Sequence[Stream]) -> list[Finding]:
        account = self._account()
        if not account.ok:
            return [account]
        findings = [account, self._owners()]
        for stream in streams:
            if type_name(stream.type) != OWNERS:
                findings += self._stream(stream)
        return findings

    def _account(self) -> Finding:
        try:
            details = self._schema.account()
        except CredentialsRefused as refused:
            return Finding("token", ok=False, sentence=str(refused))
        if self._portal_id and details.portal_id and details.portal_id != self._portal_id:
            return Finding(
                "portal_id",
                ok=False,
                sentence=f"the token belongs to portal {details.portal_id}, the file names"
                f" {self._portal_id}; correct one of them",
            )
        return Finding("token", ok=True, sentence=f"portal {details.portal_id or 'not told'}")

    def _owners(self) -> Finding:
        try:
            count = len(self._reader.owners())
        except (CredentialsRefused, Refusal) as refused:
            return Finding(OWNERS, ok=False, sentence=str(refused))
        return Finding(OWNERS, ok=True, sentence=f"{count} owners")

    def _stream(self, stream: Stream) -> list[Finding]:
        name = type_name(stream.type)
        try:
            exists = self._schema.exists(name)
            self._searchable(name) if exists else None
        except (CredentialsRefused, Refusal) as refused:
            return [Finding(name, ok=False, sentence=str(refused))]
        if not exists:
            sentence = "the portal has no such type; write deals, companies, 2-123 or p_name"
            return [Finding(name, ok=False, sentence=sentence)]
        return [Finding(name, ok=True), *self._fields(stream, name), *self._ours(stream, name)]

    def _searchable(self, type: str) -> None:
        """Whether the token may read the records themselves."""
        self._api.search(type, [], ["hs_object_id"], 1)

    def _fields(self, stream: Stream, type: str) -> list[Finding]:
        named = (
            stream.account_field,
            stream.contact_field,
            stream.starts_on_field,
            stream.ends_on_field,
            stream.value_field,
            *stream.fields,
        )
        existing = self._schema.properties(type)
        return [
            Finding(
                f"{type}.{name}",
                ok=False,
                sentence="the portal has no such property; use its internal name",
            )
            for name in dict.fromkeys(name for name in named if name)
            if name not in existing
        ]

    def _ours(self, stream: Stream, type: str) -> list[Finding]:
        """On tasks our properties are a convenience: the marker in the body does without."""
        existing = self._schema.properties(type)
        wanted: Sequence[Field] = our_fields(stream.kind)
        if stream.kind is Kind.CONTACT:
            wanted = (Field.PERMISSION, Field.PERMISSION_UNTIL)
        missing = [property_name(field) for field in wanted if property_name(field) not in existing]
        if not missing:
            return []
        sentence = f"missing {', '.join(missing)}: run winback provision"
        return [Finding(f"{type}: our properties", ok=type == TASKS, sentence=sentence)]
