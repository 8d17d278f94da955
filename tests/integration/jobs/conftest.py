"""Each test runs on both CRMs, over a store on SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.sandbox.server import Sandbox
from tests.integration.jobs.stage import HubSpotStage, SalesforceStage, Stage


@pytest.fixture
def salesforce(sandbox: Sandbox, sqlite_url: str, tmp_path: Path) -> SalesforceStage:
    """The org with our fields in it."""
    made = SalesforceStage(sandbox, sqlite_url, tmp_path)
    made.provision()
    return made


@pytest.fixture
def hubspot(sandbox: Sandbox, sqlite_url: str, tmp_path: Path) -> HubSpotStage:
    """The portal with our fields in it."""
    sandbox.hubspot.search_limit = None  # each run of a test is a process of its own to it
    made = HubSpotStage(sandbox, sqlite_url, tmp_path)
    made.provision()
    return made


@pytest.fixture(params=["salesforce", "hubspot"])
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    yield request.getfixturevalue(request.param)
