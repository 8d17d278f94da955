"""What a live CRM says about itself when `check` and `doctor` ask: questions and findings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from connectors.stream import Stream
from rules.model import Owner


class Area(StrEnum):
    """What a finding is about, in the order in which people read them."""

    LOG_IN = "log-in"
    SCOPES = "permissions"
    RECORDS = "records"
    FIELDS = "fields"
    PICKLISTS = "picklists"
    PEOPLE = "people"
    ACTIVITIES = "activities"
    CLOCK = "clock"
    LIMITS = "limits"
    VERSION = "version"
    PUSH = "push"
    ROWS = "rows"
    PROCESSES = "processes"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of `check`: what was looked at, whether it is fine, and what to do if not."""

    what: str
    ok: bool
    sentence: str = ""
    area: Area = Area.RECORDS


@dataclass(frozen=True, slots=True)
class Question:
    """What `examine` is to look at beyond what `check` does: picklists as (type, field), people
    by their e-mail addresses, queues by their names or ids, the categories that our own reason
    field has to offer, and whether the lines of what was sold can be read."""

    streams: Sequence[Stream] = ()
    picklists: tuple[tuple[str, str], ...] = ()
    people: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    line_items: bool = False


@dataclass(frozen=True, slots=True)
class Allowance:
    """The CRM's calls of the day, for all that use its API together."""

    left: int
    of: int


@dataclass(frozen=True, slots=True)
class ApiVersion:
    """The version in use. `ends_on` None: no end is announced. `sentence` says what to write
    instead, or why nothing has to be done."""

    name: str
    ends_on: date | None = None
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Examination:
    """What a live CRM says about itself: the facts, and the findings that only its connector
    can judge.

    `picklists` has the values of those that were asked for and are picklists. `people` are the
    users behind the addresses asked for; a user who left is there, inactive. `queues` are those
    asked for to which tasks may belong. `left_behind` is
    the number of accounts whose owner left. None means that the CRM does not tell.
    """

    findings: tuple[Finding, ...] = ()
    picklists: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    people: tuple[Owner, ...] | None = ()
    queues: tuple[Owner, ...] | None = None
    left_behind: int | None = None
    server_now: datetime | None = None
    allowance: Allowance | None = None
    version: ApiVersion | None = None


def called(owners: Iterable[Owner], names: Iterable[str]) -> tuple[Owner, ...]:
    """Those owners whom one of the names or ids means, as an `assign` of the rule file does."""
    wanted = {name.strip().lower() for name in names}
    return tuple(one for one in owners if wanted & {one.id.lower(), one.name.lower()})
