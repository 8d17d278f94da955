"""A test case of the rule file played through: decided, its done tasks done, decided again, and
once more for each thing that is found out later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from rules.asking import Asked
from rules.case import Decision, KnownRecovery, KnownTask, Loss, PlannedTask, Recovery
from rules.chosen import remembered
from rules.consent import choose_contact
from rules.context import loss_facts
from rules.decide import decide
from rules.given import Given, given_case
from rules.given_keys import day_of
from rules.given_lost import told_later
from rules.given_tasks import answers
from rules.model import Outcome
from rules.own_steps import QUESTION
from rules.rulebook import Rulebook
from rules.ruleset import TestCase

_ROUNDS = 12
"""Steps of one plan that are played through at most."""


@dataclass(frozen=True, slots=True)
class Played:
    """What became of a test's customer. `facts_at_first` are those before anything was found out
    later; `made_on` is the day on which each task was wanted first, by key."""

    given: Given
    decision: Decision
    loss: Loss | None
    facts: Mapping[str, Any]
    facts_at_first: Mapping[str, Any]
    tasks: tuple[PlannedTask, ...]  # wanted, neither done nor closed
    made_on: Mapping[str, date]


def play(test: TestCase, book: Rulebook) -> Played:
    """Decide the stated customer, and again after each task that the test calls done and each
    thing that it says is found out. Raises `rules.given_keys.UnclearDay`."""
    given = given_case(test.given, book.rules)
    story = _Story(given, book.with_rules(given.rules))
    story.go_on(test.given.get("done", ()))
    at_first = story.facts()
    for found in test.then:
        story.find_out(found)
        story.go_on(found.get("done", ()))
    return Played(
        given=given,
        decision=story.decision,
        loss=story.loss,
        facts=story.facts(),
        facts_at_first=at_first,
        tasks=tuple(t for key, t in story.wanted.items() if not story.known[key].closed),
        made_on={key: task.made_on for key, task in story.known.items()},
    )


class _Story:
    """The customer as the CRM and our own memory would know them, one decision after the other."""

    def __init__(self, given: Given, book: Rulebook) -> None:
        self.case, self.book, self.today = given.case, book, given.today
        self.wanted: dict[str, PlannedTask] = {}
        self.known: dict[str, KnownTask] = {}
        self.decision = Decision()

    @property
    def loss(self) -> Loss | None:
        return _main_loss(self.decision)

    def facts(self) -> Mapping[str, Any]:
        loss = self.loss
        if loss is None:
            return {}
        contact = choose_contact(self.case.contacts, loss.contact_id)
        return loss_facts(self.case, self.book.rules, loss, contact, self.today, Asked())

    def find_out(self, found: Mapping[str, Any]) -> None:
        """What somebody writes into the lost record, that day or later."""
        self.today = day_of(found["on"], self.today) if "on" in found else self.today
        self.case = told_later(self.case, self.book.rules, found)

    def go_on(self, said: Any) -> None:
        """Decide, and again after each round of tasks that are done."""
        done = _done(said)
        self._decide()
        for _ in range(_ROUNDS):
            ready = [k for k, t in self.known.items() if short_key(k) in done and not t.closed]
            if not ready:
                break
            for key in ready:
                answer = done[short_key(key)]
                finished = replace(self.known[key], closed=True, done_on=self.today, outcome=answer)
                self.known[key] = finished
            self._decide()

    def _decide(self) -> None:
        recoveries = (replace(r, tasks=self._tasks_of(r.id)) for r in self.case.recoveries)
        self.case = replace(self.case, recoveries=tuple(recoveries))
        self.decision = decision = decide(self.case, self.book, self.today)
        for task in decision.tasks:
            self.wanted[task.draft.key] = task
            self.known[task.draft.key] = _written(task, self.today)
        for key in decision.close:
            self.known[key] = replace(self.known[key], closed=True)
        now = {r.id: _as_known(r) for r in decision.recoveries}
        kept = (r for r in self.case.recoveries if r.id not in now)
        found = tuple(remembered(x) for x in decision.losses if x.new)
        self.case = replace(
            self.case, losses=(*self.case.losses, *found), recoveries=(*kept, *now.values())
        )

    def _tasks_of(self, recovery_id: str) -> tuple[KnownTask, ...]:
        return tuple(
            task for key, task in self.known.items() if self.wanted[key].recovery_id == recovery_id
        )


def _done(said: Any) -> dict[str, Outcome | None]:
    """`["listen"]`, or with the rep's answers `{ listen = "no answer" }`."""
    known = set(Outcome)
    return {key: Outcome(word) if word in known else None for key, word in answers(said).items()}


def _written(task: PlannedTask, today: date) -> KnownTask:
    return KnownTask(
        key=task.draft.key,
        made_on=today,
        written=True,
        owner_id=task.draft.owner_id,
        contact_id=task.draft.contact_id,
    )


def _as_known(recovery: Recovery) -> KnownRecovery:
    return KnownRecovery(
        id=recovery.id,
        opened_on=recovery.opened_on,
        playbook=recovery.playbook,
        ended_on=recovery.ended_on,
        end=recovery.end,
        interview_before=recovery.interview_before,
        benchmarks=recovery.benchmarks,
        left=recovery.left,
    )


def _main_loss(decision: Decision) -> Loss | None:
    own = [x for x in decision.losses if x.watch != "earlier" and x.merged_into is None]
    return own[-1] if own else None


def short_key(key: str) -> str:
    """The middle part of a task's key: what the rule file calls it. The question names its loss
    behind a dot, which no file can."""
    step = key.split(":")[1]
    return QUESTION if step.startswith(f"{QUESTION}.") else step
