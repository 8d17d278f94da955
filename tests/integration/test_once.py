"""Whole runs: what goes out now, what is held back, and what a second run does."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from connectors.sandbox.server import Sandbox
from integration.runtime import wall_clock
from tests.integration.jobs.stage import HubSpotStage, SalesforceStage, Stage
from tests.worlds import COMPANY


@pytest.fixture(params=[SalesforceStage, HubSpotStage])
def stage(
    request: pytest.FixtureRequest, sandbox: Sandbox, database_url: str, tmp_path: Path
) -> Stage:
    sandbox.hubspot.search_limit = None
    made: Stage = request.param(sandbox, database_url, tmp_path)
    made.provision()
    return made


def limited(limit: str) -> str:
    return COMPANY.replace("storm_max_losses = 10_000", limit)


def test_a_second_run_decides_and_writes_nothing(stage: Stage) -> None:
    stage.lose(3)
    first = stage.report(stage.run())
    writes = stage.writes()
    again = stage.report(stage.run())
    assert first["losses"]["customer"] == 3
    assert first["pushes"]["task_create"]["delivered"] == 9
    assert stage.writes() == writes
    assert sum(again["losses"].values()) == again["tasks"]["wanted"] == 0
    assert again["calls"]["write"] == 0


def test_a_dry_run_shows_everything_and_writes_nothing_until_it_is_real(stage: Stage) -> None:
    stage.lose(2)
    dry = stage.run(dry_run=True)
    assert dry.exit_code == 4
    assert stage.report(dry)["tasks"] == {"wanted": 6, "waiting": 0, "held": 6}
    assert stage.writes() == 0
    assert stage.run().exit_code == 0
    assert stage.made() == stage.wanted()


def test_a_dry_run_does_not_repeat_writes_that_were_never_answered(stage: Stage) -> None:
    stage.lose(2)
    stage.fault("reset", times=50)
    stage.run(grace=600)
    assert {state for _, state in stage.states()} == {"unknown"}
    stage.sandbox.world.faults.clear()
    stage.waited += timedelta(hours=1)
    stage.run(dry_run=True)
    assert stage.writes() == 0
    assert stage.run().exit_code == 0
    assert stage.made() == stage.wanted()


def test_the_storm_brake_never_lets_itself_go(stage: Stage) -> None:
    stage.lose(3)
    brake = limited("storm_max_losses = 2")
    for _ in range(2):
        run = stage.run(company=brake)
        assert run.exit_code == 4
        assert stage.report(run)["tasks"]["held"] == 9
    calm = stage.lose()  # a single loss on another day is no storm
    assert stage.run(company=brake).exit_code == 4
    assert {account for account, _ in stage.made()} == {calm.account}
    stage.resume_held()
    assert stage.run(company=brake).exit_code == 0
    assert stage.made() == stage.wanted()


def test_the_budget_of_a_rep_lets_the_rest_wait_for_the_next_working_day(stage: Stage) -> None:
    stage.lose(2)
    budget = limited("tasks_per_rep_per_day = 4")
    first = stage.run(company=budget)
    assert first.exit_code == 0
    assert stage.report(first)["tasks"]["waiting"] == 2
    assert stage.made().total() == 4
    stage.run(company=budget)
    assert stage.made().total() == 4

    def next_week() -> datetime:
        return wall_clock() + timedelta(days=7)

    stage.run(company=budget, now=next_week)
    assert stage.made() == stage.wanted()
    assert stage.task_states() == Counter(written=6)


def test_a_budget_of_a_day_is_spent_by_each_rep_alone(stage: Stage) -> None:
    stage.lose(1)
    stage.lose(1, owner=stage.new_owner("Bob Ray"))
    stage.run(company=limited("tasks_per_rep_per_day = 2"))
    assert Counter(task["owner"] for task in stage.tasks()).most_common(1)[0][1] == 2
    assert len(stage.tasks()) == 4
