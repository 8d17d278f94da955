"""A customer's records as they were on a day of the past, as far as their dates tell. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from rules.case import Case, KnownLoss, LossReason
from rules.counting_book import Asked, CountingBook
from rules.losses import Told, is_record_lost
from rules.model import Contract, Opportunity, Ref, Snapshot, Verdict
from rules.reasons import Classified
from rules.record_values import as_text, value
from rules.watching import Watch


@dataclass(frozen=True, slots=True)
class LostRecord:
    """A record that is lost by the end of the window, and the day on which that was to be seen."""

    told: Told
    seen_on: date


def unanswered(records: Sequence[Snapshot]) -> tuple[Snapshot, ...]:
    """Our own fields were empty on the day of a loss; the CRM does not tell since when they are
    filled."""
    return tuple(replace(r, ours={}) if r.ours else r for r in records)


def read_before(
    lost: Sequence[LostRecord], ledger: Mapping[Ref, KnownLoss], book: CountingBook
) -> Iterator[tuple[Asked, Classified]]:
    """What the ledger has the notes down as, where the same rules read them."""
    for watch, record in ((one.told.watch, one.told.record) for one in lost):
        known = ledger.get(record.ref)
        read = known.reason if known and known.revision in book.reads_alike else None
        stated = as_text(value(record, watch.reason))
        if known is None or read is None or read.by != LossReason().by or read.stated != stated:
            continue  # not known, or said by a person, or changed since
        yield (
            (stated, as_text(value(record, watch.words)), known.verdict is Verdict.DEAL),
            Classified(
                category=read.category,
                second=read.second,
                competitor=read.competitor,
                confidence=read.confidence,
                because=read.because,
                disagrees=read.disagrees,
            ),
        )


def dated(case: Case, ledger: Mapping[Ref, KnownLoss], book: CountingBook) -> Case:
    """A record that bears no date of its own counts from its last change, which may be long
    after the loss: the ledger knows better."""
    zone = ZoneInfo(book.rules.company.timezone)

    def dated(record: Snapshot) -> Snapshot:
        known = ledger.get(record.ref)
        if known is None:
            return record
        return replace(record, modified_at=datetime.combine(known.known_on, time(12), zone))

    return replace(case, records=tuple(map(dated, case.records))) if ledger else case


def first_told(one: Told, known: KnownLoss | None, ends_on: date) -> date:
    """The day on which the record would have been seen to be lost: known, and lost by the
    watch's condition, which may wait for days to pass."""
    early = min(one.known_on, known.known_on) if known else one.known_on
    early = min(early, ends_on) if one.lost_on > ends_on else early
    if early >= ends_on or not _waits(one.watch) or is_record_lost(one.watch, one.record, early):
        return early
    late = ends_on
    while (late - early).days > 1:
        middle = early + timedelta(days=(late - early).days // 2)
        if is_record_lost(one.watch, one.record, middle):
            late = middle
        else:
            early = middle
    return late


def _waits(watch: Watch) -> bool:
    """Whether the watch's condition may become true by time alone."""
    return watch.lost_when is not None and not _CLOCK.isdisjoint(watch.lost_when.names)


_CLOCK = frozenset({"today", "days_open"})


def deals(found: Sequence[Opportunity], later: set[str], day: date) -> Iterator[Opportunity]:
    """Deals that came later are left out, and what was lost later was open."""
    for deal in found:
        begun_on = _begun_on(deal)
        if begun_on is not None and begun_on > day:
            continue
        is_lost = deal.closed and not deal.won
        open_then = deal.id in later or (deal.closed_on is not None and deal.closed_on > day)
        yield replace(deal, closed=False) if is_lost and open_then else deal


def _begun_on(deal: Opportunity) -> date | None:
    """A deal that was closed before it was created was carried over from another system."""
    if deal.created_on is None or not deal.closed or deal.closed_on is None:
        return deal.created_on
    return min(deal.created_on, deal.closed_on)


def contracts(contracts: Sequence[Contract], later: set[str]) -> Iterator[Contract]:
    """A contract whose record was lost later ran, as far as its dates say."""
    for contract in contracts:
        ran = contract.id in later and contract.running is False
        yield replace(contract, running=None) if ran else contract


def purchases(case: Case) -> set[date]:
    """The days on which the customer bought something."""
    won = {o.closed_on for o in case.opportunities if o.won and o.closed_on}
    started = {c.starts_on for c in case.contracts if c.starts_on}
    return won | started


def keeping_days(case: Case) -> set[date]:
    """The days from which on somebody who counted as lost may not do so any more: they bought,
    or a deal was begun. Between two of them an account only ever drifts from kept to lost."""
    return purchases(case) | {day for o in case.opportunities if (day := _begun_on(o))}
