"""Forget what has been settled for long: the outbox would otherwise grow for ever.

Signals need no pruning: they go when they are acted on.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from integration.runtime import Runtime
from integration.store import pruning
from integration.store.engine import begin

KEPT = timedelta(days=90)

log = logging.getLogger(__name__)


def prune(runtime: Runtime, crm: str) -> int:
    """Delete pushes that were settled more than 90 days ago; answers how many. In slices, so
    that nobody waits for the database for long."""
    before = runtime.wall() - KEPT
    deleted = 0
    while True:
        with begin(runtime.engine) as connection:
            slice_size = pruning.forget_settled(connection, crm, before)
        if not slice_size:
            break
        deleted += slice_size
        runtime.progress.step(crm, "settled rows pruned", deleted, None)
    if deleted:
        log.info("%s settled rows pruned", deleted)
    return deleted
