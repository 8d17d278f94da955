"""What a connector is: one CRM's wire turned into the vocabulary of `rules.model`, and back.

A connector holds no state but its session, token, call counts and what the CRM said about its
own schema. It does not sleep, retry, log, or know a rule or a database. Every verb takes and
gives many; `push` and `find` make exactly one write call, or as few reads as the CRM allows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from connectors.examination import Examination, Finding, Question
from connectors.stream import Stream
from rules.model import Field, LineItem, Priority, Ref, Snapshot, TaskDraft
from rules.survey import Survey

Cursor = Mapping[str, Any]
"""How far polling of one stream got: small, JSON, opaque to everyone but its connector."""


@dataclass(frozen=True, slots=True)
class Page:
    """A slice of what changed. `cursor` is where to go on once this page is stored.

    `snapshots` came whole with the listing; `refs` still have to be read; `gone` were deleted
    by the CRM's own word. `history` is True while the stream is read for the first time.
    `total` is how many rows the CRM says there are in all, for a progress bar.
    """

    cursor: Cursor
    snapshots: tuple[Snapshot, ...] = ()
    refs: tuple[Ref, ...] = ()
    gone: tuple[Ref, ...] = ()
    history: bool = False
    total: int | None = None


class PushKind(StrEnum):
    TASK_CREATE = "task_create"
    TASK_UPDATE = "task_update"
    TASK_CLOSE = "task_close"
    FIELD = "field"


@dataclass(frozen=True, slots=True)
class TaskChange:
    """What to change on a task of ours; None leaves a value as it is.

    `subject` and `body` take the place of the whole text, which nothing but forgetting a person
    asks for; `body` is plain text and ends with the line `[winback:KEY]`.
    """

    owner_id: str | None = None
    due_on: date | None = None
    due_at: datetime | None = None
    priority: Priority | None = None
    subject: str | None = None
    body: str | None = None


@dataclass(frozen=True, slots=True)
class Push:
    """One wanted change in a CRM.

    `id` is unique and stays the same over all tries. TASK_CREATE has `task`; TASK_UPDATE has
    `ref` (the task) and `change`; TASK_CLOSE has `ref`. Both of these may have `note`, a
    sentence that is added to the body as it stands then, unless it is in it already; FIELD has
    `ref` and `values` (our fields on that record). `account_id`, where it is known, says which
    rows a CRM that locks the account should get side by side.
    """

    id: str
    kind: PushKind
    ref: Ref | None = None
    task: TaskDraft | None = None
    change: TaskChange | None = None
    note: str | None = None
    values: Mapping[Field, str | None] = field(default_factory=dict)
    account_id: str | None = None


class Settled(StrEnum):
    """What one row's own answer means."""

    DELIVERED = "delivered"
    RETRY = "retry"  # a lock or a passing fault of this row: try again later
    REFUSED = "refused"  # the CRM will not have it: park with the sentence
    GONE = "gone"  # the record is deleted or merged away: nothing left to do
    OWNER_REFUSED = "owner_refused"  # the assignee cannot own it: once more, with the fallback
    LOCKED = "locked"  # the record is locked after closing: write to the account instead


@dataclass(frozen=True, slots=True)
class PushResult:
    """One row's answer. `sentence` is for a person: names the field, says what to do.

    `bad_fields` are those that made the CRM refuse the row, so that the rest can be sent
    without them. `left_out` are fields that exist nowhere on this record and were not sent.
    """

    push_id: str
    settled: Settled
    crm_id: str | None = None
    code: str = ""  # the CRM's own error code
    sentence: str = ""
    bad_fields: tuple[Field, ...] = ()
    left_out: tuple[Field, ...] = ()
    modified_at: datetime | None = None  # the CRM's own stamp of the write, where it gives one


@dataclass(frozen=True, slots=True)
class Absent:
    """Records that the CRM says are deleted or merged, told as `read` tells them, and the ids of
    those that it neither shows nor calls so."""

    gone: tuple[Snapshot, ...] = ()
    hidden: tuple[str, ...] = ()


class Unmade(str):
    """A sentence of `provision` about something that could not be made, and what to do."""

    __slots__ = ()


@dataclass(slots=True)
class Calls:
    """API calls made, by kind. `other` holds describes, owners and limits: not per record."""

    auth: int = 0
    read: int = 0
    search: int = 0
    write: int = 0
    other: int = 0

    @property
    def total(self) -> int:
        return self.auth + self.read + self.search + self.write + self.other


class Connector(Protocol):
    """One CRM. Raises only `connectors.errors`; see there for what each one asks of the caller.

    There is no verb for what time alone brings about: the integration keeps the records that a
    decision needs, and the day on which to look again, in its store (`store.cases.mark_due`)."""

    name: str  # the rule file's name for it: [crm.NAME]
    kind: str  # "salesforce" or "hubspot"
    calls: Calls
    grace: timedelta  # after OutcomeUnknown: how long a write may land before `find` is believed
    task_type: str  # what the CRM calls a task
    at_once: int  # how many calls of `push` and `read` may be under way together
    in_doubt: bool  # set by the caller: it failed us lately, so `streams` asks one by one
    locks_accounts: bool  # while it writes a row: never rows of one account in two calls at once

    def streams(self, watched: Sequence[Stream]) -> Sequence[Stream]:
        """All streams to poll, in order: what the rule file watches, merged with what the
        product always needs (accounts, contacts, opportunities, running contracts, tasks,
        owners), each type once. Types that the CRM does not have are left out."""
        ...

    def changed(self, stream: Stream, cursor: Cursor | None, now: datetime) -> Iterator[Page]:
        """What changed since `cursor`, page by page, in constant memory; None is first contact:
        the whole history. `now` is the caller's clock (it may be a simulated one); the CRM's own
        clock decides. Every page's cursor is safe to go on from after a kill. Yields at least
        one page."""
        ...

    def read(self, stream: Stream, ids: Sequence[str]) -> list[Snapshot]:
        """The records as they are now, in as few calls as the API allows. A record that is not
        visible or does not exist is left out; one that the CRM says is deleted or merged comes
        with `deleted` or `merged_into` set and `ref.id` as it was asked for."""
        ...

    def absent(self, stream: Stream, ids: Sequence[str]) -> Absent:
        """Those of these records that are not there, or not shown. As most are there, no more of
        a record is read than is needed to know it."""
        ...

    def batch_limit(self, kind: PushKind) -> int:
        """How many pushes of a kind go into one call."""
        ...

    def push(self, batch: Sequence[Push]) -> list[PushResult]:
        """Write one batch of one kind (at most `batch_limit`) in one call; one result per push,
        in order. FIELD batches hold one record type."""
        ...

    def find(self, creates: Sequence[Push]) -> dict[str, str | None]:
        """Which of these TASK_CREATE pushes already stand in the CRM: push id -> task id or
        None. Reads the truth (keys, associations), never a lagging index."""
        ...

    def link(self, ref: Ref) -> str:
        """The address at which a person opens the record in the CRM."""
        ...

    def check(self, streams: Sequence[Stream]) -> list[Finding]:
        """Look at the live CRM: credentials, record types, fields, our own fields."""
        ...

    def examine(self, question: Question) -> Examination:
        """`check` and more, for `winback doctor`: a few calls, writes nothing. Raises where the
        CRM cannot be asked at all; a fault of one part is a finding."""
        ...

    def provision(self, reasons: Sequence[tuple[str, str]], plan_only: bool) -> list[str]:
        """Create our fields where they are missing; `reasons` are (value, label) of the reason
        picklist. Idempotent; never drops an option or touches a field that is not ours. Answers
        one sentence per change (made, or with `plan_only` to be made); what could not be made
        is an `Unmade`, and the rest goes on."""
        ...


@runtime_checkable
class LineReader(Protocol):
    """A connector that can also tell what was sold on an opportunity, line by line."""

    def line_items(self, opportunity_ids: Sequence[str]) -> dict[str, tuple[LineItem, ...]]:
        """The line items of each of these opportunities, none for one that has none, in as few
        calls as the CRM allows, counted as `other`. Where the CRM does not show line items, or
        has none at all, nothing is answered for any of them."""
        ...


@runtime_checkable
class Surveyor(Protocol):
    """A connector that can also draw up what `winback init` makes a first rule file from."""

    def survey(self) -> Survey:
        """What the CRM looks like, for a first rule file: a few calls, writes nothing. A part
        that the user may not see is left out."""
        ...
