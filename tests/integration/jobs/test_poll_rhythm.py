"""How often a CRM is polled near the end of our share of its calls."""

from __future__ import annotations

from integration.jobs.poll import is_due
from integration.runtime import wall_clock
from integration.store import crms
from integration.store.engine import begin
from tests import worlds
from tests.integration.jobs.stage import SalesforceStage


def test_at_nine_tenths_every_other_poll_is_left_out(salesforce: SalesforceStage) -> None:
    polled_at = now = wall_clock()
    with worlds.runtime(salesforce.url, salesforce.config(), wall=lambda: now) as parts:
        gate, minute = parts.crms["sales"].gate, parts.crms["sales"].poll_every
        assert gate is not None
        gate.fullness = 0.99
        assert is_due(parts, "sales")  # never polled yet
        with begin(parts.engine) as connection:
            crms.state(connection, "sales")
            crms.change(connection, "sales", polled_at=polled_at)
        for minutes, fullness, due in (
            (1, 0.5, True),
            (1, 0.9, False),
            (2, 0.9, True),
            (15, 1.0, False),
            (30, 1.0, True),
        ):
            gate.fullness, now = fullness, polled_at + minutes * minute
            assert is_due(parts, "sales") is due
