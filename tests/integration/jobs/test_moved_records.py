"""Deals that move to another account, and accounts that are merged, in both CRMs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from connectors.sandbox.server import Sandbox
from integration.store.engine import connect, reading
from integration.store.tables import losses, recoveries, tasks
from tests import worlds
from tests.integration.jobs.stage import SalesforceStage, Stage


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
