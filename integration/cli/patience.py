"""A command that asks a CRM directly waits out a short limit instead of giving up."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from connectors.errors import Throttled
from integration.runtime import wall_clock

TRIES = 5
LONGEST = timedelta(seconds=15)
"""HubSpot's limits are by the second and by ten seconds; a day's limit is not waited for."""

T = TypeVar("T")


def patiently(ask: Callable[[], T], sleep: Callable[[float], None] = time.sleep) -> T:
    """What `ask` answers. It may be asked again, so it must do no harm twice. Raises what it
    raises, `Throttled` when the limit is a long one or does not end."""
    for _ in range(TRIES - 1):
        try:
            return ask()
        except Throttled as limit:
            wait = limit.until - wall_clock()
            if wait > LONGEST:
                raise
            sleep(max(wait.total_seconds(), 0.0))
    return ask()
