"""A CRM that answers every call with 429 is left alone for longer and longer, and is not red."""

from __future__ import annotations

from datetime import timedelta

from connectors.sandbox.hubspot import canned
from integration.jobs.cycle import run_round
from tests import worlds
from tests.integration.jobs.stage import HubSpotStage


def test_a_limit_that_stays_met_is_tried_ever_more_seldom(hubspot: HubSpotStage) -> None:
    with worlds.runtime(hubspot.url, hubspot.config(), wall=hubspot.wall) as process:
        run_round(process, hubspot.crm)
        hubspot.sandbox.world.faults.append(canned.fault("search", times=10_000))
        waits = []
        for _ in range(7):
            done = run_round(process, hubspot.crm)
            assert done.again_at is not None
            assert done.trouble == "throttled"
            wait = done.again_at - hubspot.wall()
            waits.append(round(wait.total_seconds()))
            hubspot.waited += wait
        assert waits == [1, 2, 4, 8, 10, 10, 10]
        assert hubspot.health() == "yellow"
        hubspot.sandbox.world.faults.clear()
        run_round(process, hubspot.crm)
        assert hubspot.health() == "green"


def test_beside_an_app_that_searches_all_day_a_poll_comes_to_its_end(hubspot: HubSpotStage) -> None:
    hubspot.sandbox.hubspot.search_limit = 2  # what the other app leaves of five a second
    config = hubspot.config()
    with worlds.runtime(hubspot.url, config, wall=hubspot.wall, paced=True) as process:
        first = run_round(process, hubspot.crm)
        assert first.trouble == "throttled"
        hubspot.waited += timedelta(seconds=2)
        assert run_round(process, hubspot.crm).trouble == ""
