"""The composition root: what a process is made of, wired once.

Jobs take a `Runtime` and nothing global. `now` is the clock that decisions and cursors see
(`--as-of` replaces it), `wall` the real one, for leases and pauses.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

from sqlalchemy import Engine

from connectors.base import Connector
from connectors.log_ins import LogIns
from connectors.stream import Stream
from integration import interest
from integration.call_gate import CallGate
from integration.joined_rules import joined
from integration.sense import make_ready, sense_for
from integration.store.identity import Types
from integration.store.switches import Switches
from integration.tally import Tally
from rules.calendar import today_in
from rules.model import Ref
from rules.playbook import Playbook
from rules.rulebook import Rulebook
from rules.ruleset import Pilot, RuleSet


class Progress(Protocol):
    """Where long work shows itself."""

    def step(self, crm: str, what: str, done: int, total: int | None) -> None: ...


class Silent:
    """Shows nothing."""

    def step(self, crm: str, what: str, done: int, total: int | None) -> None:
        """Nobody watches."""


def wall_clock() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Crm:
    """One CRM as the jobs see it."""

    name: str
    connector: Connector
    rules: RuleSet  # with this CRM's record types spelt as its records carry them
    types: Types
    dry_run: bool = False
    stays_dry: bool = False  # by the rule file or by --dry-run, whatever people switch
    pilot: Pilot | None = None  # that people switched on, beside the one in the rules
    home: bool = False  # customers who are in another CRM too are worked in this one
    poll_every: timedelta = timedelta()
    gate: CallGate | None = None  # counts the connector's calls
    log_ins: LogIns | None = None  # where its token is shared with other processes

    def switched(self, switches: Switches) -> Crm:
        """The same with what people switched on."""
        dry_run = self.stays_dry or switches.dry_run
        return replace(self, dry_run=dry_run, pilot=switches.pilot)

    def streams(self) -> tuple[Stream, ...]:
        wanted = interest.streams(self.rules, self.name, self.types.account, self.types.customer_id)
        return tuple(self.connector.streams(wanted))


@dataclass
class Runtime:
    """A process's parts."""

    engine: Engine
    crms: Mapping[str, Crm]
    revision: int = 0
    now: Callable[[], datetime] = wall_clock
    wall: Callable[[], datetime] = wall_clock
    sleep: Callable[[float], None] = time.sleep
    progress: Progress = field(default_factory=Silent)
    tallies: dict[str, Tally] = field(default_factory=dict)
    signals: dict[str, int] = field(default_factory=dict)
    started_at: datetime = field(default_factory=wall_clock)
    looked_at: dict[str, datetime] = field(default_factory=dict)  # for deletions, by CRM
    hidden_accounts: dict[tuple[str, Ref], datetime] = field(default_factory=dict)
    """Asked for by id, by CRM and record, and not shown; when."""
    earlier: Mapping[tuple[int, str], Playbook] = field(default_factory=dict)
    renewal: Callable[[Runtime], None] | None = None
    _books: dict[tuple[str, date], Rulebook] = field(default_factory=dict)

    def today(self, crm: str) -> date:
        """The company's day."""
        return today_in(self.crms[crm].rules.company.timezone, self.now())

    def book(self, crm: str, first_contact_on: date) -> Rulebook:
        """The rules in force. Without a `first_day` nothing older than first contact is worked
        on (row W10). Made once: its categories take a second to be made ready."""
        if (crm, first_contact_on) not in self._books:
            rules = self.crms[crm].rules
            if crm == self.home:
                rules = joined(crm, {name: part.rules for name, part in self.crms.items()})
            if rules.company.first_day is None:
                company = replace(rules.company, first_day=first_contact_on)
                rules = replace(rules, company=company)
            self._books[crm, first_contact_on] = Rulebook(
                rules, self.revision, self.earlier, sense_for(rules.words, apart=True)
            )
        return self._books[crm, first_contact_on]

    def prepare(self, crm: str, first_contact_on: date | None) -> None:
        """Make the rules ready to decide, before there is somebody to decide."""
        make_ready(self.crms[crm].rules.words)
        _ = self.book(crm, first_contact_on or self.today(crm)).categoriser

    def renew(self) -> None:
        """Between two rounds: work by the rules that were published meanwhile."""
        if self.renewal is not None:
            self.renewal(self)

    def take_over(
        self, revision: int, crms: Mapping[str, Crm], earlier: Mapping[tuple[int, str], Playbook]
    ) -> None:
        """Other rules from now on."""
        self.revision, self.crms, self.earlier = revision, crms, earlier
        self._books.clear()

    def twin(self) -> Runtime:
        """The same parts, with rules that are renewed apart."""
        return replace(self, _books={})

    @property
    def home(self) -> str | None:
        """The CRM in which customers of several are worked; None where each CRM is by itself."""
        named = (name for name, part in self.crms.items() if part.home)
        return next(named, None) if len(self.crms) > 1 else None

    def tally(self, crm: str) -> Tally:
        return self.tallies.setdefault(crm, Tally())
