"""Looks at the live portal and says, line by line, what is fine and what to do where it is not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from connectors.errors import CredentialsRefused
from connectors.examination import Area, Finding
from connectors.hubspot.answers import Refusal
from connectors.hubspot.api import Api
from connectors.hubspot.drafts import property_name
from connectors.hubspot.mapping import our_fields
from connectors.hubspot.paths import COMPANIES, CONTACTS, OWNERS, TASKS, type_name
from connectors.hubspot.reading import Reader
from connectors.hubspot.schema import Schema
from connectors.stream import Stream
from rules.model import INTERVIEW_FIELDS, Field, Kind


class Checker:
    """`watched_types` are the types that get our reason properties beside the company."""

    def __init__(
        self,
        api: Api,
        schema: Schema,
        reader: Reader,
        portal_id: str | None,
        watched_types: Sequence[str],
    ) -> None:
        self._api = api
        self._written = {COMPANIES, CONTACTS, TASKS, *watched_types}
        self._schema = schema
        self._reader = reader
        self._portal_id = portal_id

    def check(self, streams: Sequence[Stream]) -> list[Finding]:
        try:
            account = self.account()
        except CredentialsRefused as refused:
            account = Finding("token", ok=False, sentence=str(refused), area=Area.LOG_IN)
        if not account.ok:
            return [account]
        return [account, *self.of_types(streams)]

    def of_types(self, streams: Sequence[Stream]) -> list[Finding]:
        """What there is of owners, record types and properties."""
        findings = [self._owners()]
        for stream in streams:
            if type_name(stream.type) != OWNERS:
                findings += self._stream(stream)
        return findings

    def account(self) -> Finding:
        """Whether the token is the right portal's. Raises CredentialsRefused."""
        details = self._schema.account()
        if self._portal_id and details.portal_id and details.portal_id != self._portal_id:
            return Finding(
                "portal_id",
                ok=False,
                sentence=f"the token belongs to portal {details.portal_id}, the file names"
                f" {self._portal_id}; correct one of them",
                area=Area.LOG_IN,
            )
        told = f"portal {details.portal_id or 'not told'}"
        return Finding("token", ok=True, sentence=told, area=Area.LOG_IN)

    def _owners(self) -> Finding:
        try:
            count = len(self._reader.owners())
        except (CredentialsRefused, Refusal) as refused:
            return Finding(OWNERS, ok=False, sentence=str(refused), area=_area(refused))
        told = f"{count} read, those who left among them"
        return Finding(OWNERS, ok=True, sentence=told, area=Area.PEOPLE)

    def _stream(self, stream: Stream) -> list[Finding]:
        name = type_name(stream.type)
        try:
            exists = self._schema.exists(name)
            self._searchable(name) if exists else None
        except (CredentialsRefused, Refusal) as refused:
            return [Finding(name, ok=False, sentence=str(refused), area=_area(refused))]
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
                area=Area.FIELDS,
            )
            for name in dict.fromkeys(name for name in named if name)
            if name not in existing
        ]

    def _ours(self, stream: Stream, type: str) -> list[Finding]:
        """On tasks our properties are a convenience: the marker in the body does without."""
        if type not in self._written:
            return []
        existing = self._schema.properties(type)
        wanted = [field for field in our_fields(stream.kind) if field not in INTERVIEW_FIELDS]
        if stream.kind is Kind.CONTACT:
            wanted = [Field.PERMISSION, Field.PERMISSION_UNTIL]
        names = [property_name(field) for field in wanted]
        missing = [name for name in names if name not in existing]
        locked = [name for name in names if name in existing and existing[name].read_only]
        told = []
        if missing:
            which = "all of them" if len(missing) == len(names) else ", ".join(missing)
            told.append(f"missing {which}: {_WITHOUT if type == TASKS else _PROVISION}")
        if locked:
            told.append(f"{', '.join(locked)} may not be written: make the property editable")
        what, fine = f"{type}: our properties", type == TASKS or not told
        return [Finding(what, ok=fine, sentence="; ".join(told), area=Area.FIELDS)]


_PROVISION: Final = "run winback provision"
_WITHOUT: Final = (
    "winback provision makes them where the portal takes properties on tasks; without them tasks"
    " are known by their text, and reps answer by completing or deleting them"
)


def _area(refused: CredentialsRefused | Refusal) -> Area:
    return Area.SCOPES if isinstance(refused, CredentialsRefused) else Area.RECORDS
