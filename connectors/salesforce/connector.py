"""The Salesforce connector: `connectors.base.Connector` put together from its parts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from connectors.base import Absent, Calls, Cursor, Page, Push, PushKind, PushResult
from connectors.examination import Examination, Finding, Question
from connectors.limits import Gate
from connectors.log_ins import LogIns
from connectors.salesforce import (
    checking,
    drafts,
    examining,
    finding,
    line_items,
    provision,
    queues,
    reading,
    soql,
    surveying,
    writing,
)
from connectors.salesforce import streams as stream_list
from connectors.salesforce.client import Client
from connectors.salesforce.cursor import from_cursor, to_cursor
from connectors.salesforce.polling import Poll
from connectors.salesforce.replication import Replication
from connectors.salesforce.schema import Schemas
from connectors.salesforce.settings import SalesforceSettings
from connectors.stream import Stream
from rules.model import Kind, LineItem, Ref, Snapshot
from rules.survey import Survey

KEYLESS_GRACE = timedelta(seconds=20)
"""A create that we gave up on may still land; without a key of ours, landing twice is possible.
As in HubSpot; `write_grace` in the rule file makes it longer."""


class SalesforceConnector:
    """One org. Satisfies `connectors.base.Connector`."""

    kind = "salesforce"
    task_type = "Task"
    at_once = 2
    locks_accounts = True

    def __init__(
        self,
        settings: SalesforceSettings,
        *,
        gate: Gate | None = None,
        clock: Callable[[], float] = time.time,
        log_ins: LogIns | None = None,
    ) -> None:
        """Makes no call. `gate` stands before every call, `log_ins` before every log-in; `clock`
        (seconds since 1970) dates the log-in only. Raises ValueError where base_url or
        api_version cannot be right."""
        self.name = settings.name
        self.grace = settings.grace
        self.in_doubt = False
        self._settings = settings
        self._client = Client(settings, Calls(), gate, clock, log_ins)
        self._schemas = Schemas(self._client)
        self._replication = Replication(self._client)
        self._queues_read_on: date | None = None

    @property
    def calls(self) -> Calls:
        """Another one may be given, to go on counting in."""
        return self._client.transport.calls

    @calls.setter
    def calls(self, calls: Calls) -> None:
        self._client.transport.calls = calls

    def streams(self, watched: Sequence[Stream]) -> list[Stream]:
        merged = [one for one in stream_list.merged(watched) if soql.is_name(one.type)]
        schemas = self._schemas.learn([one.type for one in merged], in_doubt=self.in_doubt)
        return [
            replace(one, type=schema.type)
            for one, schema in zip(merged, schemas, strict=True)
            if schema is not None
        ]

    def changed(self, stream: Stream, cursor: Cursor | None, now: datetime) -> Iterator[Page]:
        self._schemas.forget_daily(now)
        schema = self._schemas.get(stream.type)
        if schema is None:  # it went away: nothing is told of it until it is back
            yield Page(to_cursor(from_cursor(cursor)))
            return
        page = None
        for page in Poll(self._client, self._replication, stream, schema, now).pages(cursor):
            yield page
        if page is not None and stream.kind is Kind.OWNER and self._queues_are_due(now):
            found = queues.queues(self._client, stream.type)
            yield Page(page.cursor, snapshots=found, history=page.history, total=page.total)

    def _queues_are_due(self, now: datetime) -> bool:
        """Once a day: an admin who makes a queue can wait, or start the next run."""
        due = self._settings.queues and self._queues_read_on != now.date()
        if due:
            self._queues_read_on = now.date()
        return due

    def read(self, stream: Stream, ids: Sequence[str]) -> list[Snapshot]:
        return reading.read(self._client, self._schemas, stream, ids)

    def absent(self, stream: Stream, ids: Sequence[str]) -> Absent:
        return reading.absent(self._client, self._schemas, stream, ids)

    def line_items(self, opportunity_ids: Sequence[str]) -> dict[str, tuple[LineItem, ...]]:
        return line_items.line_items(self._client, self._schemas, opportunity_ids)

    def batch_limit(self, kind: PushKind) -> int:
        """The same for every kind of push: what a collections call takes."""
        del kind
        return writing.BATCH_LIMIT

    def push(self, batch: Sequence[Push]) -> list[PushResult]:
        if not drafts.has_key(self._schemas.get(self.task_type)):
            self.grace = max(self.grace, KEYLESS_GRACE)
        return writing.push(self._client, self._schemas, batch)

    def find(self, creates: Sequence[Push]) -> dict[str, str | None]:
        return finding.find(self._client, self._schemas, creates)

    def link(self, ref: Ref) -> str:
        base = self._settings.base_url.rstrip("/")
        return f"{base}/lightning/r/{ref.type}/{ref.id}/view"

    def check(self, streams: Sequence[Stream]) -> list[Finding]:
        return checking.check(self._client, self._schemas, self._settings, streams)

    def examine(self, question: Question) -> Examination:
        return examining.examine(self._client, self._schemas, self._settings, question)

    def survey(self) -> Survey:
        return surveying.survey(self._client, self._schemas)

    def provision(self, reasons: Sequence[tuple[str, str]], plan_only: bool) -> list[str]:
        types = self._settings.watched_types
        try:
            return provision.Provision(self._client, self._schemas, types, reasons).run(
                plan_only=plan_only
            )
        finally:
            self._schemas.forget()
