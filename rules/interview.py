"""The exit interview (row R7): what a rep filled in on the account, and what follows from it.

The fields stand on the account and outlive a recovery. What stood in them when the recovery of
a customer who leaves again was opened says nothing about that departure: only what was filled
in since then counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from rules.case import Case, Loss, LossReason, Recovery
from rules.model import INTERVIEW_FIELDS, Field, Permission, Provenance
from rules.rulebook import Rulebook

BY_INTERVIEW = "the exit interview"

_SAID_BY_THEM = (
    Field.COMPLAINT_RESTATED,
    Field.WHAT_HAPPENED,
    Field.TRIGGER,
    Field.WOULD_HAVE_US_DO,
)
"""Answers that only the customer can have given; the first filled ones say why they left."""

_WHY = (Field.COMPLAINT_RESTATED, Field.WHAT_HAPPENED, Field.TRIGGER)
_YES = frozenset({"true", "yes", "1"})
_MONTHS = (
    "january february march april may june july august september october november december"
).split()
_RUNGS = (None, *Provenance)


@dataclass(frozen=True, slots=True)
class Interview:
    """The answers that concern one departure. `told` and `confirmed` are the rungs of row R3."""

    words: str | None = None
    told: bool = False
    confirmed: bool = False
    would_return: str | None = None  # yes, no, perhaps
    keep_in_touch: Permission | None = None
    contract_ends_on: date | None = None  # their new supplier's
    budget_month: int | None = None  # 1 to 12

    @property
    def rung(self) -> Provenance | None:
        if self.confirmed:
            return Provenance.CONFIRMED
        return Provenance.TOLD if self.told else None


NONE = Interview()


def answers(case: Case) -> dict[Field, str]:
    """What stands in the interview's fields of the account now."""
    account = next((r for r in case.records if r.ref == case.account_ref), None)
    if account is None:
        return {}
    filled = {name: account.ours.get(name) for name in INTERVIEW_FIELDS}
    return {name: value.strip() for name, value in filled.items() if value and value.strip()}


def interview_of(case: Case, recovery: Recovery | None) -> Interview:
    """The interview as far as it is about this recovery."""
    now = answers(case)
    if not now or recovery is None:
        return NONE
    before = recovery.interview_before
    fresh = {name: value for name, value in now.items() if value != before.get(name)}
    complaint_is_new = Field.COMPLAINT_RESTATED in fresh or Field.COMPLAINT_CONFIRMED in fresh
    ticked = now.get(Field.COMPLAINT_CONFIRMED, "").lower() in _YES
    return Interview(
        words=next((fresh[name] for name in _WHY if name in fresh), None),
        told=any(name in fresh for name in _SAID_BY_THEM),
        confirmed=ticked and complaint_is_new,
        would_return=fresh.get(Field.WOULD_RETURN, "").lower() or None,
        keep_in_touch=_permission(fresh.get(Field.KEEP_IN_TOUCH)),
        contract_ends_on=_day(fresh.get(Field.CONTRACT_END)),
        budget_month=_month(fresh.get(Field.BUDGET_MONTH)),
    )


def with_interview(reason: LossReason, heard: Interview, book: Rulebook) -> LossReason:
    """A reason with what the customer told us. A category that stands is never rewritten: where
    their words say another, a person is asked (row R4)."""
    if heard.words:
        reason = _by_their_words(reason, heard.words, book)
    return replace(reason, provenance=higher(reason.provenance, heard.rung))


def _by_their_words(reason: LossReason, words: str, book: Rulebook) -> LossReason:
    said = book.categoriser.classify(None, words)
    if said.category in ("unknown", reason.category):
        return reason
    found = next((r for r in book.rules.reasons if r.id == said.category), None)
    label = found.label if found else said.category
    if reason.category != "unknown":
        because = f"{reason.because}, but in the exit interview they say {label}: {said.because}"
        return replace(reason, because=because, disagrees=True)
    return replace(
        reason,
        category=said.category,
        second=said.second,
        competitor=reason.competitor or said.competitor,
        fault=reason.fault or (found.fault.value if found and found.fault else None),
        changeable=reason.changeable
        or (found.changeable.value if found and found.changeable else None),
        confidence=said.confidence,
        because=f"the exit interview: {said.because}",
        by=BY_INTERVIEW,
    )


def higher(one: Provenance | None, other: Provenance | None) -> Provenance | None:
    """The higher of two rungs; none is the lowest."""
    return max(one, other, key=_RUNGS.index)


def told_losses(
    losses: tuple[Loss, ...], current: Recovery | None, heard: Interview, book: Rulebook
) -> tuple[Loss, ...]:
    """The losses, those of the open recovery with what the interview says of them."""
    if current is None or heard is NONE:
        return losses
    return tuple(
        replace(loss, reason=with_interview(loss.reason, heard, book))
        if loss.recovery_id == current.id
        else loss
        for loss in losses
    )


def interview_facts(heard: Interview, today: date) -> Mapping[str, object]:
    """The names of `rules.symbols` that the interview fills."""
    ends_on = heard.contract_ends_on
    return {
        "would_return": heard.would_return,
        "days_until_their_contract_end": (ends_on - today).days if ends_on else None,
        "budget_month": heard.budget_month,
        "month": today.month,
    }


def _permission(said: str | None) -> Permission | None:
    return {"yes": Permission.YES, "no": Permission.NO}.get((said or "").strip().lower())


def _day(said: str | None) -> date | None:
    try:
        return datetime.fromisoformat(said or "").date()
    except ValueError:
        return None


def _month(said: str | None) -> int | None:
    """`march`, `Mar` or `3`."""
    word = (said or "").strip().lower()
    if word.isdigit():
        return int(word) if 1 <= int(word) <= len(_MONTHS) else None
    found = [n for n, name in enumerate(_MONTHS, 1) if len(word) > 2 and name.startswith(word)]
    return found[0] if found else None
