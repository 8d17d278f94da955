"""Records behind open recoveries that people delete: noticed at the next run, on both CRMs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import sqlalchemy as sa

from integration.jobs.poll import poll
from integration.jobs.still_there import LOOK_EVERY, look_at_records
from integration.once import Run
from integration.runtime import Runtime, wall_clock
from integration.store.engine import connect, reading
from integration.store.tables import records, recoveries
from tests import worlds
from tests.integration.jobs.stage import HubSpotStage, SalesforceStage, Stage
from tests.worlds import Lost

OVERLAP_PAST = 600  # seconds after which a change is not read again


def run(stage: Stage) -> Run:
    """Only losses of these days are worked on: not that somebody stopped buying long ago."""
    recently = str(wall_clock().date() - timedelta(days=3))
    return stage.run(company=worlds.COMPANY.replace("2026-01-01", recently))


@contextmanager
def process(stage: Stage) -> Iterator[Runtime]:
    """One that goes on, as `winback run` does."""
    with worlds.runtime(stage.url, stage.config(), wall=stage.wall) as parts:
        yield parts


def reads(stage: Stage) -> int:
    return stage.calls("read") + stage.calls("search")


def open_recoveries(stage: Stage) -> int:
    engine = connect(stage.url)
    with reading(engine) as connection:
        found = connection.execute(
            sa.select(recoveries.c.id).where(recoveries.c.ended_on.is_(None))
        ).all()
    engine.dispose()
    return len(found)


def known_as_deleted(stage: Stage) -> set[str]:
    engine = connect(stage.url)
    with reading(engine) as connection:
        rows = connection.execute(sa.select(records.c.record_id, records.c.snapshot)).all()
    engine.dispose()
    return {row.record_id for row in rows if row.snapshot.get("deleted")}


def hide(stage: Stage, lost: Lost) -> None:
    """The CRM gives the deal neither as it is nor as deleted."""
    if isinstance(stage, SalesforceStage):
        stage.sandbox.salesforce.unshared.add(lost.deal)
        return
    portal = stage.sandbox.hubspot
    portal.delete("deals", lost.deal)
    del portal.table(portal.types.get("deals")).archived[int(lost.deal)]


def restore(stage: Stage, lost: Lost) -> None:
    if isinstance(stage, SalesforceStage):
        stage.sandbox.salesforce.restore("Opportunity", lost.deal)
    else:
        stage.sandbox.hubspot.restore("deals", lost.deal)


def test_a_lost_deal_that_is_deleted_ends_its_recovery_at_the_next_run(stage: Stage) -> None:
    deleted, _kept = stage.lose(), stage.lose()
    run(stage)
    stage.delete_deal(deleted)
    run(stage)
    assert open_recoveries(stage) == 1
    assert stage.task_states() == {"closed": 3, "written": 3}
    assert sum(task["closed"] for task in stage.tasks()) == 3


def test_a_deal_that_was_away_for_a_while_ends_as_one_that_never_was(stage: Stage) -> None:
    """While it is away time alone tells of the departure; that goes when the deal tells it."""
    lost = stage.lose()
    stage.run()
    stage.delete_deal(lost)
    stage.run()
    assert open_recoveries(stage) == 1  # nothing was bought for 400 days
    restore(stage, lost)
    stage.run()
    assert open_recoveries(stage) == 1
    stage.reopen(lost)
    stage.run()
    assert open_recoveries(stage) == 0
    assert stage.task_states() == {"closed": 3}


def test_a_deleted_salesforce_account_takes_its_deals_and_its_recovery_along(
    salesforce: SalesforceStage,
) -> None:
    lost = salesforce.lose()
    run(salesforce)
    salesforce.sandbox.salesforce.delete("Account", lost.account)
    run(salesforce)
    assert known_as_deleted(salesforce) == {lost.account, lost.deal}
    assert open_recoveries(salesforce) == 0
    assert salesforce.task_states() == {"deleted": 3}  # the account took them along


def test_the_deals_of_a_deleted_hubspot_company_stay_and_so_does_the_person(
    hubspot: HubSpotStage,
) -> None:
    lost = hubspot.lose()
    run(hubspot)
    for _ in range(2):
        hubspot.sandbox.world.clock.advance(OVERLAP_PAST)
        run(hubspot)
    hubspot.sandbox.hubspot.delete("companies", lost.account)
    run(hubspot)
    assert known_as_deleted(hubspot) == {lost.account}
    assert open_recoveries(hubspot) == 1
    assert hubspot.task_states() == {"written": 3}


def test_a_record_that_is_only_hidden_is_left_alone(stage: Stage) -> None:
    lost = stage.lose()
    run(stage)
    hide(stage, lost)
    run(stage)
    assert open_recoveries(stage) == 1
    assert stage.task_states() == {"written": 3}


def test_a_hidden_record_is_asked_for_ever_more_seldom(stage: Stage) -> None:
    """Each look at it takes three calls in HubSpot, and two in Salesforce."""
    hidden = stage.lose()
    run(stage)
    hide(stage, hidden)
    with process(stage) as parts:
        look_at_records(parts, stage.crm)
        before, hours = reads(stage), 24 * 14
        for _ in range(hours // 4):
            stage.waited += timedelta(hours=4)
            look_at_records(parts, stage.crm)
    of_the_account = hours // 4
    looks = 6  # after 4, 8, 16, 32, 64 and 128 hours; then once a week
    of_the_deal = looks * (3 if isinstance(stage, HubSpotStage) else 2)
    assert reads(stage) - before == of_the_account + of_the_deal


def test_a_hidden_record_that_is_shown_again_and_deleted_then_is_noticed(
    salesforce: SalesforceStage,
) -> None:
    lost = salesforce.lose()
    run(salesforce)
    hide(salesforce, lost)
    with process(salesforce) as parts:
        assert look_at_records(parts, salesforce.crm) == 0
        salesforce.sandbox.salesforce.unshared.clear()
        salesforce.waited += timedelta(hours=4)
        assert look_at_records(parts, salesforce.crm) == 0
        salesforce.delete_deal(lost)
        salesforce.waited += LOOK_EVERY
        assert look_at_records(parts, salesforce.crm) == 1


def test_where_nothing_is_open_nothing_is_asked(stage: Stage) -> None:
    lost = stage.lose()
    run(stage)
    stage.reopen(lost)
    run(stage)
    assert open_recoveries(stage) == 0
    before = reads(stage)
    with process(stage) as parts:
        assert look_at_records(parts, stage.crm) == 0
    assert reads(stage) == before


def test_a_process_that_goes_on_asks_once_an_hour(stage: Stage) -> None:
    lost = stage.lose()
    run(stage)
    with process(stage) as parts:
        assert look_at_records(parts, stage.crm) == 0
        stage.delete_deal(lost)
        assert look_at_records(parts, stage.crm) == 0
        stage.waited += LOOK_EVERY
        assert look_at_records(parts, stage.crm) == 1


def test_they_are_asked_for_in_full_batches(stage: Stage) -> None:
    stage.lose(101)
    run(stage)
    before = reads(stage)
    with process(stage) as parts:
        look_at_records(parts, stage.crm)
    assert reads(stage) - before == (4 if isinstance(stage, HubSpotStage) else 2)


def test_what_the_poll_found_anyway_is_not_asked_for(stage: Stage) -> None:
    stage.lose()
    run(stage)
    with process(stage) as parts:
        poll(parts, stage.crm)  # the minutes behind the last poll come again
        before = reads(stage)
        stage.waited += LOOK_EVERY
        look_at_records(parts, stage.crm)
    assert reads(stage) == before
