"""Who waits for whom before a call to a CRM that locks accounts."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from connectors.base import Push, PushKind
from integration.jobs.customers_in_use import CustomersInUse
from integration.store.outbox import Row

AT = datetime(2026, 3, 2, tzinfo=UTC)


def rows(*customers: int) -> list[Row]:
    push = Push("1", PushKind.FIELD)
    return [Row(1, push, "", customer, None, 0, "", AT, AT, {}) for customer in customers]


@pytest.mark.parametrize(
    ("others", "waits"), [((2, 3), True), ((3, 4), False), ((), False), ((1,), True)]
)
def test_a_call_waits_for_one_that_has_a_customer_in_common(
    others: tuple[int, ...], waits: bool
) -> None:
    in_use = CustomersInUse()
    begun = threading.Event()

    def call() -> None:
        with in_use.of(rows(*others)):
            begun.set()

    with ThreadPoolExecutor(max_workers=1) as thread:
        with in_use.of(rows(1, 2)):
            thread.submit(call)
            assert begun.wait(0.2 if waits else 10) is not waits
        assert begun.wait(10)


def test_a_call_that_failed_is_waited_for_no_longer() -> None:
    in_use = CustomersInUse()
    with pytest.raises(OSError, match="broken"), in_use.of(rows(1)):
        raise OSError("broken")

    def call() -> str:
        with in_use.of(rows(1)):
            return "made"

    with ThreadPoolExecutor(max_workers=1) as thread:
        assert thread.submit(call).result(10) == "made"
