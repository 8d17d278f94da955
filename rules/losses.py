"""Finds losses in a case: flips of watched records, departures that time alone brings about.

A loss is (record, ordinal of the flip from not lost to lost): a record that is edited while it
stays lost makes no new one, a record that is reopened and lost again does.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from rules.case import TIME_ALONE, Case, KnownLoss, Loss, LossReason
from rules.departures import last_departure, same_departure
from rules.facts import in_company_currency
from rules.model import Contract, Money, Opportunity, Ref, Snapshot, Verdict
from rules.reasons import Categoriser
from rules.record_values import as_day, as_text, value
from rules.ruleset import Company, Reason, RuleSet
from rules.verdict import Judged, judge, lost_by_time
from rules.watching import Watch

LETTERS = 12


def short_id(*parts: object) -> str:
    """A stable id made from what it names, so that a store that was lost and rebuilt gives a
    loss or a recovery the same id again, and its tasks the same keys in the CRM. The CRM's name
    is one of them: an org and its copy give two records the same id."""
    digest = hashlib.sha256("\x1f".join(str(p) for p in parts).encode()).digest()
    return base64.b32encode(digest).decode().lower()[:LETTERS]


@dataclass(frozen=True, slots=True)
class Told:
    """What a watched record says of itself."""

    watch: Watch
    record: Snapshot
    known_on: date
    lost_on: date


def record_facts(record: Snapshot, today: date) -> dict[str, object]:
    """The names that `lost_when` and `running_when` may use: our few normalised ones and every
    field of the record under the CRM's own name."""
    facts: dict[str, object] = dict(record.fields)
    facts |= {"owner_id": record.owner_id, "today": today, "modified_on": _on(record.modified_at)}
    entity = record.entity
    if isinstance(entity, Opportunity):
        facts |= {
            "closed": entity.closed,
            "won": entity.won,
            "lost": entity.closed and not entity.won,
            "stage": entity.stage,
            "amount": entity.amount.amount if entity.amount else None,
            "created_on": entity.created_on,
            "closed_on": entity.closed_on,
            "days_open": (today - entity.created_on).days if entity.created_on else None,
        }
    if isinstance(entity, Contract):
        facts |= {"starts_on": entity.starts_on, "ends_on": entity.ends_on}
        facts |= {"amount": entity.value.amount if entity.value else None}
    return facts


def is_record_lost(watch: Watch, record: Snapshot, today: date) -> bool:
    if record.deleted:
        return False
    return watch.lost_when is None or watch.lost_when.test(record_facts(record, today)).holds


def undone(case: Case, rules: RuleSet, today: date) -> tuple[str, ...]:
    """Known losses whose record is no longer lost: reopened, reactivated, deleted, or moved to
    another account. And what time alone told while the record that tells it was away."""
    watches = {w.name: w for w in rules.watches if w.crm == case.crm}
    records = {r.ref: r for r in case.records}
    told_again = {item.record.ref for item in told(case, rules, today)}
    gone = []
    for loss in case.losses:
        watch, record = watches.get(loss.watch), records.get(loss.record)
        if loss.undone_on:
            continue
        if loss.watch == TIME_ALONE:
            if _is_told_again(case, loss, told_again):
                gone.append(loss.id)
        elif watch is not None and (record is None or not is_record_lost(watch, record, today)):
            gone.append(loss.id)
    return tuple(gone)


def _is_told_again(case: Case, silent: KnownLoss, told_again: Container[Ref]) -> bool:
    """Whether a record that told of this departure once tells of it again: a deal that was
    deleted and restored, with a decision in between, ends as one that was never deleted."""
    return any(
        loss.undone_on
        and loss.verdict is Verdict.CUSTOMER
        and loss.recovery_id == silent.recovery_id
        and loss.record in told_again
        for loss in case.losses
    )


def told(case: Case, rules: RuleSet, today: date) -> list[Told]:
    """Records that are lost and were not known as lost, oldest first."""
    open_records = {loss.record for loss in case.losses if loss.undone_on is None}
    found: dict[Ref, Told] = {}
    for watch in rules.watches:
        if watch.crm != case.crm:
            continue
        for record in case.records:
            if record.ref.type != watch.record or record.ref in open_records:
                continue
            if record.ref in found or not is_record_lost(watch, record, today):
                continue
            lost_on = lost_day(watch, record, rules.company, today)
            known_on = _named_day(record, watch.known_on, rules.company) or min(lost_on, today)
            found[record.ref] = Told(watch, record, known_on, lost_on)
    return sorted(found.values(), key=lambda t: (t.lost_on, t.known_on, t.record.ref))


def lost_day(watch: Watch, record: Snapshot, company: Company, today: date) -> date:
    """The day on which they left: the named field, else the record's usual one, else the day on
    which it is known or was last changed."""
    named = _named_day(record, watch.lost_on, company)
    if named is not None:
        return named
    entity = record.entity
    usual = None
    if watch.lost_on is None:
        usual = entity.closed_on if isinstance(entity, Opportunity) else None
        usual = entity.ends_on if isinstance(entity, Contract) else usual
    changed = as_day(record.modified_at, company.timezone)
    return usual or _named_day(record, watch.known_on, company) or changed or today


def _named_day(record: Snapshot, field: str | None, company: Company) -> date | None:
    return as_day(value(record, field), company.timezone)


def new_losses(
    case: Case, rules: RuleSet, categoriser: Categoriser, today: date
) -> tuple[Loss, ...]:
    """Every loss that was not known, judged and given its reason; one departure told by two
    records at about the same time is one loss, the second merged into the first."""
    standing: list[Loss | KnownLoss] = [loss for loss in case.losses if loss.undone_on is None]
    found: list[Loss] = []
    for item in told(case, rules, today):
        judged = judge(case, rules, item.watch, min(item.lost_on, today))
        loss = _loss(case, rules, categoriser, item, judged, standing)
        found.append(loss)
        standing.append(loss)
    silent = _by_time(case, rules, standing, today)
    return (*found, silent) if silent else tuple(found)


def _loss(
    case: Case,
    rules: RuleSet,
    categoriser: Categoriser,
    item: Told,
    judged: Judged,
    standing: Iterable[Loss | KnownLoss],
) -> Loss:
    record, watch = item.record, item.watch
    ordinal = next_ordinal(case, record.ref)
    return Loss(
        id=short_id("loss", case.crm, record.ref, ordinal),
        record=record.ref,
        ordinal=ordinal,
        watch=watch.name,
        verdict=judged.verdict,
        because=judged.because,
        known_on=item.known_on,
        lost_on=item.lost_on,
        reason=reason_of(
            record, watch, rules, categoriser, by_phrases=judged.verdict is Verdict.DEAL
        ),
        value=loss_value(record, watch, rules),
        merged_into=same_departure(judged.verdict, item.lost_on, rules, standing),
        repeat_of=last_departure(standing, item.lost_on) if is_departure(judged) else None,
        record_owner_id=record.owner_id,
        contact_id=record.contact_id,
    )


def is_departure(judged: Judged) -> bool:
    return judged.verdict is Verdict.CUSTOMER


def _by_time(
    case: Case, rules: RuleSet, standing: list[Loss | KnownLoss], today: date
) -> Loss | None:
    """The loss that no record tells. A departure that a record told since they last bought is
    the same departure, so that time adds nothing to it."""
    if case.account_ref is None or not any(w.crm == case.crm for w in rules.watches):
        return None
    departures = [s.lost_on for s in standing if s.verdict is Verdict.CUSTOMER]
    if _left_since_they_bought(case, departures, today):
        return None  # also on any earlier day, and finding that day is dear
    lost = lost_by_time(case, rules, today)
    if lost is None:
        return None
    day, judged = lost
    if _left_since_they_bought(case, departures, day):
        return None
    ordinal = next_ordinal(case, case.account_ref)
    return Loss(
        id=short_id("loss", case.crm, case.account_ref, ordinal),
        record=case.account_ref,
        ordinal=ordinal,
        watch=TIME_ALONE,
        verdict=judged.verdict,
        because=judged.because,
        known_on=day,
        lost_on=day,
        reason=LossReason(because="no record says why; time alone told us"),
        repeat_of=last_departure(standing, day),
        record_owner_id=case.account.owner_id if case.account else None,
    )


def _left_since_they_bought(case: Case, departures: Iterable[date], day: date) -> bool:
    last_bought = last_bought_before(case, day)
    return any(last_bought is None or lost_on >= last_bought for lost_on in departures)


def last_bought_before(case: Case, day: date) -> date | None:
    """The last purchase on or before a day."""
    wins = [o.closed_on for o in case.opportunities if o.won and o.closed_on]
    starts = [c.starts_on for c in case.contracts if c.starts_on and c.running is not False]
    return max((d for d in (*wins, *starts) if d <= day), default=None)


def next_ordinal(case: Case, record: Ref) -> int:
    """The number of this flip, counted over all customers whose the record ever was."""
    known = [loss.ordinal for loss in case.losses if loss.record == record]
    return 1 + max((*known, case.ordinals_elsewhere.get(record, 0)))


def notes(case: Case, rules: RuleSet, today: date) -> list[str]:
    """What will be read to find out why this customer left, if they did."""
    found = [as_text(value(item.record, item.watch.words)) for item in told(case, rules, today)]
    return [note for note in found if note]


def reason_of(
    record: Snapshot,
    watch: Watch,
    rules: RuleSet,
    categoriser: Categoriser,
    *,
    by_phrases: bool = False,
) -> LossReason:
    """The reason as the record's own fields tell it. Of a lost deal of a customer who stays the
    phrases say enough: there are many of them, and nobody is asked to do anything about one."""
    stated = as_text(value(record, watch.reason))
    words = as_text(value(record, watch.words))
    classified = categoriser.classify(stated, words, by_phrases=by_phrases)
    reasons: Mapping[str, Reason] = {r.id: r for r in rules.reasons}
    reason = reasons.get(classified.category)
    return LossReason(
        category=classified.category,
        second=classified.second,
        competitor=classified.competitor,
        fault=reason.fault.value if reason and reason.fault else None,
        changeable=reason.changeable.value if reason and reason.changeable else None,
        stated=stated,
        words=words,
        confidence=classified.confidence,
        because=classified.because,
        disagrees=classified.disagrees,
    )


def loss_value(record: Snapshot, watch: Watch, rules: RuleSet) -> Decimal | None:
    """The named field's number, which is in the record's own currency, or the usual amount."""
    entity = record.entity
    money: Money | None = None
    if isinstance(entity, Opportunity):
        money = entity.amount
    if isinstance(entity, Contract):
        money = entity.value
    if watch.value is not None:
        named = value(record, watch.value)
        if isinstance(named, bool) or not isinstance(named, int | float | Decimal):
            return None
        money = Money(Decimal(str(named)), money.currency if money else None)
    return in_company_currency(money, rules.company)


def _on(instant: datetime | None) -> date | None:
    return instant.date() if instant else None
