"""One process of a replay: slices of customers in, counts and differences out. It only reads."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from sqlalchemy import Connection

from integration.assembly import BUILDERS
from integration.config import Config, parse_config
from integration.interest import with_type_names
from integration.joined_rules import joined
from integration.replaying.alike import reads_alike
from integration.replaying.counts import Counts
from integration.replaying.slices import Slice, batches
from integration.sense import sense_for
from integration.store import caseload, mirror
from integration.store.engine import connect, reading
from integration.store.identity import Types
from rules.case import Case
from rules.contrast import Contrast, contrasts
from rules.counting_book import CountingBook
from rules.model import Owner
from rules.replay import Foreseen, Window, unread_notes, walk
from rules.rulebook import Rulebook
from rules.ruleset import RuleSet

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Text:
    """A rule file as it is handed to another process, which reads it anew."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Job:
    """What to replay: the new file, and the one that it is held against, if any."""

    url: str
    window: Window
    new: Text
    against: Text | None = None

    @property
    def texts(self) -> tuple[Text, ...]:
        return (self.new, self.against) if self.against else (self.new,)


@dataclass(frozen=True, slots=True)
class Difference:
    """A loss of which the two files say different things, with the account."""

    crm: str
    account: str
    account_id: str
    contrast: Contrast


@dataclass(slots=True)
class Replayed:
    """What came of some customers: counts by rule file, in the order of the job's texts."""

    counts: tuple[Counts, ...]
    customers: int = 0
    failed: int = 0
    differences: list[Difference] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Side:
    """One rule file, ready for one CRM."""

    book: CountingBook
    types: Types


def spelt(config: Config) -> dict[str, RuleSet]:
    """The rules for each CRM, with its record types as its records carry them."""
    return {
        name: with_type_names(config.ruleset, name, BUILDERS[settings.kind].type_name)
        for name, settings in config.crms.items()
    }


def rules_for(config: Config, crm: str) -> RuleSet:
    """The rules by which a CRM decides, without a connector: nothing is asked of the CRM."""
    is_home = config.crms[crm].home and len(config.crms) > 1
    return joined(crm, spelt(config)) if is_home else spelt(config)[crm]


def types_of(config: Config, crm: str) -> Types:
    settings = config.crms[crm]
    kind = BUILDERS[settings.kind]
    return Types(kind.account_type, kind.contact_type, settings.customer_id)


class Worker:
    """Everything that is made ready once per process."""

    def __init__(self, job: Job) -> None:
        self._window = job.window
        self._engine = connect(job.url)
        self._configs = [parse_config(one.text, one.name, {}) for one in job.texts]
        with reading(self._engine) as connection:
            self._alike = [reads_alike(connection, one.text) for one in job.texts]
        self._sides: dict[str, tuple[Side | None, ...]] = {}
        self._people: dict[str, tuple[Mapping[str, Owner], Mapping[str, Owner]]] = {}

    def replay(self, one: Slice) -> Replayed:
        """Raises what the store raises; a customer on whom the rules fail is counted."""
        sides = self._sides_for(one.crm)
        found = Replayed(tuple(Counts() for _ in sides))
        with reading(self._engine) as connection:
            for ids in batches(connection, one):
                customers = self._load(connection, one.crm, ids)
                self._foresee(customers, sides)
                for stored in customers:
                    found.customers += 1
                    try:
                        self._add(found, stored.case, sides)
                    except Exception:
                        log.exception("replaying customer %s failed", stored.customer_id)
                        found.failed += 1
        return found

    def close(self) -> None:
        self._engine.dispose()

    def _add(self, found: Replayed, case: Case, sides: Sequence[Side | None]) -> None:
        seen = [walk(case, side.book, self._window) if side else () for side in sides]
        for counts, foreseen in zip(found.counts, seen, strict=True):
            counts.add(case.crm, foreseen)
        if len(seen) > 1:
            found.differences.extend(_differences(case, seen[1], seen[0]))

    def _foresee(self, customers: Sequence[caseload.Stored], sides: Sequence[Side | None]) -> None:
        """Notes are read many at a time, where a model reads them."""
        for book in (side.book for side in sides if side and side.book.sense):
            book.categoriser.foresee(
                note
                for stored in customers
                for note in unread_notes(stored.case, book, self._window)
            )

    def _load(
        self, connection: Connection, crm: str, ids: Sequence[int]
    ) -> Sequence[caseload.Stored]:
        owners, elsewhere = self._people_of(connection, crm)
        types = next(side.types for side in self._sides[crm] if side)
        return caseload.load(
            connection,
            crm,
            [(one, None) for one in ids],
            types=types,
            owners=owners,
            owners_elsewhere=elsewhere,
            link=str,
            with_plans=False,
        )

    def _sides_for(self, crm: str) -> tuple[Side | None, ...]:
        """None for a file that does not name the CRM."""
        if crm not in self._sides:
            pairs = zip(self._configs, self._alike, strict=True)
            writes = len(self._configs) > 1
            self._sides[crm] = tuple(_side(one, crm, alike, writes=writes) for one, alike in pairs)
        return self._sides[crm]

    def _people_of(
        self, connection: Connection, crm: str
    ) -> tuple[Mapping[str, Owner], Mapping[str, Owner]]:
        if crm not in self._people:
            config = next(c for c in self._configs if crm in c.crms)
            others = [n for n in config.crms if n != crm] if config.crms[crm].home else []
            away = {o.id: o for n in others for o in mirror.owners(connection, n).values()}
            self._people[crm] = mirror.owners(connection, crm), MappingProxyType(away)
        return self._people[crm]


def _side(config: Config, crm: str, alike: frozenset[int], *, writes: bool) -> Side | None:
    if crm not in config.crms:
        return None
    rules = rules_for(config, crm)
    book = CountingBook.of(Rulebook(rules, sense=sense_for(rules.words)), alike, writes=writes)
    return Side(book, types_of(config, crm))


def _differences(
    case: Case, in_force: tuple[Foreseen, ...], new: tuple[Foreseen, ...]
) -> Iterator[Difference]:
    for contrast in contrasts(in_force, new, case.owners):
        name = case.account.name if case.account else ""
        ref = case.account_ref or contrast.record
        yield Difference(case.crm, name, ref.id, contrast)
