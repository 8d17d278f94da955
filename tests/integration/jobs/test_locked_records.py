"""Deals that the CRM locks once they are closed: the account carries the fields, once."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.sandbox.server import Sandbox
from tests import worlds


def reason(sandbox: Sandbox, type: str, id: str) -> object:
    record = sandbox.salesforce.get(type, id)
    return record.get("Winback_Reason__c") if record else None


@pytest.mark.parametrize("how", ["validation", "locked"])
def test_a_locked_deal_is_tried_once_and_the_account_carries_the_fields(
    how: str, sandbox: Sandbox, sqlite_url: str, tmp_path: Path
) -> None:
    org = sandbox.salesforce
    config = worlds.rule_file(tmp_path, sandbox, crms=("sales",))
    worlds.provision(sqlite_url, config)
    (lost,) = worlds.salesforce_losses(org, 1)
    org.refusals.closed_records = how
    worlds.run_once(sqlite_url, config)
    assert reason(sandbox, "Opportunity", lost.deal) is None
    assert reason(sandbox, "Account", lost.account) == "price"
    again = worlds.run_once(sqlite_url, config)
    assert again.report["crms"]["sales"]["calls"]["write"] == 0


def test_a_persons_reason_on_the_account_of_a_locked_deal_stays(
    sandbox: Sandbox, sqlite_url: str, tmp_path: Path
) -> None:
    org = sandbox.salesforce
    config = worlds.rule_file(tmp_path, sandbox, crms=("sales",))
    worlds.provision(sqlite_url, config)
    (lost,) = worlds.salesforce_losses(org, 1)
    org.refusals.closed_records = "locked"
    worlds.run_once(sqlite_url, config)
    org.update("Account", lost.account, {"Winback_Reason__c": "service"})
    worlds.run_once(sqlite_url, config)
    worlds.run_once(sqlite_url, config)
    assert reason(sandbox, "Account", lost.account) == "service"


def test_a_deal_that_is_open_again_is_no_longer_locked(
    sandbox: Sandbox, sqlite_url: str, tmp_path: Path
) -> None:
    org = sandbox.salesforce
    config = worlds.rule_file(tmp_path, sandbox, crms=("sales",))
    worlds.provision(sqlite_url, config)
    (lost,) = worlds.salesforce_losses(org, 1)
    org.refusals.closed_records = "locked"
    worlds.run_once(sqlite_url, config)
    org.refusals.closed_records = ""
    org.update("Opportunity", lost.deal, {"StageName": "Prospecting"})
    worlds.run_once(sqlite_url, config)
    org.update("Opportunity", lost.deal, {"StageName": "Closed Lost"})
    worlds.run_once(sqlite_url, config)
    assert reason(sandbox, "Opportunity", lost.deal) == "price"
