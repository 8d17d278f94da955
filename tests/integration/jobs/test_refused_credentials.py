"""A CRM that refuses our credentials is asked seldom, by all workers together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from itertools import cycle

import pytest

from connectors.sandbox.hubspot import canned
from integration.jobs.cycle import REFUSED_PAUSE, run_round
from integration.runtime import Runtime
from tests import worlds
from tests.integration.jobs.stage import HubSpotStage, SalesforceStage, Stage

WORKERS = 4
MINUTE = timedelta(minutes=1)
TIME = 30 * MINUTE


@contextmanager
def workers(stage: Stage) -> Iterator[list[Runtime]]:
    """Each with a connector and a token of its own, and one store."""
    config = stage.config()
    with ExitStack() as processes:
        yield [
            processes.enter_context(worlds.runtime(stage.url, config, wall=stage.wall))
            for _ in range(WORKERS)
        ]


def refuse_token(stage: Stage) -> None:
    """Every call but a log-in."""
    body: object = [{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}]
    if not isinstance(stage, SalesforceStage):
        body = {"status": "error", "category": "INVALID_AUTHENTICATION", "message": "no"}
    for kind in ("read", "search", "write", "other"):
        stage.fault("status", kind=kind, status=401, times=10_000, body=body)


def refuse_log_in(stage: SalesforceStage) -> None:
    stage.sandbox.salesforce.sessions.expire_all()
    stage.sandbox.salesforce.sessions.client_secret = "another"


def calls(stage: Stage) -> int:
    made = stage.sandbox.world.calls
    return sum(count for (crm, _), count in made.items() if crm == stage.sandbox_name)


def calls_in(stage: Stage, processes: list[Runtime], time: timedelta) -> int:
    """How many calls the CRM gets; the workers come in turn, each as soon as it may."""
    before, until = calls(stage), stage.wall() + time
    for process in cycle(processes):
        done = run_round(process, stage.crm)
        stage.waited += (done.again_at or until) - stage.wall()
        if stage.wall() >= until:
            return calls(stage) - before
    raise AssertionError("there are no workers")


def test_a_refused_token_costs_under_one_call_a_minute_over_all_workers(stage: Stage) -> None:
    with workers(stage) as processes:
        run_round(processes[0], stage.crm)
        refuse_token(stage)
        run_round(processes[0], stage.crm)
        assert stage.health() == "red"
        assert 0 < calls_in(stage, processes, TIME) < TIME / MINUTE
        stage.sandbox.world.faults.clear()
        run_round(processes[0], stage.crm)
        assert stage.health() == "green"


def test_a_refused_log_in_costs_under_one_call_a_minute_over_all_workers(
    salesforce: SalesforceStage,
) -> None:
    with workers(salesforce) as processes:
        run_round(processes[0], salesforce.crm)
        refuse_log_in(salesforce)
        run_round(processes[0], salesforce.crm)
        assert salesforce.health() == "red"
        assert 0 < calls_in(salesforce, processes, TIME) < TIME / MINUTE
        salesforce.sandbox.salesforce.sessions.client_secret = "sandbox"
        run_round(processes[0], salesforce.crm)
        assert salesforce.health() == "green"


@pytest.mark.parametrize("refuse", [refuse_token, refuse_log_in])
def test_what_one_worker_found_refused_no_other_asks_for(
    salesforce: SalesforceStage, refuse: Callable[[SalesforceStage], None]
) -> None:
    with workers(salesforce) as processes:
        refuse(salesforce)
        run_round(processes[0], salesforce.crm)
        before = calls(salesforce)
        for process in processes:
            assert run_round(process, salesforce.crm).trouble == "blocked"
        assert calls(salesforce) == before


def test_a_refusal_after_a_limit_that_was_met_is_asked_about_again_soon(
    hubspot: HubSpotStage,
) -> None:
    """The good calls of its round count for nothing: it is the first that was refused."""
    faults = hubspot.sandbox.world.faults
    with worlds.runtime(hubspot.url, hubspot.config(), wall=hubspot.wall) as process:
        run_round(process, hubspot.crm)
        faults.append(canned.fault("burst"))
        assert run_round(process, hubspot.crm).trouble == "throttled"
        hubspot.wait(20)
        hubspot.lose(2)
        hubspot.fault("status", status=403, body={"category": "MISSING_SCOPES"}, times=10_000)
        done = run_round(process, hubspot.crm)
        assert done.trouble == "refused"
        assert done.again_at is not None
        assert done.again_at - hubspot.wall() <= REFUSED_PAUSE
