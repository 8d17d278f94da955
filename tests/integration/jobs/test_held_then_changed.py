"""Field values that waited for the next run, and what people filled meanwhile: theirs stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.sandbox.server import Sandbox
from connectors.sandbox.world import Fault
from integration.once import once
from tests import worlds


def reason(sandbox: Sandbox, deal: str) -> object:
    record = sandbox.salesforce.get("Opportunity", deal)
    return record["Winback_Reason__c"] if record else None


@pytest.mark.parametrize("status", [403, 503])
def test_a_persons_reason_outlives_a_write_that_was_put_off(
    status: int, sandbox: Sandbox, sqlite_url: str, tmp_path: Path
) -> None:
    config = worlds.rule_file(tmp_path, sandbox, crms=("sales",))
    worlds.provision(sqlite_url, config)
    (lost,) = worlds.salesforce_losses(sandbox.salesforce, 1)
    body = [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "used up"}]
    fault = Fault(
        "status",
        kind="write",
        path="composite/sobjects",
        method="PATCH",
        skip=1,
        times=1,
        status=status,
        body=body,
    )
    sandbox.world.faults.append(fault)

    def person(_seconds: float) -> None:
        sandbox.salesforce.update("Opportunity", lost.deal, {"Winback_Reason__c": "service"})

    with worlds.runtime(sqlite_url, config) as parts:
        parts.sleep = person
        once(parts, as_of="now")
    person(0)
    worlds.run_once(sqlite_url, config)
    assert reason(sandbox, lost.deal) == "service"
