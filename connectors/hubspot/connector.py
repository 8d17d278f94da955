"""The HubSpot connector: one portal behind `connectors.base.Connector`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from connectors.base import Absent, Calls, Cursor, Page, Push, PushKind, PushResult
from connectors.examination import Examination, Finding, Question
from connectors.hosts import is_loopback
from connectors.hubspot import bodies, limits, surveying
from connectors.hubspot.api import Api
from connectors.hubspot.checking import Checker
from connectors.hubspot.examining import Examiner
from connectors.hubspot.finding import Finder
from connectors.hubspot.line_items import line_items
from connectors.hubspot.mapping import KINDS
from connectors.hubspot.paths import (
    COMPANIES,
    CONTACTS,
    DEALS,
    OBJECT_TYPE_IDS,
    OWNERS,
    TASKS,
    routes,
    type_name,
)
from connectors.hubspot.polling import Poller
from connectors.hubspot.provision import Provisioner
from connectors.hubspot.reading import Reader
from connectors.hubspot.schema import Schema
from connectors.hubspot.versions import CURRENT
from connectors.hubspot.writing import Writer
from connectors.limits import Gate
from connectors.stream import Stream
from connectors.transport import CONNECT_SECONDS, READ_SECONDS, Transport
from rules.model import Kind, LineItem, Ref, Snapshot
from rules.survey import Survey

BASE_URL: Final = "https://api.hubapi.com"
# Nobody says how long a create may still land after its answer was lost (facts: unconfirmed). We
# have waited 30 s for the answer by then; together that is close to the 60 s after which gateways
# in front of such an API give a request up. `write_grace` in the rule file changes it.
GRACE: Final = timedelta(seconds=20)
_BATCH_LIMITS: Final = dict.fromkeys(PushKind, bodies.OBJECT_BATCH)


@dataclass(frozen=True, slots=True)
class HubSpotSettings:
    """One `[crm.NAME]` table. `watched_types` are the types that get our reason fields."""

    name: str
    token: str = field(repr=False)
    base_url: str = BASE_URL
    api_version: str = CURRENT
    portal_id: str | None = None
    watched_types: tuple[str, ...] = ()
    grace: timedelta = GRACE
    connect_seconds: float = CONNECT_SECONDS
    read_seconds: float = READ_SECONDS


def _wall_clock() -> datetime:
    return datetime.now(UTC)


class HubSpotConnector:
    """One portal.

    `gate` stands before every call, so that the caller can keep all its processes under
    HubSpot's limits. `clock` says when a limit
    ends. Raises ValueError for an address or API version that cannot be.
    """

    kind = "hubspot"
    task_type = TASKS
    at_once = 2
    locks_accounts = False

    def __init__(
        self,
        settings: HubSpotSettings,
        *,
        gate: Gate | None = None,
        clock: Callable[[], datetime] = _wall_clock,
    ) -> None:
        self.name = settings.name
        self.grace = settings.grace
        self.in_doubt = False
        self._settings = settings
        transport = Transport(
            settings.base_url,
            Calls(),
            gate=gate,
            told=lambda headers: limits.told(headers, self._api.zone),
            connect_seconds=settings.connect_seconds,
            read_seconds=settings.read_seconds,
        )
        self._transport = transport
        self._api = Api(transport, routes(settings.api_version), settings.token, clock)
        self._schema = Schema(self._api)
        self._reader = Reader(self._api, self._schema)
        self._finder = Finder(self._api, self._schema)

    @property
    def calls(self) -> Calls:
        """Another one may be given, to go on counting in."""
        return self._transport.calls

    @calls.setter
    def calls(self, calls: Calls) -> None:
        self._transport.calls = calls

    def type_name(self, written: str) -> str:
        """The name under which a record type stands in streams and refs, however the rule file
        writes it: `deal`, `0-3` and `Deals` are `deals`."""
        return type_name(written)

    def streams(self, watched: Sequence[Stream]) -> Sequence[Stream]:
        """Owners first, since records point at them; tasks last."""
        wanted = _all_wanted(watched)
        types = [stream.type for stream in wanted if stream.type != OWNERS]
        self._schema.learn(types, in_doubt=self.in_doubt)
        return [
            stream for stream in wanted if stream.type == OWNERS or self._schema.exists(stream.type)
        ]

    def changed(self, stream: Stream, cursor: Cursor | None, now: datetime) -> Iterator[Page]:
        poller = Poller(self._api, self._schema, self._reader)
        return poller.changed(_normalised(stream), cursor, now)

    def read(self, stream: Stream, ids: Sequence[str]) -> list[Snapshot]:
        return self._reader.read(_normalised(stream), ids)

    def absent(self, stream: Stream, ids: Sequence[str]) -> Absent:
        return self._reader.absent(_normalised(stream), ids)

    def line_items(self, opportunity_ids: Sequence[str]) -> dict[str, tuple[LineItem, ...]]:
        return line_items(self._api, opportunity_ids)

    def batch_limit(self, kind: PushKind) -> int:
        return _BATCH_LIMITS[kind]

    def push(self, batch: Sequence[Push]) -> list[PushResult]:
        return Writer(self._api, self._schema, self._finder).push(batch)

    def find(self, creates: Sequence[Push]) -> dict[str, str | None]:
        return self._finder.find(creates)

    def link(self, ref: Ref) -> str:
        """Asks once for the portal's id and the host of its pages (`app-eu1.hubspot.com` ...)."""
        account = self._schema.account()
        portal_id = self._settings.portal_id or account.portal_id or "0"
        named = type_name(ref.type)
        path = f"contacts/{portal_id}/record/{OBJECT_TYPE_IDS.get(named, named)}/{ref.id}"
        return f"{self._pages(account.ui_domain)}/{path}"

    def check(self, streams: Sequence[Stream]) -> list[Finding]:
        return self._checker().check([_normalised(stream) for stream in streams])

    def examine(self, question: Question) -> Examination:
        checker, watched = self._checker(), self._watched_types()
        examiner = Examiner(self._api, self._schema, self._reader, checker, watched)
        wanted = replace(question, streams=_all_wanted(question.streams))
        return examiner.examine(wanted, self._settings.api_version)

    def survey(self) -> Survey:
        return surveying.survey(self._api, self._schema, self._reader)

    def provision(self, reasons: Sequence[tuple[str, str]], plan_only: bool) -> list[str]:
        provisioner = Provisioner(self._api, self._schema, self._watched_types())
        return provisioner.provision(reasons, plan_only)

    def close(self) -> None:
        self._transport.close()

    def _checker(self) -> Checker:
        portal_id, watched = self._settings.portal_id, self._watched_types()
        return Checker(self._api, self._schema, self._reader, portal_id, watched)

    def _watched_types(self) -> tuple[str, ...]:
        return tuple(type_name(written) for written in self._settings.watched_types)

    def _pages(self, ui_domain: str) -> str:
        """Where people look: a sandbox on this machine shows its own pages."""
        base = self._transport.base_url
        host = base.split("://", 1)[1].rsplit(":", 1)[0]
        return base if is_loopback(host) else f"https://{ui_domain}"


def _normalised(stream: Stream) -> Stream:
    named = type_name(stream.type)
    return replace(stream, type=named, kind=KINDS.get(named, stream.kind))


def _all_wanted(watched: Sequence[Stream]) -> list[Stream]:
    """What is watched and what the product always needs, each type once."""
    merged = {one: Stream(one, KINDS[one]) for one in (OWNERS, COMPANIES, CONTACTS, DEALS)}
    for stream in watched:
        named = _normalised(stream)
        merged[named.type] = _merged(merged[named.type], named) if named.type in merged else named
    tasks = merged.pop(TASKS, Stream(TASKS, KINDS[TASKS]))
    return [*merged.values(), tasks]


def _merged(one: Stream, other: Stream) -> Stream:
    """Two wishes for one type: all fields of both, the first named place of each. A type that
    is watched and runs is a contract."""
    return Stream(
        one.type,
        Kind.CONTRACT if Kind.CONTRACT in (one.kind, other.kind) else one.kind,
        tuple(dict.fromkeys((*one.fields, *other.fields))),
        one.account_field or other.account_field,
        one.contact_field or other.contact_field,
        one.starts_on_field or other.starts_on_field,
        one.ends_on_field or other.ends_on_field,
        one.value_field or other.value_field,
    )
