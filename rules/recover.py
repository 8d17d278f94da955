"""Recoveries: one open effort per customer, which later losses join and a return ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from rules.case import Case, KnownRecovery, Loss, Recovery
from rules.facts import in_company_currency
from rules.interview import answers
from rules.losses import short_id
from rules.model import Outcome, Verdict
from rules.playbook import APPROVAL, Playbook
from rules.ruleset import RuleSet
from rules.verdict import returned_on

RECOVERED = "recovered"
REOPENED = "reopened"
DO_NOT_CONTACT = "do not contact"
PARTLY = "partly recovered"
NOT_NOW = "not now"
RELEASED_WELL = "released well"
NOT_RECOVERABLE = "not recoverable"
OPEN = "open"

ENDS_BY_OUTCOME = {
    Outcome.ASKED_TO_STOP: DO_NOT_CONTACT,
    Outcome.CAME_BACK: RECOVERED,
    Outcome.NOT_THIS_ONE: NOT_RECOVERABLE,
}
"""What the rep's answer on a task does to the whole recovery."""

Choose = Callable[[Loss], Playbook | None]
"""Which playbook a loss would open a recovery with."""


class Recovered(NamedTuple):
    recoveries: tuple[Recovery, ...]
    losses: tuple[Loss, ...]


def recover(
    case: Case, rules: RuleSet, losses: Sequence[Loss], choose: Choose, today: date
) -> Recovered:
    """Open, join and end recoveries over `losses` (all of the customer's, oldest first)."""
    known = _open_one(case.recoveries)
    current = _as_recovery(known) if known else None
    done: list[Recovery] = []
    linked: list[Loss] = []
    for loss in losses:
        if not loss.new or loss.merged_into:
            linked.append(loss)
            continue
        if current and (ended := _came_back(case, rules, current, linked, loss.lost_on)):
            done.append(ended)
            current = None
        if not is_ours(loss, rules):
            linked.append(loss)
            continue
        playbook = choose(loss)
        if current is None and (playbook or loss.verdict is Verdict.CUSTOMER):
            current = _opened(case, loss, playbook)
        linked.append(replace(loss, recovery_id=current.id) if current else loss)
    if current:
        current = _ended(case, rules, current, known, linked, today) or current
        done.append(current)
    return Recovered(tuple(done), _with_merged(linked))


def is_ours(loss: Loss, rules: RuleSet) -> bool:
    """Whether a loss is known late enough to be worked on (row W10)."""
    first_day = rules.company.first_day
    return first_day is not None and loss.known_on >= first_day


def _open_one(recoveries: Iterable[KnownRecovery]) -> KnownRecovery | None:
    return next((r for r in recoveries if r.ended_on is None), None)


def _as_recovery(known: KnownRecovery) -> Recovery:
    return Recovery(
        known.id,
        known.opened_on,
        known.playbook,
        opened=False,
        interview_before=known.interview_before,
        benchmarks=known.benchmarks,
        revision=known.revision,
        left=known.left,
    )


def _opened(case: Case, loss: Loss, playbook: Playbook | None) -> Recovery:
    return Recovery(
        id=short_id("recovery", loss.id),
        opened_on=loss.known_on,
        playbook=playbook.name if playbook else None,
        goal=playbook.goal if playbook else "",
        opened=True,
        interview_before=answers(case) if loss.repeat_of else {},
    )


def _came_back(
    case: Case, rules: RuleSet, current: Recovery, losses: Iterable[Loss], until: date
) -> Recovery | None:
    since = _since(current, losses)
    back = returned_on(case, rules, since, until) if since else None
    if back is None or since is None:
        return None
    own = [x for x in losses if x.recovery_id == current.id]
    partly = _bought_less(case, rules, own, since, until)
    return replace(current, ended_on=back, end=PARTLY if partly else RECOVERED)


def _bought_less(
    case: Case, rules: RuleSet, losses: Sequence[Loss], since: date, until: date
) -> bool:
    """Whether they bought again for much less than was lost, as far as both are known."""
    lost = max((x.value for x in losses if x.value is not None), default=None)
    amounts = [
        in_company_currency(o.amount, rules.company)
        for o in case.opportunities
        if o.won and o.closed_on and since < o.closed_on <= until
    ]
    if lost is None or not amounts or any(amount is None for amount in amounts):
        return False
    bought = sum((amount for amount in amounts if amount is not None), Decimal(0))
    return bought < lost * Decimal(str(rules.limits.partly_below))


def _since(recovery: Recovery, losses: Iterable[Loss]) -> date | None:
    """The day from which a purchase means that they stay: notice, where it came before."""
    days = [
        min(x.known_on, x.lost_on)
        for x in losses
        if x.recovery_id == recovery.id and x.undone_on is None
    ]
    return max(days, default=None)


def _ended(
    case: Case,
    rules: RuleSet,
    current: Recovery,
    known: KnownRecovery | None,
    losses: Sequence[Loss],
    today: date,
) -> Recovery | None:
    """The recovery as ended, when a person or the CRM says that it is over."""
    for task in known.tasks if known and known.id == current.id else ():
        if task.outcome in ENDS_BY_OUTCOME and not task.key.split(":")[1].endswith(APPROVAL):
            end = ENDS_BY_OUTCOME[task.outcome]
            return replace(current, ended_on=task.done_on or today, end=end)
    if back := _came_back(case, rules, current, losses, today):
        return back
    own = [loss for loss in losses if loss.recovery_id == current.id]
    if own and all(loss.undone_on for loss in own):
        return replace(current, ended_on=today, end=REOPENED)
    return None


def _with_merged(losses: Sequence[Loss]) -> tuple[Loss, ...]:
    """A loss that was merged into another belongs to that one's recovery."""
    by_id = {loss.id: loss.recovery_id for loss in losses}
    return tuple(
        replace(loss, recovery_id=by_id.get(loss.merged_into))
        if loss.new and loss.merged_into
        else loss
        for loss in losses
    )
