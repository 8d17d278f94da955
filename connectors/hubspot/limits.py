"""HubSpot's limits, as its answers tell them: calls of the day and of ten seconds.

Facts: `X-HubSpot-RateLimit-*` on every answer but a search's; those of the day not for OAuth
apps. That the day begins at midnight in the account's time zone is a third party's word.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo
from typing import Final

from connectors.limits import Told

DEFAULT_DAILY_CALLS: Final = 250_000
"""Of the smallest account (Free, Starter): what we go by until an answer tells its own."""

SEARCHES_A_SECOND: Final = 5
"""Of an account, by all apps together; answers do not tell what is left (facts: search guide)."""

_PREFIX: Final = "X-HubSpot-RateLimit-"


def told(headers: Mapping[str, str], zone: tzinfo | None) -> Told | None:
    """What an answer's headers say; None where they say nothing of limits. `zone` is the
    account's, None while it is not known."""
    of, left = _number(headers, "Daily"), _number(headers, "Daily-Remaining")
    burst, burst_left = _number(headers, "Max"), _number(headers, "Remaining")
    interval = _number(headers, "Interval-Milliseconds")
    day_is_told = bool(of) and left is not None
    if not day_is_told and burst_left is None:
        return None
    return Told(
        used=max((of or 0) - (left or 0), 0) if day_is_told else None,
        of=of if day_is_told else None,
        burst=burst,
        burst_left=burst_left,
        burst_seconds=interval / 1000 if interval is not None else None,
        zone=zone,
    )


def _number(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(_PREFIX + name, "").strip()
    return int(text) if text.isdecimal() and len(text) <= 12 else None
