"""Processes whose token ends at the same moment: one logs in, or the next one where it cannot."""

from __future__ import annotations

import signal
import time

import pytest

from connectors.sandbox.server import Sandbox
from connectors.sandbox.world import Fault
from tests.e2e.grown_up import eventually
from tests.e2e.logging_in import WAIT_IN_SECONDS, Caller, callers

PROCESSES = 4
AUTH = ("salesforce", "auth")
SLOWLY = 0.3  # seconds that a log-in takes
BUSY = 5.0  # seconds that a busy machine may add


def race(several: list[Caller]) -> list[str]:
    for one in several:
        one.call()
    return [one.answer() for one in several]


def log_ins_take(sandbox: Sandbox, seconds: float) -> None:
    sandbox.world.faults.append(Fault("delay", crm="salesforce", kind="auth", seconds=seconds))


def test_four_processes_share_one_log_in_each_time_their_token_ends(
    sandbox: Sandbox, postgres_url: str
) -> None:
    counted = sandbox.world.calls
    with callers(postgres_url, sandbox.salesforce_url, PROCESSES) as processes:
        assert counted[AUTH] == 1
        for ended in range(1, 4):
            log_ins_take(sandbox, SLOWLY)
            sandbox.salesforce.sessions.expire_all()
            assert race(processes) == [""] * PROCESSES
            assert counted[AUTH] == 1 + ended


def test_a_revoked_grant_is_asked_for_once_by_four_processes(
    sandbox: Sandbox, postgres_url: str
) -> None:
    with callers(postgres_url, sandbox.salesforce_url, PROCESSES) as processes:
        log_ins_take(sandbox, SLOWLY)
        sandbox.salesforce.sessions.expire_all()
        sandbox.salesforce.sessions.client_secret = "another"
        answers = race(processes)
        refused = "refused the log-in of [crm.sales] (invalid_client"
        assert [refused in answer for answer in answers] == [True] * PROCESSES
        assert sandbox.world.calls[AUTH] == 2


@pytest.mark.parametrize("sign", [signal.SIGSTOP, signal.SIGKILL])
def test_others_go_on_within_seconds_when_who_logs_in_cannot(
    sandbox: Sandbox, postgres_url: str, sign: signal.Signals
) -> None:
    counted = sandbox.world.calls
    with callers(postgres_url, sandbox.salesforce_url, PROCESSES) as (first, *others):
        log_ins_take(sandbox, 2 * WAIT_IN_SECONDS)
        sandbox.salesforce.sessions.expire_all()
        first.call()
        eventually(lambda: counted[AUTH] == 2)
        first.signal(sign)
        began = time.monotonic()
        assert race(others) == [""] * len(others)
        assert time.monotonic() - began < WAIT_IN_SECONDS + BUSY
        assert counted[AUTH] == 3
        if sign == signal.SIGSTOP:
            first.signal(signal.SIGCONT)
            assert first.answer() == ""  # with a token of its own
            assert race([first, *others]) == [""] * PROCESSES
            assert counted[AUTH] == 3
