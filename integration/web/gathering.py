"""When a round begins for what a CRM pushes: at once, or together with what follows.

Every round costs a call for each record type. So the first delivery after a pause is worked at
once, and those that come on its heels wait until two seconds have passed: a stream of deliveries
makes a round every two seconds, however dense it is.
"""

from __future__ import annotations

from datetime import datetime, timedelta

GATHERED_FOR = timedelta(seconds=2)


class Gathering:
    """Of one process; any thread may ask, and two at once may both be told to begin."""

    def __init__(self) -> None:
        self._round_at: dict[str, datetime] = {}  # the last one that was asked for, by CRM

    def round_at(self, crm: str, now: datetime) -> datetime | None:
        """When to work a delivery that comes now; None is at once."""
        last = self._round_at.get(crm)
        if last is None or not last - GATHERED_FOR <= now < last + GATHERED_FOR:
            self._round_at[crm] = now  # nothing came lately, or the clock on the wall was set
            return None
        if now > last:
            last = self._round_at[crm] = last + GATHERED_FOR
        return last
