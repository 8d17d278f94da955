"""The stage on which the contract plays: one customer in a CRM, and fate in the test's hands."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import Enum, auto

from connectors.base import Connector, Cursor, Page, Push, PushKind, PushResult
from connectors.stream import Stream
from connectors.transport import CallKind
from rules.model import Field, Kind, Priority, Ref, Snapshot, TaskDraft

DUE = date(2027, 1, 14)


class Trouble(Enum):
    """What may become of a call."""

    DOWN = auto()  # a 5xx, and nothing was done
    LOST = auto()  # done, but the answer never comes
    CUT = auto()  # done, and half of the answer comes
    LIMIT = auto()  # refused by a limit on the number of calls


@dataclass
class Scene:
    """A CRM with one account, one contact, one lost opportunity and one owner in it, our fields
    created, and a connector to it. The callables act as a person, or plan a trouble."""

    connector: Connector
    account: Ref
    contact: Ref
    opportunity: Ref
    owner: str
    owner_email: str
    secret: str  # what the connector logs in with
    change: Callable[[Ref], None]  # a person edits something on the record
    delete: Callable[[Ref], None]  # a person deletes it
    strike: Callable[[Trouble, CallKind], None]  # the next call of this kind
    refuse_token: Callable[[], None]  # from now on
    fill: Callable[[int], None]  # that many more accounts
    advance: Callable[[float], None]  # the CRM's clock, by seconds
    page: int  # more accounts than one page of history has
    count_tasks: Callable[[], int]  # as they stand in the CRM, deleted ones not
    count_changes: Callable[[], int]  # that the CRM ever made, to data or schema
    sell: Callable[[Ref, str, int, int], None] | None = None  # on it: what, how many, each at
    missing_type: str = "Nothing__c"
    watched: tuple[Stream, ...] = ()
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def wait(self, length: timedelta) -> None:
        """Time passes, for the CRM and for us."""
        self.advance(length.total_seconds())
        self.now += length

    def stream(self, kind: Kind) -> Stream:
        return next(s for s in self.connector.streams(self.watched) if s.kind is kind)

    def poll(self, kind: Kind, cursor: Cursor | None) -> tuple[list[Page], Cursor]:
        """All pages, and the last cursor put through JSON as a store does."""
        pages = list(self.connector.changed(self.stream(kind), cursor, self.now))
        return pages, stored(pages[-1])

    def read(self, kind: Kind, *ids: str) -> list[Snapshot]:
        return self.connector.read(self.stream(kind), ids)

    def create(self, *keys: str) -> list[PushResult]:
        return self.connector.push([self.wanted(key) for key in keys])

    def wanted(self, key: str) -> Push:
        draft = TaskDraft(
            key=key,
            subject="Call Zoë O'Neil “today” 😀",
            body=f'She said:\n<why> & "when"\n\n[winback:{key}]',
            due_on=DUE,
            due_at=datetime(2027, 1, 14, 8, tzinfo=UTC),
            owner_id=self.owner,
            account_id=self.account.id,
            contact_id=self.contact.id,
            record=self.opportunity,
            priority=Priority.HIGH,
        )
        return Push(f"push {key}", PushKind.TASK_CREATE, task=draft)

    def task(self, id: str | None) -> Ref:
        return Ref(self.connector.task_type, id or "")

    def fields(self, ref: Ref, **values: str | None) -> Push:
        ours = {Field(name): value for name, value in values.items()}
        return Push(f"fields of {ref.id}", PushKind.FIELD, ref=ref, values=ours)


def stored(page: Page) -> Cursor:
    """The page's cursor as it comes back from a store."""
    cursor: Cursor = json.loads(json.dumps(dict(page.cursor)))
    return cursor


def seen(pages: Iterable[Page]) -> set[str]:
    """Ids that the pages speak of as changed."""
    refs = [ref for page in pages for ref in page.refs]
    return {s.ref.id for page in pages for s in page.snapshots} | {ref.id for ref in refs}
