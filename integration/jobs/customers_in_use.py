"""Whose rows are on their way to a CRM that locks an account while it writes a row of it.

Two calls with rows of one account would wait for each other there, and one of them may be refused
(Salesforce: UNABLE_TO_LOCK_ROW). An account is of one customer, and every row names its customer:
so a call waits here for one that has a customer in common with it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from integration.store.outbox import Row


class CustomersInUse:
    """Any thread may enter."""

    def __init__(self) -> None:
        self._in_use: set[int] = set()
        self._changed = threading.Condition()

    @contextmanager
    def of(self, rows: Sequence[Row]) -> Iterator[None]:
        """Alone with the customers of these rows, for as long as the call takes."""
        customers = {row.customer_id for row in rows}
        with self._changed:
            self._changed.wait_for(lambda: self._in_use.isdisjoint(customers))
            self._in_use |= customers
        try:
            yield
        finally:
            with self._changed:
                self._in_use -= customers
                self._changed.notify_all()
