"""Each test runs on both CRMs, over a store on SQLite."""

from __future__ import annotations

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
def stage(request: pytest.FixtureRequest) -> Stage:
    made: Stage = request.getfixturevalue(request.param)
    return made


@pytest.fixture(params=[SalesforceStage, HubSpotStage])
def bare_stage(
    request: pytest.FixtureRequest, sandbox: Sandbox, sqlite_url: str, tmp_path: Path
) -> Stage:
    """Without our fields."""
    sandbox.hubspot.search_limit = None
    made: Stage = request.param(sandbox, sqlite_url, tmp_path)
    return made
