"""What runs on both CRMs and over both databases."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.sandbox.server import Sandbox
from tests.integration.jobs.stage import HubSpotStage, SalesforceStage, Stage


@pytest.fixture(params=[SalesforceStage, HubSpotStage])
def office(
    request: pytest.FixtureRequest, sandbox: Sandbox, database_url: str, tmp_path: Path
) -> Stage:
    sandbox.hubspot.search_limit = None
    made: Stage = request.param(sandbox, database_url, tmp_path)
    made.provision()
    return made
