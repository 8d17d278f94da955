"""Which arrivals are noted in the store: one a channel every so often, whatever comes in between.

A note for each delivery would be one more write on the same row for each, and on PostgreSQL a
queue before it; and whoever knocks at a door with a wrong key could make us write.
"""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from integration.store.deliveries import Arrival

EVERY = timedelta(seconds=15)


class Noting:
    """Of one process; used by many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._noted: dict[tuple[str, str, bool], datetime] = {}

    def due(self, crm: str, channel: str, now: datetime, refused: str = "") -> Arrival | None:
        """The arrival to note, None where one like it was noted a moment ago."""
        like = (crm, channel, bool(refused))
        with self._lock:
            before = self._noted.get(like)
            if before is not None and abs(now - before) < EVERY:
                return None
            self._noted[like] = now
        return Arrival(crm, channel, now, refused)
