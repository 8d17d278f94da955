"""Two CRMs of one kind whose records have the same ids, as an org and its copy have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connectors.sandbox.server import Sandbox, start
from tests import worlds
from tests.worlds import Lost


def _lose(sandbox: Sandbox, crm: str) -> Lost:
    if crm == "sales":
        return worlds.salesforce_losses(sandbox.salesforce, 1)[0]
    return worlds.hubspot_losses(sandbox.hubspot, 1)[0]


def _tasks(sandbox: Sandbox, crm: str) -> list[dict[str, Any]]:
    return sandbox.salesforce.all("Task") if crm == "sales" else sandbox.hubspot.all("tasks")


def _rules(org: Sandbox, copy: Sandbox, crm: str) -> str:
    """Both watched by the same rules, as `crm` and as `copy`."""
    beside = worlds.rule_text(copy, crms=(crm,), company="", playbook="")
    beside = beside.removesuffix(worlds.CATEGORIES)
    for old in (f"crm.{crm}", f'"{crm}"', f"in {crm}"):
        beside = beside.replace(old, old.replace(crm, "copy"))
    return worlds.rule_text(org, crms=(crm,)) + beside


@pytest.mark.parametrize("crm", ["sales", "hub"])
def test_an_org_and_its_copy_get_their_tasks_each(
    crm: str, sandbox: Sandbox, database_url: str, tmp_path: Path
) -> None:
    with start() as copy:
        org_lost, copy_lost = _lose(sandbox, crm), _lose(copy, crm)
        assert (org_lost.account, org_lost.deal) == (copy_lost.account, copy_lost.deal)
        config = tmp_path / "both.toml"
        config.write_text(_rules(sandbox, copy, crm), encoding="utf-8")
        worlds.provision(database_url, config)
        run = worlds.run_once(database_url, config)
        made = [len(_tasks(each, crm)) for each in (sandbox, copy)]
    assert run.exit_code == 0
    assert made == [len(worlds.TASK_KEYS)] * 2
