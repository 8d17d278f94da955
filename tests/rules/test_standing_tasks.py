"""Tasks that stand in the CRM: which are closed and why, and to whom they go on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from rules.case import Case, KnownTask
from rules.decide import decide
from rules.model import Outcome, Owner
from rules.people import Assign, AssignTo
from rules.playbook import PlaybookTask
from rules.rulebook import Rulebook
from rules.ruleset import Suppression
from tests.rules.cases import ANN, TODAY, days_ago, eva, remembered, when, won
from tests.rules.plays import LISTEN, MIA, customer, plan

LEFT = Owner("U7", "Zoe Quit", active=False)


def standing(rules: Rulebook, *tasks: dict[str, Any], **changes: Any) -> Case:
    """The customer once decided, with these tasks of the recovery in the CRM: `listen` of Ann's
    about Eva, written and open, but for what each says."""
    known = replace(customer(), **changes)
    after = remembered(known, decide(known, rules, TODAY))
    [recovery] = after.recoveries
    usual = KnownTask("", TODAY, written=True, owner_id="U1", contact_id="C1")
    made = tuple(
        replace(usual, **{"key": f"{recovery.id}:listen:{number}", **task})
        for number, task in enumerate(tasks, 1)
    )
    return replace(after, recoveries=(replace(recovery, tasks=made),))


def closed(known: Case, rules: Rulebook) -> dict[str, str]:
    decision = decide(known, rules, TODAY)
    return {key.partition(":")[2]: because for key, because in decision.close.items()}


def test_only_open_tasks_about_somebody_who_said_no_are_closed() -> None:
    known = standing(plan(LISTEN), {"closed": True}, {"deleted": True}, {}, {"contact_id": None})
    stopped = replace(known, contacts=(eva(opted_out=True), eva(id="C2", name="Bo")))
    assert closed(stopped, plan(LISTEN)) == {"listen:3": "Eva Bauer has opted out"}


def test_what_was_answered_in_the_outcome_alone_is_closed() -> None:
    answered = {"outcome": Outcome.NO_ANSWER}
    tasks: tuple[dict[str, Any], ...] = (
        {"closed": True, **answered},
        {"deleted": True, **answered},
        {},
        answered,
    )
    assert closed(standing(plan(LISTEN), *tasks), plan(LISTEN)) == {
        "listen:4": 'it was answered "no answer"'
    }


def test_tasks_of_a_recovery_that_ended_are_closed_with_its_end() -> None:
    known = standing(plan(LISTEN), {"closed": True}, {})
    ended = replace(known.recoveries[0], ended_on=days_ago(1), end="not now")
    assert closed(replace(known, recoveries=(ended,)), plan(LISTEN)) == {
        "listen:2": "the recovery ended: not now"
    }


def test_a_suppression_closes_what_stands_and_says_why() -> None:
    known = standing(plan(LISTEN), {})
    named = plan(LISTEN, suppressions=(Suppression(when("wins > 0"), "a partner"),))
    assert closed(known, named) == {"listen:1": "a partner"}
    nameless = plan(LISTEN, suppressions=(Suppression(when("wins > 0")),))
    assert closed(known, nameless) == {"listen:1": "suppressed: wins > 0"}
    other = plan(LISTEN, suppressions=(Suppression(when("wins > 9")),))
    assert closed(known, other) == {}


def test_only_open_tasks_of_whoever_left_are_handed_over() -> None:
    left = {"owner_id": "U7"}
    tasks: tuple[dict[str, Any], ...] = (
        {"closed": True, **left},
        {"deleted": True, **left},
        {"owner_id": "?"},
        {},
        left,
    )
    known = standing(plan(LISTEN), *tasks)
    decision = decide(replace(known, owners={**known.owners, "U7": LEFT}), plan(LISTEN), TODAY)
    [(key, handed)] = decision.reassign.items()
    assert key.endswith(":listen:5")
    assert handed.owner_id == "U1"
    assert handed.note == (
        "Hand-over: Zoe Quit, who had this task, has left; Ann Lee owns the account."
    )


def test_a_task_is_handed_to_whom_its_step_is_for() -> None:
    to_manager = plan(replace(LISTEN, assign=Assign(AssignTo.MANAGER)))
    known = standing(to_manager, {"owner_id": "U7"}, {"owner_id": "U7", "key": "r:own.step:1"})
    decision = decide(replace(known, owners={**known.owners, "U7": LEFT}), to_manager, TODAY)
    assert [handed.owner_id for handed in decision.reassign.values()] == [MIA.id, ANN.id]


def test_a_deal_that_was_reopened_and_deleted_leaves_the_departure_to_time() -> None:
    known = standing(plan(PlaybookTask("listen", "Listen")), {})
    decision = decide(replace(known, records=known.records[:1]), plan(LISTEN), TODAY)
    assert decision.undone == (known.losses[0].id,)
    [told] = [loss for loss in decision.losses if loss.new]
    assert told.watch == "time alone"


def test_a_purchase_on_the_day_of_the_decision_closes_all() -> None:
    known = standing(plan(LISTEN), {})
    back = replace(known, opportunities=(*known.opportunities, won("9", 0)))
    assert closed(back, plan(LISTEN)) == {"listen:1": "the recovery ended: recovered"}
    assert decide(back, plan(LISTEN), TODAY + timedelta(days=9)).recoveries[0].ended_on == TODAY
