"""Time passes: customers whose day to be looked at has come take the same path as a signal."""

from __future__ import annotations

from integration.runtime import Runtime
from integration.store import cases
from integration.store.engine import begin


def keep_in_touch(runtime: Runtime, crm: str) -> int:
    """Mark customers whom time alone may have changed: a contract that ended, 120 days without
    a purchase, a touchpoint that is near. Answers how many."""
    with begin(runtime.engine) as connection:
        return cases.mark_due(connection, crm, runtime.today(crm), runtime.wall())
