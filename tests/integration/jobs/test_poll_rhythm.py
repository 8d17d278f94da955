"""How often a CRM is polled near the end of our share of its calls."""

from __future__ import annotations

from datetime import timedelta

from integration.jobs.poll import is_due
from integration.runtime import wall_clock
from integration.store import crms
from integration.store.engine import begin
from tests import worlds
from tests.integration.jobs.stage import SalesforceStage


def test_at_nine_tenths_every_other_poll_is_left_out(salesforce: SalesforceStage) -> None:
    polled_at = wall_clock()
    passed = timedelta()

    def due(after: timedelta, fullness: float) -> bool:
        nonlocal passed
        passed = after
        gate.fullness = fullness
        return is_due(parts, "sales")

    with worlds.runtime(
        salesforce.url, salesforce.config(), wall=lambda: polled_at + passed
    ) as parts:
        gate = parts.crms["sales"].gate
        assert gate is not None
        assert due(timedelta(), 0.99)  # never polled yet
        with begin(parts.engine) as connection:
            crms.state(connection, "sales")
            crms.change(connection, "sales", polled_at=polled_at)
        minute = parts.crms["sales"].poll_every
        assert due(minute, 0.5)
        assert not due(minute, 0.9)
        assert due(2 * minute, 0.9)
        assert not due(15 * minute, 1.0)
        assert due(30 * minute, 1.0)
