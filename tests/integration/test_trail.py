"""The trail: lines that a person reads, with the keys that a search needs."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import pytest

from connectors.base import Push, PushKind
from integration import trail
from integration.store.outbox import Row
from integration.store.parking import Parked
from rules.model import Ref

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ONE, TWO = Ref("Account", "001"), Ref("Account", "002")


def test_one_record_is_one_record(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    trail.delivered("sales", "d1", [ONE])
    trail.delivered("sales", "d2", [ONE, TWO])
    assert caplog.messages == ["a delivery names 1 record", "a delivery names 2 records"]


def test_a_parked_row_names_its_crm(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    row = Row(
        id=17,
        push=Push("17", PushKind.FIELD, ref=ONE),
        stream=str(ONE),
        customer_id=3,
        task_key=None,
        attempts=1,
        fence="f",
        lease_until=NOW,
        made_at=NOW,
        base={},
    )
    trail.parked("sales", row, Parked.REFUSED)
    [line] = caplog.records
    assert line.getMessage() == "field parked: refused"
    assert line.__dict__["ids"] == {
        "crm": "sales",
        "record": str(ONE),
        "customer": "3",
        "push": "17",
    }
