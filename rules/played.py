"""A test case of the rule file played through: decided, its done tasks done, decided again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from rules.asking import Asked
from rules.case import Case, Decision, KnownRecovery, KnownTask, Loss, PlannedTask
from rules.chosen import remembered
from rules.consent import choose_contact
from rules.context import loss_facts
from rules.decide import decide
from rules.given import Given, given_case
from rules.model import Outcome
from rules.rulebook import Rulebook

_ROUNDS = 12
"""Steps of one plan that are played through at most."""


@dataclass(frozen=True, slots=True)
class Played:
    """What became of a test's customer."""

    given: Given
    decision: Decision
    loss: Loss | None
    facts: Mapping[str, Any]
    tasks: tuple[PlannedTask, ...]  # wanted and not done


def play(stated: Mapping[str, Any], book: Rulebook) -> Played:
    """Decide the stated customer, and again after each task that the test calls done."""
    given = given_case(stated, book.rules)
    book = book.with_rules(given.rules)
    done = _done(stated.get("done", ()))
    case, tasks = given.case, dict[str, PlannedTask]()
    decision = decide(case, book, given.today)
    first = decision
    for _ in range(_ROUNDS):
        tasks |= {task.draft.key: task for task in decision.tasks}
        left = [key for key in tasks if short_key(key) in done and key not in _finished(case)]
        if not left:
            break
        case = _afterwards(given.case, first, tasks, done, given.today)
        decision = decide(case, book, given.today)
    gone = {*_finished(case), *decision.close}
    loss = _main_loss(decision)
    return Played(
        given=given,
        decision=decision,
        loss=loss,
        facts=_facts(case, book, loss, given.today) if loss else {},
        tasks=tuple(task for key, task in tasks.items() if key not in gone),
    )


def _done(said: Any) -> dict[str, Outcome | None]:
    """`["listen"]`, or with the rep's answers `{ listen = "no answer" }`."""
    if isinstance(said, Mapping):
        return {key: Outcome(word) if word in set(Outcome) else None for key, word in said.items()}
    return dict.fromkeys([said] if isinstance(said, str) else said)


def _finished(case: Case) -> set[str]:
    return {t.key for r in case.recoveries for t in r.tasks if t.done_on is not None}


def _afterwards(
    case: Case,
    first: Decision,
    tasks: Mapping[str, PlannedTask],
    done: Mapping[str, Outcome | None],
    today: date,
) -> Case:
    """The case once the tasks of the first decisions stand in the CRM and some are done."""
    losses = tuple(remembered(x) for x in first.losses if x.new)
    recoveries = tuple(
        KnownRecovery(
            id=r.id,
            opened_on=r.opened_on,
            playbook=r.playbook,
            tasks=tuple(_known(t, done, today) for t in tasks.values() if t.recovery_id == r.id),
        )
        for r in first.recoveries
    )
    return replace(case, losses=(*case.losses, *losses), recoveries=recoveries)


def _known(task: PlannedTask, done: Mapping[str, Outcome | None], today: date) -> KnownTask:
    key = task.draft.key
    finished = short_key(key) in done
    return KnownTask(
        key=key,
        made_on=today,
        written=True,
        closed=finished,
        done_on=today if finished else None,
        outcome=done.get(short_key(key)),
        owner_id=task.draft.owner_id,
        contact_id=task.draft.contact_id,
    )


def _main_loss(decision: Decision) -> Loss | None:
    own = [x for x in decision.losses if x.watch != "earlier" and x.merged_into is None]
    return own[-1] if own else None


def _facts(case: Case, book: Rulebook, loss: Loss, today: date) -> Mapping[str, Any]:
    contact = choose_contact(case.contacts, loss.contact_id)
    return loss_facts(case, book.rules, loss, contact, today, Asked())


def short_key(key: str) -> str:
    """The middle part of a task's key: what the rule file calls it."""
    return key.split(":")[1]
