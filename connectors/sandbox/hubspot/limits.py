"""Rate limits: a burst per ten seconds, searches per second, calls per day.

The two short ones are measured in real time, so that moving the sandbox's clock neither opens
nor blocks them; the day ends at midnight in the account's time zone, by the sandbox's clock.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from datetime import date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo


class Limits(Protocol):
    """How much a portal allows; None lifts a limit."""

    burst_limit: int | None
    search_limit: int | None
    daily_limit: int | None


class Limiter:
    """Counts calls against a portal's limits, which may change at any time. Refused calls do
    not count."""

    def __init__(self, limits: Limits, tick: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self.refused: dict[str, int] = {}  # policy -> calls that were refused
        self._tick = tick
        self._calls: deque[float] = deque()
        self._searches: deque[float] = deque()
        self._day = date.min
        self._today = 0

    def admit(self, search: bool, now: datetime, timezone: str) -> str | None:
        """Count a call, or answer the name of the policy that refuses it."""
        today = now.astimezone(ZoneInfo(timezone)).date()
        if today != self._day:
            self._day, self._today = today, 0
        policy = self._refusing(search)
        if policy is not None:
            self.refused[policy] = self.refused.get(policy, 0) + 1
            return policy
        (self._searches if search else self._calls).append(self._tick())
        self._today += 1
        return None

    def _refusing(self, search: bool) -> str | None:
        daily = self._limits.daily_limit
        if daily is not None and self._today >= daily:
            return "DAILY"
        if search:
            full = _full(self._searches, self._limits.search_limit, self._tick() - 1)
            return "SECONDLY" if full else None
        full = _full(self._calls, self._limits.burst_limit, self._tick() - 10)
        return "TEN_SECONDLY_ROLLING" if full else None

    def headers(self) -> dict[str, str]:
        """What every answer but a search's carries."""
        burst, daily = self._limits.burst_limit, self._limits.daily_limit
        headers = {"X-HubSpot-RateLimit-Interval-Milliseconds": "10000"}
        if burst is not None:
            left = max(0, burst - len(self._calls))
            headers["X-HubSpot-RateLimit-Max"] = str(burst)
            headers["X-HubSpot-RateLimit-Remaining"] = str(left)
        if daily is not None:
            left = max(0, daily - self._today)
            headers["X-HubSpot-RateLimit-Daily"] = str(daily)
            headers["X-HubSpot-RateLimit-Daily-Remaining"] = str(left)
        return headers


def _full(calls: deque[float], limit: int | None, since: float) -> bool:
    while calls and calls[0] <= since:
        calls.popleft()
    return limit is not None and len(calls) >= limit
