"""Rows that a round could not send: none stays where nobody looks for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from connectors.base import Push, PushKind, PushResult, Settled
from integration.engine.door import Wake
from integration.jobs.cycle import run_round
from integration.runtime import wall_clock
from integration.store import outbox
from integration.store.engine import reading
from rules.model import Field
from tests.integration.engine.at_work import add_row, eventually, row_states, working
from tests.integration.engine.quiet_crm import QuietCrm, runtime_of


class FaultyOnce(QuietCrm):
    """Takes everything, after one fault that nobody foresaw."""

    def __init__(self) -> None:
        super().__init__("sales")
        self.faults = iter([ValueError("nobody foresaw this")])

    def push(self, batch: Sequence[Push]) -> list[PushResult]:
        for fault in self.faults:
            raise fault
        return [PushResult(push.id, Settled.DELIVERED) for push in batch]


def test_a_row_under_way_when_a_round_broke_off_is_sent_without_a_restart(sqlite_url: str) -> None:
    runtime = runtime_of(sqlite_url, FaultyOnce())
    payload = {"ref": ["Task", "1"], "change": {"owner_id": "7"}}
    add_row(runtime, type="Task", kind=PushKind.TASK_UPDATE, payload=payload)
    with working(runtime) as rounds:
        rounds.wake("sales", Wake.DRAIN)
        eventually(lambda: row_states(runtime) == ["delivered"])


def test_fields_of_a_type_that_is_watched_no_more_are_parked_and_hold_nobody_up(
    sqlite_url: str,
) -> None:
    runtime = runtime_of(sqlite_url, QuietCrm("sales"))
    before = wall_clock() - timedelta(hours=1)
    payload = {"ref": ["Cancellation__c", "1"], "values": {"reason": "price"}}
    add_row(runtime, type="Cancellation__c", payload=payload, now=before)
    done = run_round(runtime, "sales")
    with reading(runtime.engine) as connection:
        [parked] = outbox.parked(connection)
    runtime.engine.dispose()
    assert done.again_at is None
    assert parked["reason"] == "config"
    assert "No [[watch]] names Cancellation__c" in parked["sentence"]


class WithoutReason(QuietCrm):
    """Has no field for the reason, and takes all others."""

    def push(self, batch: Sequence[Push]) -> list[PushResult]:
        return [
            PushResult(
                push.id,
                Settled.DELIVERED,
                left_out=tuple(name for name in push.values if name is Field.REASON),
            )
            for push in batch
        ]


def test_a_field_that_is_not_there_parks_no_other_row_of_its_record(sqlite_url: str) -> None:
    runtime = runtime_of(sqlite_url, WithoutReason("sales"))
    for values in ({"reason": "price"}, {"status": "open"}):  # the second waits for the first
        add_row(runtime, payload={"ref": ["Account", "1"], "values": values})
    run_round(runtime, "sales")
    with reading(runtime.engine) as connection:
        [parked] = outbox.parked(connection)
    assert row_states(runtime) == ["delivered", "delivered", "parked"]
    assert "no field reason" in parked["sentence"]
    runtime.engine.dispose()
