"""The embedded engine at work on a CRM of which the store knows nothing but a few rows."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from connectors.base import PushKind
from integration.engine.embedded import Embedded
from integration.runtime import Runtime, wall_clock
from integration.store import crms, outbox
from integration.store.engine import begin, reading
from integration.store.tables import customers, pushes


@contextmanager
def working(runtime: Runtime) -> Iterator[Embedded]:
    rounds = Embedded(runtime)
    rounds.start()
    try:
        yield rounds
    finally:
        assert rounds.stop(5.0)
        runtime.engine.dispose()


def eventually(holds: Callable[[], object], seconds: float = 10.0) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it never came about"
        time.sleep(0.01)


def add_row(runtime: Runtime, *, type: str = "Account", **choices: Any) -> None:
    """A row about record 1 of a type: empty fields, unless it is chosen otherwise."""
    with begin(runtime.engine) as connection:
        crms.state(connection, "sales")
        crms.change(connection, "sales", history_read_at=wall_clock())
        made = connection.execute(sa.insert(customers).values(crm="sales")).inserted_primary_key
        assert made
        wanted: dict[str, Any] = {
            "crm": "sales",
            "kind": PushKind.FIELD,
            "stream": f"{type}:1",
            "type": type,
            "customer_id": made[0],
            "payload": {"ref": [type, "1"], "values": {}},
            "now": wall_clock(),
        }
        outbox.add(connection, **(wanted | choices))


def row_states(runtime: Runtime) -> list[str]:
    with reading(runtime.engine) as connection:
        return list(connection.execute(sa.select(pushes.c.state).order_by(pushes.c.id)).scalars())
