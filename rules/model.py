"""The vocabulary: CRM records, losses and wanted tasks, whatever CRM they come from.

Pure data. `_at` is an aware UTC instant, `_on` a date. Every enum that reads a CRM's or a
person's words has an UNKNOWN member; the raw value stays beside it in `Snapshot.fields`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

Value = str | bool | int | float | Decimal | date | datetime | None


class Verdict(StrEnum):
    """What a loss says about the account."""

    CUSTOMER = "customer"  # the customer left
    DEAL = "deal"  # a deal was lost, the customer stays
    PROSPECT = "prospect"  # never bought before


class Provenance(StrEnum):
    """How we know the reason, lowest rung first."""

    GUESSED = "guessed"  # the rep wrote it
    TOLD = "told"  # the customer said it
    CONFIRMED = "confirmed"  # restated to the customer, who agreed


class Fault(StrEnum):
    OURS = "ours"
    MINE = "mine"
    THEIRS = "theirs"
    THIRD_PARTY = "third party"
    NOBODY = "nobody"


class Changeable(StrEnum):
    YES = "yes"
    WHEN = "when"
    NO = "no"


class Permission(StrEnum):
    """A contact's recorded answer to "may we keep in touch?"."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Outcome(StrEnum):
    """What the rep answers on a task."""

    SPOKE = "spoke"
    NO_ANSWER = "no answer"
    ASKED_TO_STOP = "asked to stop"
    GAVE_PERMISSION = "gave permission"
    CAME_BACK = "came back"
    NOT_THIS_ONE = "not this one"


class Priority(StrEnum):
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


class Kind(StrEnum):
    """What a CRM record type means to us."""

    ACCOUNT = "account"
    CONTACT = "contact"
    OPPORTUNITY = "opportunity"
    CONTRACT = "contract"  # a contract or subscription: something that runs
    TASK = "task"
    OWNER = "owner"
    RECORD = "record"  # a watched type that is none of the above


class Field(StrEnum):
    """Our own fields in the CRM; a connector knows each one's name there."""

    REASON = "reason"
    PROVENANCE = "provenance"
    FAULT = "fault"
    CHANGEABLE = "changeable"
    COMPETITOR = "competitor"
    STATUS = "status"
    OUTCOME = "outcome"  # on the task
    KEY = "key"  # on the task
    PERMISSION = "permission"  # on the contact
    PERMISSION_UNTIL = "permission_until"  # on the contact
    WHAT_HAPPENED = "what_happened"  # this and the following: the exit interview, on the account
    TRIGGER = "trigger"
    DID_WELL = "did_well"
    WOULD_HAVE_US_DO = "would_have_us_do"
    WOULD_RETURN = "would_return"
    COMPLAINT_RESTATED = "complaint_restated"
    COMPLAINT_CONFIRMED = "complaint_confirmed"
    KEEP_IN_TOUCH = "keep_in_touch"
    CONTRACT_END = "contract_end"
    BUDGET_MONTH = "budget_month"


REASON_FIELDS = (
    Field.REASON,
    Field.PROVENANCE,
    Field.FAULT,
    Field.CHANGEABLE,
    Field.COMPETITOR,
    Field.STATUS,
)

INTERVIEW_FIELDS = (
    Field.WHAT_HAPPENED,
    Field.TRIGGER,
    Field.DID_WELL,
    Field.WOULD_HAVE_US_DO,
    Field.WOULD_RETURN,
    Field.COMPLAINT_RESTATED,
    Field.COMPLAINT_CONFIRMED,
    Field.KEEP_IN_TOUCH,
    Field.CONTRACT_END,
    Field.BUDGET_MONTH,
)
"""The exit interview (row R7): filled by the rep on the account, only ever read by us."""


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """One record in one CRM, by the CRM's own type name and id."""

    type: str
    id: str

    def __str__(self) -> str:
        return f"{self.type}:{self.id}"


@dataclass(frozen=True, slots=True)
class Money:
    """An amount; `currency` is None where the CRM names none, which means the company's own."""

    amount: Decimal
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Owner:
    """A user of the CRM who can own records and tasks."""

    id: str
    name: str
    email: str = ""
    active: bool = True
    manager_id: str | None = None
    timezone: str | None = None
    teams: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Account:
    id: str
    name: str
    owner_id: str | None = None
    created_on: date | None = None
    touched_on: date | None = None  # last activity anyone logged on it
    domain: str | None = None
    country: str | None = None
    region: str | None = None
    type: str | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    id: str
    name: str
    account_id: str | None = None
    email: str = ""
    phone: str = ""
    opted_out: bool | None = None  # None: the CRM hides or lacks the opt-out fields
    permission: Permission = Permission.UNKNOWN
    permission_until: date | None = None
    left: bool = False  # no longer at the account
    owner_id: str | None = None


@dataclass(frozen=True, slots=True)
class Opportunity:
    id: str
    name: str
    account_id: str | None = None
    contact_id: str | None = None
    owner_id: str | None = None
    amount: Money | None = None
    created_on: date | None = None
    closed_on: date | None = None  # of an open one: the planned close date
    closed: bool = False
    won: bool = False
    touched_on: date | None = None
    stage: str | None = None


@dataclass(frozen=True, slots=True)
class LineItem:
    """One product on an opportunity; `value` is what the whole line came to."""

    name: str
    quantity: Decimal | None = None
    value: Money | None = None


@dataclass(frozen=True, slots=True)
class Contract:
    """Something that runs: a contract or a subscription.

    `running` is the CRM's own word (a status, or the rule file's `running_when`); where it is
    None the two dates decide.
    """

    id: str
    account_id: str | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    running: bool | None = None
    value: Money | None = None


@dataclass(frozen=True, slots=True)
class TaskState:
    """One of our tasks as it stands in the CRM now."""

    id: str
    key: str | None
    closed: bool
    owner_id: str | None = None
    due_on: date | None = None
    subject: str = ""
    outcome: Outcome | None = None
    completed_on: date | None = None
    status: str | None = None  # the CRM's own word, only ever compared with itself


Entity = Account | Contact | Opportunity | Contract | TaskState | Owner


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One CRM record as it was read.

    `fields` has every field that was asked for, under the CRM's own name, typed by the CRM's
    description of the field (date, aware datetime, bool, number, text; multi-picklists stay
    `;`-joined text). `ours` has the present values of those of our own fields that exist on
    this record; a missing key means that the CRM has or shows no such field. `entity` is what
    the record means to us, None for a type that is only watched. `deleted` is the CRM's own
    word, never inferred from absence.
    """

    ref: Ref
    kind: Kind
    entity: Entity | None = None
    fields: Mapping[str, Value] = field(default_factory=dict)
    ours: Mapping[Field, str | None] = field(default_factory=dict)
    account_id: str | None = None
    contact_id: str | None = None
    owner_id: str | None = None
    modified_at: datetime | None = None
    deleted: bool = False
    merged_into: str | None = None  # id of the surviving record


@dataclass(frozen=True, slots=True)
class TaskDraft:
    """A recovery task, ready to be written into a CRM.

    `body` is plain text, lines split by `\\n`, and ends with the line `[winback:KEY]`.
    `due_at` is 09:00 on `due_on` at the assignee's, for CRMs that want an instant.
    `record` is the lost record, for CRMs whose tasks can hang on it beside the account.
    """

    key: str
    subject: str
    body: str
    due_on: date
    due_at: datetime
    owner_id: str
    account_id: str | None
    contact_id: str | None = None
    record: Ref | None = None
    priority: Priority = Priority.NORMAL
    customer_country: str = ""  # whose holidays the due date keeps clear of
