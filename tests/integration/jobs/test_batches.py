"""Batches are on the wire while others are claimed: wherever it breaks off, none is left over."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from integration.backoff import pause_away
from integration.engine.progress import Stopping
from integration.jobs.cycle import run_round
from integration.once import once
from integration.runtime import wall_clock
from integration.store.engine import reading
from integration.store.vitals import vitals
from tests import worlds
from tests.integration.jobs.stage import HubSpotStage, SalesforceStage, Stage

LOSSES = 40  # more tasks than a batch of HubSpot's holds, fewer losses than the storm brake's


@dataclass
class StopsAfterTheFirstBatch:
    """A stop that is asked for while the outbox is sent."""

    batches: int = 0

    def step(self, crm: str, what: str, done: int, total: int | None) -> None:  # noqa: ARG002
        if what.endswith(" sent"):
            self.batches += 1
            raise Stopping


def test_a_stop_settles_what_was_answered_and_begins_no_other_batch(stage: Stage) -> None:
    stage.lose(3 * LOSSES)  # more batches than two that are under way and two that follow them
    stage.sandbox.world.latency = 0.5  # the stop comes while the next calls are under way
    progress = StopsAfterTheFirstBatch()
    wired = worlds.runtime(stage.url, stage.config(), progress=progress)
    with wired as parts, pytest.raises(Stopping):
        once(parts, as_of="now")
    states = stage.states()
    assert progress.batches == 1
    assert states["task_create", "delivered"] > 0
    assert sum(n for (_, state), n in states.items() if state == "delivered") == stage.writes()
    assert {state for _, state in states} == {"delivered", "pending"}
    stage.sandbox.world.latency = 0.0
    assert stage.run().exit_code == 0
    assert stage.made() == stage.wanted()


def test_a_call_that_fails_gives_back_the_batch_claimed_behind_it(stage: Stage) -> None:
    stage.lose(LOSSES)
    stage.fault("status", skip=1, times=1_000_000)
    assert stage.run().exit_code == 3
    assert "in_flight" not in {state for _, state in stage.states()}
    stage.sandbox.world.faults.clear()
    assert stage.run().exit_code == 0
    assert stage.made() == stage.wanted()


def test_what_was_answered_beside_a_failed_call_counts(hubspot: HubSpotStage) -> None:
    """A CRM that took something is not one that is away for longer and longer."""
    hubspot.lose(LOSSES)
    hubspot.fault("status", kind="read", times=3)
    with worlds.runtime(hubspot.url, hubspot.config(), wall=hubspot.wall) as process:
        for _ in range(3):
            run_round(process, hubspot.crm)
            hubspot.wait(10)
        hubspot.sandbox.world.latency = 0.5  # both batches are on the wire when the first fails
        hubspot.fault("status", status=503)
        done = run_round(process, hubspot.crm)
        assert done.trouble == ""
        assert done.settled > 0
        with reading(process.engine) as connection:
            assert vitals(connection, hubspot.crm, hubspot.wall()).failures == 0
        assert done.again_at is not None
        assert done.again_at <= hubspot.wall() + pause_away(1)


def test_rows_of_one_account_stand_side_by_side(salesforce: SalesforceStage) -> None:
    """Salesforce locks the account of every row that it writes: its locks do not meet."""
    org = salesforce.sandbox.salesforce
    salesforce.lose(4)
    for lost in reversed(salesforce.lost):  # a second deal each, in another order
        again = {"Name": "Again", "StageName": "Closed Lost", "AccountId": lost.account}
        org.create("Opportunity", {**again, "CloseDate": str(wall_clock().date())})
    assert salesforce.run().exit_code == 0
    written = [entry for entry in salesforce.sandbox.world.ledger if entry.by == "api"]
    tasks = [e.fields["WhatId"] for e in written if (e.verb, e.type) == ("create", "Task")]
    deals = [e.id for e in written if (e.verb, e.type) == ("update", "Opportunity")]
    accounts = [(org.get("Opportunity", deal) or {})["AccountId"] for deal in deals]
    assert (len(tasks), len(deals)) == (12, 8)
    assert tasks == sorted(tasks)
    assert accounts == sorted(accounts)
