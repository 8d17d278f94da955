"""Calls that fail on the way: everything that was wanted stands once in the end."""

from __future__ import annotations

import time
from collections import Counter
from datetime import timedelta

import pytest
import sqlalchemy as sa

from integration.engine.progress import Stopping
from integration.jobs.cycle import run_round
from integration.jobs.flush import Sender
from integration.once import EXIT_LEFT
from integration.store.engine import begin
from integration.store.tables import pushes
from tests import worlds
from tests.integration.jobs.stage import HubSpotStage, Stage

FEW_TRIES = worlds.COMPANY.replace("[limits]", "[limits]\nmax_attempts = 3")
POISONED = ["field", "task_create", "task_create", "task_create"]
"""What a customer who left gets."""


@pytest.mark.parametrize("kind", ["read", "write", "other"])
@pytest.mark.parametrize("action", ["status", "reset", "html"])
def test_a_crm_that_is_down_for_a_moment(stage: Stage, action: str, kind: str) -> None:
    stage.lose(2)
    stage.fault(action, kind)
    assert stage.run().exit_code == 0
    assert stage.made() == stage.wanted()
    assert stage.health() == "green"


@pytest.mark.parametrize("skip", [0, 1, 2])
@pytest.mark.parametrize("action", ["lost", "cut"])
def test_an_answer_that_never_came_after_the_write_was_done(
    stage: Stage, action: str, skip: int
) -> None:
    stage.lose(2)
    stage.fault(action, skip=skip)
    assert stage.run().exit_code == 0
    assert stage.made() == stage.wanted()
    assert stage.reason(stage.lost[0]) == "price"
    assert {state for _, state in stage.states()} == {"delivered"}


def test_a_create_that_lands_after_we_gave_up_is_not_made_twice(stage: Stage) -> None:
    stage.lose(2)
    stage.fault("late", seconds=0.6)
    assert stage.run(grace=1, really_waiting=True).exit_code == 0
    time.sleep(0.1)
    assert stage.made() == stage.wanted()


def test_a_crm_that_stays_down_loses_nothing_and_says_so(stage: Stage) -> None:
    stage.lose()
    stage.fault("status", times=50)
    run = stage.run()
    assert run.exit_code == 3
    assert stage.health() == "red"
    stage.sandbox.world.faults.clear()
    assert stage.run().exit_code == 0
    assert stage.made() == stage.wanted()


def test_a_write_that_was_done_is_seen_at_once_and_no_grace_is_waited_out(stage: Stage) -> None:
    stage.lose(2)
    stage.fault("lost")
    assert stage.run(grace="2 hours").exit_code == 0
    assert stage.waited < timedelta(minutes=1)
    assert stage.made() == stage.wanted()
    assert {state for _, state in stage.states()} == {"delivered"}


def test_a_run_that_ends_before_a_lost_write_may_be_sent_again_says_so(stage: Stage) -> None:
    """It does not wait out a long grace: nobody knows whether the write will land."""
    stage.lose(2)
    stage.fault("hang")
    run = stage.run(grace="2 hours")
    assert run.exit_code == 3
    pushes = stage.report(run)["pushes"]
    assert pushes["task_create"] == {"delivered": 0, "pending": 6, "parked": 0}
    assert stage.states()["task_create", "unknown"] == 6
    assert stage.run(grace="2 hours").exit_code == 3  # still too early
    stage.waited += timedelta(hours=3)
    assert stage.run(grace="2 hours").exit_code == 0
    assert stage.made() == stage.wanted()
    assert {state for _, state in stage.states()} == {"delivered"}


def test_what_the_crm_never_takes_is_parked_with_its_words_once_others_went(stage: Stage) -> None:
    poison = stage.lose()
    stage.fault("status", status=503, within=poison.account, times=1_000_000)
    for _ in range(10):
        stage.lose()
        stage.run(grace="1 second", company=FEW_TRIES)
        stage.wait(900)
        if len(stage.parked()) == len(POISONED):
            break
    parked = stage.parked()
    assert sorted(row["kind"] for row in parked) == POISONED
    for row in parked:
        assert row["reason"] == "exhausted"
        assert row["sentence"].startswith("Tried 3 times. ")
        assert "503" in row["sentence"]
    assert stage.reason(stage.lost[-1]) == "price"
    stage.sandbox.world.faults.clear()
    assert stage.run(grace="1 second", company=FEW_TRIES).exit_code == EXIT_LEFT


def test_a_crm_that_takes_no_write_for_an_hour_exhausts_no_row(stage: Stage) -> None:
    """It may be read all the while, so that rows are tried and looked for again and again."""
    stage.lose(2)
    stage.fault("status", status=503, times=1_000_000)
    for _ in range(4):
        assert stage.run(grace="1 second").exit_code != 0
        stage.wait(900)
    stage.sandbox.world.faults.clear()
    assert stage.run(grace="1 second").exit_code == 0
    assert stage.made() == stage.wanted()
    assert stage.parked() == []


def test_many_that_the_crm_cannot_take_hold_up_nobody_for_more_than_a_minute(stage: Stage) -> None:
    poison = [stage.lose() for _ in range(12)]
    for lost in poison:
        stage.fault("status", status=500, within=lost.account, times=1_000_000)
    good = [stage.lose() for _ in range(3)]
    wanted = Counter((lost.account, task) for lost in good for task in worlds.TASK_KEYS)
    config = stage.config(grace="1 second")
    with worlds.runtime(stage.url, config, wall=stage.wall) as process:
        began = stage.wall()
        while stage.made() != wanted:
            done = run_round(process, stage.crm)
            assert done.again_at is not None
            stage.waited += max(done.again_at - stage.wall(), timedelta(0))
            assert stage.wall() - began < timedelta(minutes=1)


def test_a_crm_that_is_back_is_green_in_a_dry_run_too_where_nothing_is_tried_again(
    stage: Stage,
) -> None:
    stage.lose()
    stage.fault("status", status=503, times=1_000_000)
    stage.run(grace="1 second")
    assert stage.health() == "red"
    stage.sandbox.world.faults.clear()
    assert stage.run(grace="1 second", dry_run=True).exit_code == 0
    assert (stage.health(), stage.sentence()) == ("green", "")


class StopsAfterTheFirstRow:
    """A stop that is asked for while no row is answered."""

    def step(self, crm: str, what: str, done: int, total: int | None) -> None:  # noqa: ARG002
        if what == "rows tried":
            raise Stopping


def test_a_stop_is_heard_between_rows_that_are_not_answered(stage: Stage) -> None:
    stage.lose(2)
    stage.fault("status", status=503, times=1_000_000)
    for _ in range(2):  # from then on each row goes alone
        stage.run(grace="1 second")
        stage.wait(900)
    config = stage.config(grace="1 second")
    wired = worlds.runtime(stage.url, config, wall=stage.wall, progress=StopsAfterTheFirstRow())
    with wired as process, pytest.raises(Stopping):
        run_round(process, stage.crm)
    assert "in_flight" not in {state for _, state in stage.states()}


def test_rows_that_are_not_sent_after_all_do_not_prove_that_the_crm_takes_any(
    hubspot: HubSpotStage,
) -> None:
    hubspot.lose(2)
    hubspot.fault("status", status=503, times=1_000_000)
    config = hubspot.config(grace="1 second")
    with worlds.runtime(hubspot.url, config, wall=hubspot.wall) as process:
        run_round(process, hubspot.crm)
        _landed_late(hubspot)
        hubspot.wait(60)
        before = hubspot.calls("write")
        with begin(process.engine) as connection:
            tasks = sa.update(pushes).where(pushes.c.kind == "task_create")
            connection.execute(tasks.values(due_at=hubspot.wall() + timedelta(days=1)))
        with Sender(process, hubspot.crm, fresh_since=hubspot.wall()) as sender:
            sender.finish()
        assert hubspot.states()["field", "delivered"]
        assert hubspot.calls("write") == before
        assert not sender.silence.takes_some


def _landed_late(hubspot: HubSpotStage) -> None:
    """All fields stand as they are to be written."""
    for row in hubspot.rows("field"):
        values = {f"winback_{name}": value for name, value in row.payload["values"].items()}
        type, id = row.payload["ref"]
        hubspot.sandbox.hubspot.update(type, id, values)


def test_a_crm_that_takes_all_but_some_rows_stands_the_same_from_round_to_round(
    stage: Stage,
) -> None:
    poison = stage.lose()
    stage.fault("status", status=500, within=poison.account, times=1_000_000)
    stage.lose(2)
    config = stage.config(grace="1 second")
    with worlds.runtime(stage.url, config, wall=stage.wall) as process:
        for _ in range(6):  # until nothing else is left
            run_round(process, stage.crm)
            stage.wait(30)
        told = set()
        for _ in range(6):
            run_round(process, stage.crm)
            stage.wait(300)
            told.add((stage.health(), stage.sentence()))
    said = (
        f"The CRM does not take {len(POISONED)} changes, which will be tried again, and takes"
        " others: the CRM answered with status 500; whether the change was made is not known"
    )
    assert told == {("yellow", said)}
    stage.sandbox.world.faults.clear()
    stage.wait(14_400)
    assert stage.run(grace="1 second").exit_code == 0
    assert stage.health() == "green"
    assert stage.made() == stage.wanted()
