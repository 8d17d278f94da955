"""The engine for one machine: threads in this process, one for each CRM, and nothing to install."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from integration.engine.door import Wake
from integration.engine.lane import Lane
from integration.engine.progress import StopsBetweenBatches
from integration.runtime import Runtime

COMMIT_WITHIN = timedelta(milliseconds=50)
"""How long a caller's transaction may take to commit on PostgreSQL before its wake-up comes too
early; then the next round finds what it stored. On SQLite none does: a round writes before it
looks for signals, and so waits for the caller's transaction."""


class Embedded:
    """A `Door` whose rounds run here. Only one such process may work on a store."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._stopping = threading.Event()
        progress = StopsBetweenBatches(runtime.progress, self._stopping)
        working = replace(runtime, progress=progress)
        # rules are renewed lane by lane, each between two rounds of its own
        self._lanes = {crm: Lane(working.twin(), crm, self._stopping) for crm in runtime.crms}

    def start(self) -> None:
        for lane in self._lanes.values():
            lane.start()

    def wake(
        self,
        crm: str,
        kind: Wake,
        at: datetime | None = None,
        connection: Connection | None = None,
    ) -> None:
        if connection is not None:
            at = max(at or self._runtime.wall(), self._runtime.wall() + COMMIT_WITHIN)
        self._lanes[crm].wake(kind, at)

    def stop(self, seconds: float) -> bool:
        """Finish the batches under way and begin no more. False when one takes longer than
        that: its rows are read back by the next process."""
        give_up_at = time.monotonic() + seconds
        self._stopping.set()
        for lane in self._lanes.values():
            lane.notice_stop()
        ended = [
            lane.join(max(give_up_at - time.monotonic(), 0.0)) for lane in self._lanes.values()
        ]
        return all(ended)
