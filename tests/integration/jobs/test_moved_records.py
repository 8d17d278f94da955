"""Deals that move to another account; accounts, contacts and deals that are merged."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from connectors.sandbox.server import Sandbox
from integration.once import Run
from integration.store.engine import connect, reading
from integration.store.tables import losses, recoveries, tasks
from tests import worlds
from tests.integration.jobs.stage import HubSpotStage, SalesforceStage, Stage
from tests.worlds import Lost


def rows(url: str, query: sa.Select[Any]) -> list[tuple[Any, ...]]:
    engine = connect(url)
    with reading(engine) as connection:
        found = [tuple(row) for row in connection.execute(query)]
    engine.dispose()
    return found


def open_recoveries(url: str) -> int:
    ended = sa.select(recoveries.c.id).where(recoveries.c.ended_on.is_(None))
    return len(rows(url, ended))


def test_a_lost_deal_that_moves_is_undone_here_and_lost_there(
    sandbox: Sandbox, sqlite_url: str, tmp_path: Path
) -> None:
    config = worlds.rule_file(tmp_path, sandbox, crms=("sales",))
    lost, other = worlds.salesforce_losses(sandbox.salesforce, 2)
    sandbox.salesforce.delete("Opportunity", other.deal)
    worlds.run_once(sqlite_url, config)
    sandbox.salesforce.update("Opportunity", lost.deal, {"AccountId": other.account})
    worlds.run_once(sqlite_url, config)
    again = worlds.run_once(sqlite_url, config)
    found = rows(
        sqlite_url,
        sa.select(losses.c.ordinal, losses.c.undone_on.is_(None))
        .where(losses.c.record_id == lost.deal)
        .order_by(losses.c.ordinal),
    )
    assert found == [(1, False), (2, True)]
    assert again.report["crms"]["sales"]["losses"]["customer"] == 0


def test_merged_salesforce_accounts_keep_one_recovery_and_its_tasks(
    sandbox: Sandbox, sqlite_url: str, tmp_path: Path
) -> None:
    config = worlds.rule_file(tmp_path, sandbox, crms=("sales",))
    lost, winner = worlds.salesforce_losses(sandbox.salesforce, 2)
    recent = {
        "StageName": "Closed Won",
        "CloseDate": str(datetime.now(UTC).date() - timedelta(days=20)),
    }
    sandbox.salesforce.update("Opportunity", winner.deal, recent)
    worlds.run_once(sqlite_url, config)
    sandbox.salesforce.merge("Account", winner.account, lost.account)
    merged = worlds.run_once(sqlite_url, config)
    assert merged.report["crms"]["sales"]["pushes"]["task_create"]["delivered"] == 0
    assert merged.report["crms"]["sales"]["pushes"]["task_close"]["delivered"] == 0
    assert open_recoveries(sqlite_url) == 1


def test_merged_accounts_that_were_both_lost_keep_one_recovery(
    sandbox: Sandbox, sqlite_url: str, tmp_path: Path
) -> None:
    config = worlds.rule_file(tmp_path, sandbox, crms=("sales",))
    lost, winner = worlds.salesforce_losses(sandbox.salesforce, 2)
    worlds.run_once(sqlite_url, config)
    sandbox.salesforce.merge("Account", winner.account, lost.account)
    merged = worlds.run_once(sqlite_url, config)
    assert merged.report["crms"]["sales"]["pushes"]["task_close"]["delivered"] == 3
    assert open_recoveries(sqlite_url) == 1


def test_a_recovery_that_another_was_merged_into_lasts_as_long_as_both_losses(
    stage: Stage,
) -> None:
    gone, stays_lost = stage.lose(), stage.lose()
    stage.run()
    if isinstance(stage, SalesforceStage):
        stage.sandbox.salesforce.merge("Account", gone.account, stays_lost.account)
    else:
        stage.sandbox.hubspot.merge("companies", gone.account, stays_lost.account)
    stage.run()
    stage.reopen(gone)
    stage.run()
    assert open_recoveries(stage.url) == 1
    stage.reopen(stays_lost)
    stage.run()
    assert open_recoveries(stage.url) == 0


def test_merged_hubspot_companies_keep_one_recovery_and_its_tasks(
    sandbox: Sandbox, sqlite_url: str, tmp_path: Path
) -> None:
    config = worlds.rule_file(tmp_path, sandbox, crms=("hub",))
    lost, winner = worlds.hubspot_losses(sandbox.hubspot, 2)
    stamp = (datetime.now(UTC) - timedelta(days=20)).isoformat()
    recent = {"dealstage": "closedwon", "closedate": stamp}
    sandbox.hubspot.update("deals", winner.deal, recent)
    worlds.provision(sqlite_url, config)
    worlds.run_once(sqlite_url, config)
    sandbox.hubspot.merge("companies", winner.account, lost.account)
    merged = worlds.run_once(sqlite_url, config)
    assert merged.report["crms"]["hub"]["pushes"]["task_create"]["delivered"] == 0
    assert merged.report["crms"]["hub"]["pushes"]["task_close"]["delivered"] == 0
    assert open_recoveries(sqlite_url) == 1
    assert len(rows(sqlite_url, sa.select(tasks.c.key))) == 3


def later(stage: Stage) -> Run:
    """A run after two hours: Salesforce is asked once an hour for what it deleted."""
    stage.sandbox.world.clock.advance(7_200)
    return stage.run(now=lambda: datetime.now(UTC) + timedelta(hours=2))


def new_contact(stage: Stage, lost: Lost) -> str:
    """Somebody else at the customer's."""
    if isinstance(stage, SalesforceStage):
        person = {"LastName": "Zimt", "AccountId": lost.account}
        return stage.sandbox.salesforce.create("Contact", person)
    links = {"companies": [lost.account]}
    return stage.sandbox.hubspot.create("contacts", {"lastname": "Zimt"}, links)


def opt_out(stage: Stage, contact: str) -> None:
    if isinstance(stage, SalesforceStage):
        stage.sandbox.salesforce.update("Contact", contact, {"HasOptedOutOfEmail": True})
    else:
        stage.sandbox.hubspot.update("contacts", contact, {"hs_email_optout": "true"})


def merge_contacts(stage: Stage, *, winner: str, loser: str) -> None:
    if isinstance(stage, SalesforceStage):
        stage.sandbox.salesforce.merge("Contact", winner, loser)
    else:
        stage.sandbox.hubspot.merge("contacts", winner, loser)


def test_a_contact_who_is_merged_into_another_changes_no_task(stage: Stage) -> None:
    lost = stage.lose()
    stage.run()
    merge_contacts(stage, winner=new_contact(stage, lost), loser=lost.contact)
    writes = stage.writes()
    later(stage)
    assert open_recoveries(stage.url) == 1
    assert stage.task_states() == {"written": 3}
    assert stage.writes() == writes


def test_a_contact_who_is_merged_into_one_who_opted_out_is_asked_nothing_more(
    stage: Stage,
) -> None:
    lost = stage.lose()
    stage.run()
    person = new_contact(stage, lost)
    opt_out(stage, person)
    merge_contacts(stage, winner=person, loser=lost.contact)
    later(stage)
    assert stage.task_states() == {"closed": 3}


def test_a_no_given_after_the_merge_counts_for_tasks_made_before_it(stage: Stage) -> None:
    lost = stage.lose()
    stage.run()
    person = new_contact(stage, lost)
    merge_contacts(stage, winner=person, loser=lost.contact)
    later(stage)
    opt_out(stage, person)
    later(stage)
    assert stage.task_states() == {"closed": 3}


@pytest.mark.parametrize("old_id_resolves", [True, False])  # which of the two is unconfirmed
@pytest.mark.parametrize("new_id", [False, True])
def test_merged_hubspot_deals_are_one_departure(
    hubspot: HubSpotStage, old_id_resolves: bool, new_id: bool
) -> None:
    portal = hubspot.sandbox.hubspot
    portal.merged_deals_resolve = old_id_resolves
    lost = hubspot.lose()
    links = {"companies": [lost.account], "contacts": [lost.contact]}
    names = {"dealname", "pipeline", "dealstage", "closedate", "hubspot_owner_id"}
    kept = {name: v for name, v in portal.get("deals", lost.deal).items() if name in names}
    other = portal.create("deals", {**kept, "amount": "100"}, links)
    hubspot.run()
    assert open_recoveries(hubspot.url) == 1
    portal.merge("deals", other, lost.deal, new_id=new_id)
    for _ in range(2):
        hubspot.run()
    assert open_recoveries(hubspot.url) == 1
    assert hubspot.task_states() == {"written": 3}
    assert hubspot.made() == hubspot.wanted()
