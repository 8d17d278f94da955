"""Which playbook a loss is worked by: the first that is meant for it.

A playbook with `until` is a plan for the time before a reason is known or confirmed. Once it is,
nobody gets that plan, and whoever has it goes on to the next one. That leads to an end: a
recovery never goes back into a playbook that it left.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from rules.asking import Asked
from rules.case import LeftPlaybook, Loss, LossReason, Recovery
from rules.playbook import AfterKind, Playbook
from rules.progress import reached
from rules.rulebook import Rulebook
from rules.ruleset import RuleSet

Choose = Callable[[Container[str]], Playbook | None]
"""The playbook that is chosen by the rules in force, without some."""


def choose_playbook(
    book: Rulebook,
    loss: Loss,
    facts: Mapping[str, Any],
    asked: Asked,
    left: Container[str] = (),
) -> Playbook | None:
    """The first playbook that is meant for the verdict, whose time is not over, and whose
    condition holds. `left` are those that the recovery followed before."""
    for playbook in book.rules.playbooks:
        if loss.verdict not in playbook.verdicts or playbook.name in left:
            continue
        if not is_over(playbook, loss.reason) and asked.holds(playbook.when, facts):
            return playbook
    return None


def is_over(playbook: Playbook, reason: LossReason) -> bool:
    """Whether the reason is found out that the playbook is there to find."""
    until = playbook.until
    return until is not None and reached(until, reason.category, reason.provenance)


def names_left(left: tuple[LeftPlaybook, ...]) -> set[str]:
    """The playbooks that a recovery left because a reason was found out."""
    return {one.name for one in left if one.name and not one.replanned}


def carried_on(
    recovery: Recovery,
    playbook: Playbook | None,
    reason: LossReason,
    choose: Choose,
    *,
    because: str,
    today: date,
) -> Recovery:
    """The recovery with the plan that it goes on with. Where none fits it has none, and takes the
    first that does once the reason is put right."""
    searching = playbook is None and any(not one.replanned for one in recovery.left)
    over = playbook is not None and is_over(playbook, reason)
    if recovery.ended_on is not None or not (over or searching):
        return recovery
    left = names_left(recovery.left) | ({playbook.name} if playbook else set())
    following = choose(left)
    if following is None and searching:
        return recovery
    moved = replace(recovery, playbook=following.name if following else None, revision=None)
    if recovery.opened:  # known from the first day on: it never followed the other one
        return moved
    step = LeftPlaybook(
        name=recovery.playbook,
        taken_on=_taken_on(recovery),
        left_on=today,
        because=because,
        revision=recovery.revision,
        benchmarks=recovery.benchmarks,
    )
    return replace(moved, left=(*recovery.left, step))


def _taken_on(recovery: Recovery) -> date:
    return recovery.left[-1].left_on if recovery.left else recovery.opened_on


def found_out(playbook: Playbook | None, reason: LossReason, rules: RuleSet) -> str:
    """Why a playbook is left, in a few words."""
    named = next((r.label for r in rules.reasons if r.id == reason.category), reason.category)
    if playbook is None:
        return f"the reason is now {named}"
    confirmed = playbook.until is AfterKind.REASON_CONFIRMED
    if confirmed and reason.category == "unknown":
        return "the reason is confirmed"
    return f"the reason is {'confirmed' if confirmed else 'known'}: {named}"
