"""Losses that are known, and reasons that people chose: theirs stand above what we derived."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from rules.case import Case, KnownLoss, Loss, LossReason
from rules.interview import BY_INTERVIEW, higher
from rules.losses import loss_value, reason_of
from rules.model import Changeable, Fault, Field, Provenance, Ref, Verdict
from rules.rulebook import Rulebook

BY_PERSON = "a person in the CRM"


def known_loss(
    case: Case, book: Rulebook, known: KnownLoss, reopened: tuple[str, ...], today: date
) -> Loss:
    """A known loss: verdict and dates as pinned, the reason as the record tells it today."""
    record = next((r for r in case.records if r.ref == known.record), None)
    watch = next((w for w in book.rules.watches if w.name == known.watch), None)
    reason, value = LossReason(), None
    if record and watch:
        value = loss_value(record, watch, book.rules)
        reason = reason_of(
            record,
            watch,
            book.rules,
            book.categoriser,
            by_phrases=known.verdict is Verdict.DEAL,
        )
    loss = Loss(
        id=known.id,
        record=known.record,
        ordinal=known.ordinal,
        watch=known.watch,
        verdict=known.verdict,
        because=(),
        known_on=known.known_on,
        lost_on=known.lost_on,
        reason=reason,
        value=value,
        undone_on=known.undone_on or (today if known.id in reopened else None),
        merged_into=known.merged_into,
        recovery_id=known.recovery_id,
        record_owner_id=record.owner_id if record else None,
        contact_id=record.contact_id if record else None,
        new=False,
    )
    return replace(loss, reason=_kept(case, known, chosen_reason(case, book, loss)))


def remembered(loss: Loss) -> KnownLoss:
    """A loss of an earlier decision, as the next one knows it."""
    return KnownLoss(
        id=loss.id,
        record=loss.record,
        ordinal=loss.ordinal,
        watch=loss.watch,
        verdict=loss.verdict,
        known_on=loss.known_on,
        lost_on=loss.lost_on,
        merged_into=loss.merged_into,
        recovery_id=loss.recovery_id,
    )


def _kept(case: Case, known: KnownLoss, reason: LossReason) -> LossReason:
    """Of a recovery that has ended, what the customer told us stays, although the interview on
    the account may be about a later departure by now."""
    before = known.reason
    ended = any(r.id == known.recovery_id and r.ended_on for r in case.recoveries)
    if before is None or not ended:
        return reason
    if reason.category == "unknown" and before.by == BY_INTERVIEW:
        return before
    return replace(reason, provenance=higher(reason.provenance, before.provenance))


def chosen_reason(case: Case, book: Rulebook, loss: Loss) -> LossReason:
    """The reason with what people chose in our fields put above what we derived."""
    reason = loss.reason
    ids = {r.id for r in book.rules.reasons} | {"unknown"}
    category = persons_choice(case, loss.record, Field.REASON)
    if category in ids and category is not None:
        chosen = next((r for r in book.rules.reasons if r.id == category), None)
        reason = replace(
            reason,
            category=category,
            fault=chosen.fault.value if chosen and chosen.fault else None,
            changeable=chosen.changeable.value if chosen and chosen.changeable else None,
            because="a person chose it in the CRM",
            by=BY_PERSON,
            disagrees=False,
        )
    provenance = persons_choice(case, loss.record, Field.PROVENANCE)
    fault = persons_choice(case, loss.record, Field.FAULT)
    changeable = persons_choice(case, loss.record, Field.CHANGEABLE)
    guessed = Provenance.GUESSED if reason.category != "unknown" else None
    return replace(
        reason,
        provenance=Provenance(provenance) if provenance in set(Provenance) else guessed,
        fault=fault if fault in set(Fault) else reason.fault,
        changeable=changeable if changeable in set(Changeable) else reason.changeable,
        competitor=persons_choice(case, loss.record, Field.COMPETITOR) or reason.competitor,
    )


def persons_choice(case: Case, ref: Ref, field: Field) -> str | None:
    """What a person put into one of our fields, None where it is empty or our own writing."""
    record = next((r for r in case.records if r.ref == ref), None)
    now = record.ours.get(field) if record else None
    return now if now and now != case.written.get(ref, {}).get(field) else None
