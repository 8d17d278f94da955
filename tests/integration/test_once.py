"""Whole runs: what goes out now, what is held back, and what a second run does."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from integration.runtime import wall_clock
from tests.integration.jobs.stage import Stage
from tests.worlds import COMPANY


def limited(limit: str) -> str:
    return COMPANY.replace("storm_max_losses = 10_000", limit)


def test_a_second_run_decides_and_writes_nothing(office: Stage) -> None:
    office.lose(3)
    first = office.report(office.run())
    writes = office.writes()
    again = office.report(office.run())
    assert first["losses"]["customer"] == 3
    assert first["pushes"]["task_create"]["delivered"] == 9
    assert office.writes() == writes
    assert sum(again["losses"].values()) == again["tasks"]["wanted"] == 0
    assert again["calls"]["write"] == 0


def test_a_dry_run_shows_everything_and_writes_nothing_until_it_is_real(office: Stage) -> None:
    office.lose(2)
    dry = office.run(dry_run=True)
    assert dry.exit_code == 4
    assert office.report(dry)["tasks"] == {"wanted": 6, "waiting": 0, "held": 6}
    assert office.writes() == 0
    assert office.run().exit_code == 0
    assert office.made() == office.wanted()


def test_a_dry_run_does_not_repeat_writes_that_were_never_answered(office: Stage) -> None:
    office.lose(2)
    office.fault("reset", times=50)
    office.run(grace=600)
    assert {state for _, state in office.states()} == {"unknown"}
    office.sandbox.world.faults.clear()
    office.waited += timedelta(hours=1)
    office.run(dry_run=True)
    assert office.writes() == 0
    assert office.run().exit_code == 0
    assert office.made() == office.wanted()


def test_the_storm_brake_never_lets_itself_go(office: Stage) -> None:
    office.lose(3)
    brake = limited("storm_max_losses = 2")
    for _ in range(2):
        run = office.run(company=brake)
        assert run.exit_code == 4
        assert office.report(run)["tasks"]["held"] == 9
    calm = office.lose()  # a single loss on another day is no storm
    assert office.run(company=brake).exit_code == 4
    assert {account for account, _ in office.made()} == {calm.account}
    office.resume_held()
    assert office.run(company=brake).exit_code == 0
    assert office.made() == office.wanted()


def test_the_budget_of_a_rep_lets_the_rest_wait_for_the_next_working_day(office: Stage) -> None:
    office.lose(2)
    budget = limited("tasks_per_rep_per_day = 4")
    first = office.run(company=budget)
    assert first.exit_code == 0
    assert office.report(first)["tasks"]["waiting"] == 2
    assert office.made().total() == 4
    office.run(company=budget)
    assert office.made().total() == 4

    def next_week() -> datetime:
        return wall_clock() + timedelta(days=7)

    office.run(company=budget, now=next_week)
    assert office.made() == office.wanted()
    assert office.task_states() == Counter(written=6)


def test_a_budget_of_a_day_is_spent_by_each_rep_alone(office: Stage) -> None:
    office.lose(1)
    office.lose(1, owner=office.new_owner("Bob Ray"))
    office.run(company=limited("tasks_per_rep_per_day = 2"))
    assert Counter(task["owner"] for task in office.tasks()).most_common(1)[0][1] == 2
    assert len(office.tasks()) == 4
