"""The first contact with a CRM that has a long history and few calls of the day to spare."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.sandbox.server import Sandbox
from integration.once import EXIT_CRM
from integration.runtime import wall_clock
from tests.integration.jobs.stage import HubSpotStage, SalesforceStage, Stage

SHARES = {"salesforce": 12, "hubspot": 15}
"""Calls of ours in a day, 20 % of the company's: they end in the middle of the contacts."""

A_DAY = timedelta(hours=25, minutes=5)


class Org:
    """What the two CRMs have to be told in their own ways."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        sandbox = stage.sandbox
        self.contacts = "Contact" if isinstance(stage, SalesforceStage) else "contacts"
        self.share = SHARES[stage.sandbox_name]
        sandbox.salesforce.daily_limit = sandbox.hubspot.daily_limit = self.share * 5
        if isinstance(stage, SalesforceStage):
            for number in range(2_100):  # two pages
                sandbox.salesforce.create("Contact", {"LastName": f"Contact {number}"})
        else:
            for number in range(1_100):
                sandbox.hubspot.create("contacts", {"lastname": f"Contact {number}"})

    def begin_day(self) -> None:
        self._stage.waited += A_DAY
        self._stage.sandbox.world.clock.advance(A_DAY.total_seconds())
        self._stage.sandbox.salesforce.calls_used = 0

    def calls(self) -> int:
        """All that count, ever."""
        kinds = ("read", "search", "write", "other")
        return sum(self._stage.calls(kind) for kind in kinds)


@pytest.fixture(params=[SalesforceStage, HubSpotStage])
def stage(
    request: pytest.FixtureRequest, sandbox: Sandbox, database_url: str, tmp_path: Path
) -> Stage:
    sandbox.hubspot.search_limit = None
    made: Stage = request.param(sandbox, database_url, tmp_path)
    return made


def test_history_is_read_within_our_share_and_goes_on_the_next_day(stage: Stage) -> None:
    stage.lose(1)
    org = Org(stage)
    seen: list[int] = []  # contacts read, as a progress bar shows it
    stage.watching = lambda what, done: seen.append(done) if what == org.contacts else None

    first = stage.run(now=stage.wall)

    told = stage.report(first)
    contacts = told["history"][org.contacts]
    assert (first.exit_code, org.calls()) == (EXIT_CRM, org.share)
    assert 0 < contacts["read"] < contacts["total"]
    assert (told["quota"]["made"], told["quota"]["share"]) == (org.share, org.share)
    assert told["stopped"]["sentence"] == told["quota"]["sentence"]
    assert f"the API calls of the day: {org.share} of the company's {org.share * 5}" in _sentence(
        told
    )
    until = datetime.fromisoformat(told["stopped"]["until"])
    assert timedelta(0) < until - stage.wall() <= timedelta(hours=25)

    assert stage.run(now=stage.wall).exit_code == EXIT_CRM  # asks anew, and makes no call
    assert org.calls() == org.share

    days = 1
    while stage.report(last := _next_day(stage, org))["history"]:
        days += 1
        assert org.calls() <= days * org.share
    assert stage.report(last)["history"] == {}
    assert seen == sorted(set(seen))  # no page came twice
    assert seen[-1] == contacts["total"]


def _next_day(stage: Stage, org: Org) -> Any:
    org.begin_day()
    return stage.run(now=stage.wall)


def _sentence(told: dict[str, Any]) -> str:
    found: str = told["stopped"]["sentence"]
    return found


def test_others_who_use_up_the_companys_calls_stop_us_as_well(stage: Stage) -> None:
    stage.lose(1)
    limit = 1_000
    stage.sandbox.salesforce.daily_limit = stage.sandbox.hubspot.daily_limit = limit
    stage.sandbox.salesforce.calls_used = limit - 25
    portal = stage.sandbox.hubspot
    portal.limiter.admit(False, wall_clock(), portal.timezone)
    portal.limiter._today = limit - 25

    run = stage.run()

    told = stage.report(run)
    assert run.exit_code == EXIT_CRM
    assert _sentence(told).startswith("the company has used 98")
    assert told["quota"]["used"] < limit  # the last ones are left to the others
    assert told["quota"]["made"] < told["quota"]["share"]
