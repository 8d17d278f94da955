"""Field values that had to wait, and what people filled meanwhile: theirs stays, on both CRMs."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.sandbox.server import Sandbox
from connectors.sandbox.world import Fault
from integration.once import once
from integration.runtime import wall_clock
from integration.store import outbox
from integration.store.engine import begin, connect
from tests import worlds

STORM = worlds.COMPANY.replace("10_000", "2\nstorm_max_share = 0.0")


def reason(sandbox: Sandbox, deal: str) -> object:
    record = sandbox.salesforce.get("Opportunity", deal)
    return record["Winback_Reason__c"] if record else None


def test_a_persons_reason_outlives_the_storm_brake(
    sandbox: Sandbox, sqlite_url: str, tmp_path: Path
) -> None:
    config = worlds.rule_file(tmp_path, sandbox, crms=("sales",), company=STORM)
    worlds.provision(sqlite_url, config)
    lost = worlds.salesforce_losses(sandbox.salesforce, 4)
    assert worlds.run_once(sqlite_url, config).exit_code == 4
    theirs = {"Winback_Reason__c": "service"}
    sandbox.salesforce.update("Opportunity", lost[0].deal, theirs)
    engine = connect(sqlite_url)
    with begin(engine) as connection:
        outbox.release(connection, "sales", "storm", wall_clock())
    engine.dispose()
    worlds.run_once(sqlite_url, config)
    reasons = [reason(sandbox, x.deal) for x in lost]
    assert reasons == ["service", "price", "price", "price"]


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
