"""What holds for every customer, every set of rules and every day.

The suite tries the same few each time; `EXAMPLES=2000` before pytest tries so many new ones.
"""

from __future__ import annotations

import os
from collections.abc import Container, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import cache

import holidays
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.case import Case, Decision, KnownTask, PlannedTask
from rules.consent import suppressed
from rules.decide import decide
from rules.model import Field, Kind, Outcome, Provenance
from rules.rulebook import Rulebook
from tests.rules.anybody import customers, few_days, outcomes, rulebooks
from tests.rules.cases import remembered

LONGEST_KEY = 64  # the field Winback_Key__c

MANY = os.environ.get("EXAMPLES")

examples = settings(
    max_examples=int(MANY or 40),
    deadline=None,
    derandomize=not MANY,
    suppress_health_check=[HealthCheck.too_slow],
)


def decided(customer: Case, rules: Rulebook, today: date) -> Sequence[PlannedTask]:
    return decide(customer, rules, today).tasks


@examples
@given(customers(), rulebooks(), few_days)
def test_the_same_case_gives_the_same_decision(
    customer: Case, rules: Rulebook, today: date
) -> None:
    assert decide(customer, rules, today) == decide(customer, rules, today)


@examples
@given(customers(), rulebooks(), few_days)
def test_after_delivery_there_is_nothing_left_to_do(
    customer: Case, rules: Rulebook, today: date
) -> None:
    first = decide(customer, rules, today)
    again = decide(remembered(customer, first), rules, today)
    assert _asked_for(again) == ((), {}, {}, (), [], [])
    assert again.fields.items() <= first.fields.items()


def _asked_for(decision: Decision) -> tuple[object, ...]:
    return (
        decision.tasks,
        decision.close,
        decision.reassign,
        decision.undone,
        [loss.id for loss in decision.losses if loss.new],
        [r.id for r in decision.recoveries if r.opened or r.ended_on],
    )


found_out = st.lists(
    st.tuples(st.sampled_from([None, "price", "unknown"]), st.sampled_from([None, *Provenance])),
    min_size=1,
    max_size=4,
)


@examples
@given(customers(), rulebooks(), few_days, found_out)
def test_however_reasons_come_and_go_no_playbook_is_followed_twice(
    customer: Case,
    rules: Rulebook,
    today: date,
    said: list[tuple[str | None, Provenance | None]],
) -> None:
    known = customer
    for category, provenance in said:
        made = {task.key for recovery in known.recoveries for task in recovery.tasks}
        known = _said(known, category, provenance)
        decision = decide(known, rules, today)
        assert made.isdisjoint(task.draft.key for task in decision.tasks)
        known = remembered(known, decision)
        again = decide(known, rules, today)
        assert _asked_for(again) == ((), {}, {}, (), [], [])
        assert _plans(again) == _plans(decision)
        for followed in _plans(decision).values():
            assert len(set(followed)) == len(followed)
        today += timedelta(days=1)


def _plans(decision: Decision) -> dict[str, list[str | None]]:
    """The playbooks that each open recovery followed, in their order."""
    return {
        r.id: [*(one.name for one in r.left), r.playbook]
        for r in decision.recoveries
        if r.ended_on is None
    }


def _said(known: Case, category: str | None, provenance: Provenance | None) -> Case:
    """A person's choices on every lost record."""
    chosen = {Field.REASON: category, Field.PROVENANCE: provenance}
    ours = {name: value for name, value in chosen.items() if value is not None}
    records = (
        replace(r, ours={**r.ours, **ours}) if r.kind is Kind.OPPORTUNITY else r
        for r in known.records
    )
    return replace(known, records=tuple(records))


@examples
@given(customers(), rulebooks(), few_days)
def test_nobody_is_asked_to_contact_whoever_must_not_be(
    customer: Case, rules: Rulebook, today: date
) -> None:
    barred = {c.id: c.name for c in customer.contacts if suppressed(c)}
    for task in decided(customer, rules, today):
        assert task.draft.contact_id not in barred
        for name in barred.values():
            assert name not in task.draft.subject
            assert name not in task.draft.body


@examples
@given(customers(), rulebooks(), few_days)
def test_tasks_are_due_on_working_days_from_today_on(
    customer: Case, rules: Rulebook, today: date
) -> None:
    countries = {p.email: p.country for p in rules.rules.people}
    for task in decided(customer, rules, today):
        due_on, assignee = task.draft.due_on, customer.owners[task.draft.owner_id]
        assert due_on >= today
        assert due_on.weekday() < 5
        assert due_on not in days_off(countries.get(assignee.email) or rules.rules.company.country)
        assert due_on not in days_off(task.draft.customer_country)
        assert due_on not in rules.rules.company.holidays
        assert task.draft.due_at.date() in {due_on, due_on - timedelta(days=1)}


@cache
def days_off(country: str) -> Container[date]:
    code, _, region = country.partition("-")
    code = {"Germany": "DE"}.get(code, code)
    return holidays.country_holidays(code, subdiv=region or None) if code else ()


@examples
@given(customers(), rulebooks(), few_days)
def test_keys_are_unique_short_and_the_last_line_of_the_body(
    customer: Case, rules: Rulebook, today: date
) -> None:
    drafts = [task.draft for task in decided(customer, rules, today)]
    assert len({draft.key for draft in drafts}) == len(drafts)
    for draft in drafts:
        assert len(draft.key) <= LONGEST_KEY
        assert draft.body.split("\n")[-1] == f"[winback:{draft.key}]"


@examples
@given(customers(), rulebooks(), few_days)
def test_tasks_go_to_people_who_are_there(customer: Case, rules: Rulebook, today: date) -> None:
    for task in decided(customer, rules, today):
        assert customer.owners[task.draft.owner_id].active


@examples
@given(customers(), rulebooks(), few_days, outcomes, st.integers(0, 60))
def test_whatever_reps_answer_no_task_comes_twice_and_a_stop_is_kept(
    customer: Case, rules: Rulebook, today: date, answers: list[Outcome | None], later: int
) -> None:
    known = customer
    for outcome in answers:
        known = remembered(known, decide(known, rules, today))
        known = _answered(known, outcome, today)
        today += timedelta(days=later)
        tasks = [task for recovery in known.recoveries for task in recovery.tasks]
        made = {task.key for task in tasks}
        decision = decide(known, rules, today)
        keys = [task.draft.key for task in decision.tasks]
        assert len(set(keys)) == len(keys)
        assert not made.intersection(keys)
        assert all(len(key) <= LONGEST_KEY for key in keys)
        assert all(task.draft.due_on >= today for task in decision.tasks)
        if any(task.outcome is Outcome.ASKED_TO_STOP for task in tasks):
            assert all(task.draft.contact_id is None for task in decision.tasks)


def _answered(known: Case, outcome: Outcome | None, today: date) -> Case:
    """Every open task is done with this answer; without one all stay as they are."""
    if outcome is None:
        return known

    def answered(task: KnownTask) -> KnownTask:
        return task if task.closed else replace(task, outcome=outcome, done_on=today, closed=True)

    return replace(
        known,
        recoveries=tuple(
            replace(r, tasks=tuple(answered(task) for task in r.tasks)) for r in known.recoveries
        ),
    )
