"""How often workers show that they are alive, and how soon others act when they do not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from connectors.transport import CONNECT_SECONDS, READ_SECONDS


@dataclass(frozen=True, slots=True)
class Pace:
    """All in seconds. `call_within` is how long after it was sent a batch may be on its way to
    the CRM yet."""

    heartbeat: float = 5.0
    stalled_after: float = 20.0  # without a heartbeat
    sweep_every: float = 5.0  # by every worker, for jobs of those that stalled
    silent_within: float = 15.0  # a transaction, before it is taken for a stopped worker's
    fetch_every: float = 0.5  # the end of a job tells nobody that the next one may go
    call_within: timedelta = timedelta(seconds=CONNECT_SECONDS + READ_SECONDS)

    @property
    def takeover_within(self) -> float:
        """From a worker's last sign of life to the begin of the same work elsewhere."""
        return self.stalled_after + self.sweep_every + self.fetch_every
