"""How a recovery ends by its own plan: nobody answered, or its time is over (rows P7 and P11)."""

from __future__ import annotations

from datetime import date

from rules.calendar import add_span
from rules.case import LossReason, Recovery
from rules.interview import Interview
from rules.model import Changeable
from rules.playbook import Unanswered
from rules.progress import Progress
from rules.recover import NOT_NOW, NOT_RECOVERABLE, RELEASED_WELL


def plan_ends_on(recovery: Recovery, made: Progress) -> date | None:
    """The day from which the plan makes no task any more; None for one without an end."""
    span = made.playbook.ends_after if made.playbook else None
    return add_span(recovery.began_on, span) if span else None


def nobody_answered(made: Progress) -> bool:
    """Whether all tries of a step were in vain that the plan ends with."""
    steps = made.playbook.tasks if made.playbook else ()
    return any(s.unanswered is Unanswered.END and made.exhausted(s) for s in steps)


def end_of_plan(
    recovery: Recovery,
    made: Progress,
    reason: LossReason,
    heard: Interview,
    *,
    in_touch: bool,
    today: date,
) -> str | None:
    """How the recovery ends today by its plan; None while it goes on. With `in_touch` a cadence
    has the customer's yes, so that only the plan ends and not the recovery."""
    ends_on = plan_ends_on(recovery, made)
    over = ends_on is not None and ends_on <= today
    if not over and not nobody_answered(made):
        return None
    if in_touch:
        return None
    if made.thanked:
        return RELEASED_WELL
    if heard.would_return == "no" or reason.changeable == Changeable.NO:
        return NOT_RECOVERABLE
    return NOT_NOW
