"""Who gets one step of one recovery: the rule's choice, and whom it must not be."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from rules.case import Case, KnownTask, Loss
from rules.model import Fault, Owner
from rules.people import Assign, AssignTo
from rules.plans import Step
from rules.playbook import Ask, Never
from rules.progress import try_of
from rules.routing import Routed, assignee
from rules.rulebook import Rulebook
from rules.staff import ANOTHER_STEP, SAME_STEP, Kept, Staff

_NOBODY: Mapping[str, str] = MappingProxyType({})

ANOTHER_SHOULD_CALL = "the customer's complaint should be heard by somebody else"
ABOUT_THEM = "it is about their own task"
NOT_THE_INTERVIEWER = "somebody else holds the exit interview"
NOBODY_ANSWERED = "they have tried, and nobody answered"

_IF_ANYBODY_ELSE = frozenset({ANOTHER_SHOULD_CALL, NOBODY_ANSWERED})
"""Who is left out for these gets the step all the same where there is nobody else."""


def route_step(
    step: Step,
    case: Case,
    book: Rulebook,
    loss: Loss,
    tier: str | None,
    tasks: tuple[KnownTask, ...],
    today: date,
) -> Routed:
    assign = _interviewer(step, book, tier) if step.ask is Ask.INTERVIEW else step.assign
    kept = _kept(step, tasks)
    not_to = _left_out(step, assign, case, book, loss, tasks)
    never = frozenset(id for id, why in not_to.items() if why not in _IF_ANYBODY_ELSE)
    keeper = case.owners.get(step.keeper or "")
    if keeper and keeper.id not in not_to and _staff(case, book, today).available(keeper):
        return Routed(keeper, f"{keeper.name} asked them before")
    return route(case, book, assign, loss, today, not_to=not_to, never=never, kept=kept)


def _kept(step: Step, tasks: tuple[KnownTask, ...]) -> Kept:
    found = {task.owner_id: ANOTHER_STEP for task in tasks if task.owner_id}
    tries = [task for task in _tries(step, tasks) if task.owner_id]
    if tries:
        found[tries[-1].owner_id or ""] = SAME_STEP
    return found


def _tries(step: Step, tasks: tuple[KnownTask, ...]) -> list[KnownTask]:
    """The tries of the step so far, the first one first."""
    same = step.key.rpartition(":")[0]
    return sorted((task for task in tasks if task.key.rpartition(":")[0] == same), key=try_of)


def _interviewer(step: Step, book: Rulebook, tier: str | None) -> Assign:
    """`[interview]` says who holds it where the task leaves it to the owner."""
    if step.assign != Assign():
        return step.assign
    rules = book.rules.interview
    return rules.by_tier.get(tier or "") or rules.assign or step.assign


def _left_out(
    step: Step,
    assign: Assign,
    case: Case,
    book: Rulebook,
    loss: Loss,
    tasks: tuple[KnownTask, ...],
) -> Mapping[str, str]:
    """Users who must not get the step, with why: whose own fault it was does not call about it
    where anybody else can, unless the rule names the person."""
    if step.not_to:
        return {step.not_to: ABOUT_THEM}
    if step.ask is Ask.INTERNAL or assign.to is AssignTo.PERSON:
        return _NOBODY
    account_owner_id = case.account.owner_id if case.account else None
    record_owner_id = loss.record_owner_id
    found: dict[str, str] = {}
    if step.ask is Ask.INTERVIEW:
        never = book.rules.interview.never
        if Never.ACCOUNT_OWNER in never and account_owner_id:
            found[account_owner_id] = NOT_THE_INTERVIEWER
        if Never.RECORD_OWNER in never and record_owner_id:
            found[record_owner_id] = NOT_THE_INTERVIEWER
    blamed = record_owner_id or account_owner_id
    if loss.reason.fault == Fault.MINE and blamed:
        found.setdefault(blamed, ANOTHER_SHOULD_CALL)
    if step.by_another:  # the two owners are no "another rep" anyway
        tried = {task.owner_id for task in _tries(step, tasks) if task.owner_id}
        for owner_id in sorted(tried - {account_owner_id, record_owner_id}):
            found.setdefault(owner_id, NOBODY_ANSWERED)
    return found


def _staff(case: Case, book: Rulebook, today: date) -> Staff:
    rules = book.rules
    return Staff(case.owners, rules.people, today, rules.roles, case.workload)


def route(
    case: Case,
    book: Rulebook,
    assign: Assign,
    loss: Loss | None,
    today: date,
    *,
    not_to: Mapping[str, str] = _NOBODY,
    never: frozenset[str] = frozenset(),
    kept: Kept = MappingProxyType({}),
) -> Routed:
    owners = case.owners
    record_owner = owners.get(loss.record_owner_id or "") if loss else None

    def standing_in(field: str) -> Owner | None:
        record = next((r for r in case.records if loss and r.ref == loss.record), None)
        value = case.account_fields.get(field)
        if value is None and record is not None:
            value = record.fields.get(field)
        return owners.get(str(value)) if value is not None else None

    return assignee(
        assign,
        account_owner=owners.get(case.account.owner_id or "") if case.account else record_owner,
        record_owner=record_owner,
        field_owner=standing_in,
        staff=_staff(case, book, today),
        not_to=not_to,
        never=never,
        kept=kept,
    )
