"""A sandbox portal on loopback for each test, and a connector to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.hubspot.connector import HubSpotConnector, HubSpotSettings
from connectors.sandbox.hubspot.crm import HubSpotPortal
from connectors.sandbox.server import Sandbox, start

Connect = Callable[..., HubSpotConnector]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with start() as running:
        # tests are quicker than HubSpot allows; limits are tested as planned faults
        running.hubspot.search_limit = None
        running.hubspot.burst_limit = None
        yield running


@pytest.fixture
def portal(sandbox: Sandbox) -> HubSpotPortal:
    return sandbox.hubspot


@pytest.fixture
def connect(sandbox: Sandbox) -> Iterator[Connect]:
    made: list[HubSpotConnector] = []

    def connector(clock: Callable[[], datetime] | None = None, **settings: Any) -> HubSpotConnector:
        chosen = HubSpotSettings(
            **{
                "name": "portal",
                "token": sandbox.hubspot.token,
                "base_url": sandbox.hubspot_url,
                "watched_types": ("deals",),
                "grace": timedelta(0),
                "read_seconds": 1.0,
                **settings,
            }
        )
        made.append(HubSpotConnector(chosen, clock=clock or (lambda: datetime.now(UTC))))
        return made[-1]

    yield connector
    for one in made:
        one.close()
