"""The Salesforce connector keeps what every connector keeps to."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from rules.model import Ref
from tests.connectors.contract import ConnectorContract, Scene
from tests.connectors.salesforce.conftest import Town


@pytest.fixture
def scene(equipped: Town) -> Scene:
    org = equipped.org

    def refuse() -> None:
        equipped.fault(
            "status", status=401, times=1_000, body=[{"errorCode": "INVALID_SESSION_ID"}]
        )

    return Scene(
        connector=equipped.connector,
        account=Ref("Account", equipped.account),
        contact=Ref("Contact", equipped.contact),
        opportunity=Ref("Opportunity", equipped.opportunity),
        owner=equipped.owner,
        change=lambda ref: org.update(ref.type, ref.id, {"Description": "changed"}),
        delete=lambda ref: org.delete(ref.type, ref.id),
        lose_next_write_answer=lambda: equipped.fault("lost", kind="write"),
        refuse_token=refuse,
        count_tasks=lambda: len(org.all("Task")),
        now=datetime.now(UTC),
    )


class TestSalesforce(ConnectorContract):
    """Everything that the contract asks for."""
