"""What several processes on one PostgreSQL make of one token, and what they count."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from connectors.sandbox.server import Sandbox
from integration.jobs.cycle import run_round
from integration.runtime import Runtime
from tests import worlds
from tests.integration.jobs.stage import SalesforceStage

PROCESSES = 4


@pytest.fixture
def office(sandbox: Sandbox, postgres_url: str, tmp_path: Path) -> SalesforceStage:
    """Where a token is kept, of the process that made our fields."""
    made = SalesforceStage(sandbox, postgres_url, tmp_path)
    made.provision()
    made.lose()
    return made


@contextmanager
def workers(office: SalesforceStage) -> Iterator[list[Runtime]]:
    config = office.config()
    with ExitStack() as processes:
        yield [
            processes.enter_context(worlds.runtime(office.url, config, wall=office.wall))
            for _ in range(PROCESSES)
        ]


def test_workers_in_turn_log_in_once_whenever_the_token_ends(office: SalesforceStage) -> None:
    before = office.calls("auth")
    with workers(office) as processes:
        for ended in range(2):
            for process in processes:
                assert run_round(process, office.crm).trouble == ""
            assert office.calls("auth") - before == ended
            office.sandbox.salesforce.sessions.expire_all()
        made = [process.crms[office.crm].connector.calls.auth for process in processes]
        assert made == [1, 0, 0, 0]


def test_a_revoked_grant_is_asked_for_by_one_worker(office: SalesforceStage) -> None:
    with workers(office) as processes:
        run_round(processes[0], office.crm)
        office.sandbox.salesforce.sessions.client_secret = "another"
        office.sandbox.salesforce.sessions.expire_all()
        before = office.calls("auth")
        troubles = [run_round(process, office.crm).trouble for process in processes]
        assert troubles == ["refused"] + ["blocked"] * (PROCESSES - 1)
        assert office.calls("auth") - before == 1


def test_a_run_counts_the_log_ins_that_it_makes(office: SalesforceStage) -> None:
    for expected in (0, 1):
        before = office.calls("auth")
        counted = office.report(office.run())["calls"]["auth"]
        assert counted == office.calls("auth") - before == expected
        office.sandbox.salesforce.sessions.expire_all()


def test_who_has_another_secret_logs_in_with_it(
    office: SalesforceStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.run()
    sessions = office.sandbox.salesforce.sessions
    sessions.client_secret = "the next one"
    monkeypatch.setitem(worlds.ENVIRON, "WB_SECRET", "the next one")
    assert office.report(office.run())["calls"]["auth"] == 1
    monkeypatch.setitem(worlds.ENVIRON, "WB_SECRET", "a wrong one")
    assert office.run().exit_code == 3  # not by the token of who knows the right one
