"""What people do in the CRM is theirs: their tasks, their words in our fields, their records."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from integration.runtime import wall_clock
from tests.integration.jobs.stage import Stage
from tests.worlds import COMPANY


def tomorrow() -> datetime:
    return wall_clock() + timedelta(days=1)


def at_work(stage: Stage, count: int = 1) -> None:
    """So many customers are lost, and their tasks and fields stand in the CRM."""
    stage.lose(count)
    assert stage.run().exit_code == 0


@pytest.mark.parametrize("what", ["close", "delete", "retitle"])
def test_a_task_that_a_person_changed_is_left_as_it_is(stage: Stage, what: str) -> None:
    at_work(stage)
    task = stage.tasks()[0]
    stage.task_change(task["id"], what, "Call them, and ask about the dog")
    writes = stage.writes()
    for now in (wall_clock, tomorrow):
        assert stage.run(now=now).exit_code == 0
    assert stage.writes() == writes
    assert stage.made() == stage.wanted()


def test_a_task_given_to_somebody_else_stays_theirs(stage: Stage) -> None:
    at_work(stage)
    other, task = stage.new_owner("Bob Ray"), stage.tasks()[0]
    stage.task_change(task["id"], "reassign", other)
    stage.run(now=tomorrow)
    assert [t["owner"] for t in stage.tasks() if t["id"] == task["id"]] == [other]


def test_a_task_is_closed_with_a_sentence_when_its_cause_is_gone(stage: Stage) -> None:
    at_work(stage)
    done, deleted, open_ = stage.tasks()
    stage.task_change(done["id"], "close")
    stage.task_change(deleted["id"], "delete")
    stage.reopen(stage.lost[0])
    assert stage.run().exit_code == 0
    by_id = {task["id"]: task for task in stage.tasks()}
    assert by_id[open_["id"]]["closed"]
    assert "Closed by winback" in by_id[open_["id"]]["body"]
    assert by_id[done["id"]] == {**done, "closed": True}
    assert deleted["id"] not in by_id
    writes = stage.writes()
    stage.run()
    assert stage.writes() == writes


def test_tasks_of_somebody_who_left_go_to_who_follows(stage: Stage) -> None:
    owner = stage.new_owner("Ann Lee")
    stage.lose(owner=owner)
    stage.run()
    stage.owner_leaves(owner)
    other = stage.new_owner("Bob Ray")
    _give_account(stage, other)
    assert stage.run().exit_code == 0
    assert {task["owner"] for task in stage.tasks()} == {other}


def _give_account(stage: Stage, owner: str) -> None:
    if stage.crm == "hub":
        fields = {"hubspot_owner_id": owner}
        stage.sandbox.hubspot.update("companies", stage.lost[0].account, fields)
    else:
        stage.sandbox.salesforce.update("Account", stage.lost[0].account, {"OwnerId": owner})


# ---- fields: what we want, what we wrote last, what stands there now


def test_a_reason_that_a_person_chose_before_us_stays(stage: Stage) -> None:
    lost = stage.lose()
    stage.choose(lost, "service")
    assert stage.run().exit_code == 0
    assert stage.reason(lost) == "service"
    assert stage.reason(lost, stage.account_type) == "service"


def test_a_choice_that_is_ours_as_well_is_theirs_to_clear(stage: Stage) -> None:
    lost = stage.lose()
    stage.choose(lost, "price")
    stage.run()
    stage.choose(lost, None)
    stage.run()
    stage.run(now=tomorrow)
    assert stage.reason(lost) is None


@pytest.mark.parametrize("choice", ["service", None])
def test_a_reason_that_a_person_changed_or_cleared_stays(stage: Stage, choice: str | None) -> None:
    at_work(stage)
    stage.choose(stage.lost[0], choice)
    for now in (wall_clock, tomorrow):
        assert stage.run(now=now).exit_code == 0
        assert stage.reason(stage.lost[0]) == choice


def test_our_own_reason_follows_the_customers_words(stage: Stage) -> None:
    at_work(stage)
    _say(stage, "poor support")
    assert stage.run().exit_code == 0
    assert stage.reason(stage.lost[0]) == "service"


def _say(stage: Stage, words: str) -> None:
    deal = stage.lost[0].deal
    if stage.crm == "hub":
        stage.sandbox.hubspot.update("deals", deal, {"closed_lost_reason": words})
    else:
        stage.sandbox.salesforce.update("Opportunity", deal, {"Description": words})


def test_what_a_person_chose_between_two_tries_is_not_overwritten(stage: Stage) -> None:
    lost = stage.lose()
    stage.fault("reset", skip=2)  # of tasks, accounts, deals
    stage.while_waiting = lambda: stage.choose(lost, "service")
    assert stage.run().exit_code == 0
    assert stage.reason(lost) == "service"


def test_looking_up_before_a_second_try_may_fail_too(stage: Stage) -> None:
    stage.lose()
    stage.fault("reset", skip=2)
    stage.while_waiting = lambda: stage.fault("status", kind="read", times=2)
    assert stage.run().exit_code == 0
    assert {state for _, state in stage.states()} == {"delivered"}
    assert stage.reason(stage.lost[0]) == "price"


def _held_by_dry_run(stage: Stage) -> Callable[[], object]:
    stage.run(dry_run=True)
    return stage.run


def _held_by_storm(stage: Stage) -> Callable[[], object]:
    stage.lose()
    brake = COMPANY.replace("10_000", "1")
    stage.run(company=brake)

    def let_go() -> None:
        stage.resume_held()
        stage.run(company=brake)

    return let_go


@pytest.mark.parametrize("held", [_held_by_dry_run, _held_by_storm])
def test_what_a_person_chose_while_we_held_back_is_not_overwritten(
    stage: Stage, held: Callable[[Stage], Callable[[], object]]
) -> None:
    lost = stage.lose()
    let_go = held(stage)
    assert stage.writes() == 0
    stage.choose(lost, "service")
    let_go()
    assert stage.reason(lost) == "service"
    assert stage.made() == stage.wanted()
