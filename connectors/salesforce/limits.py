"""Salesforce's calls of the day, as its answers tell them.

Facts: `Sforce-Limit-Info: api-usage=18/5000; per-app-api-usage=17/250(appName=x)`, the second
part for some apps only. The day is the last 24 hours; how finely Salesforce lets old calls drop
out of it is not confirmed, so `integration.quota` lets ours drop out late.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from connectors.limits import Told

DEFAULT_DAILY_CALLS: Final = 15_000
"""Of the smallest org (Developer edition): what we go by until an answer tells the org's own."""

HEADER: Final = "Sforce-Limit-Info"
_USAGE = re.compile(r"(?<!per-app-)api-usage\s*=\s*(\d{1,12})\s*/\s*(\d{1,12})")
_OUR_USAGE = re.compile(r"per-app-api-usage\s*=\s*(\d{1,12})\s*/")


def told(headers: Mapping[str, str]) -> Told | None:
    """What an answer's headers say; None where they say nothing of limits."""
    line = headers.get(HEADER, "")
    usage = _USAGE.search(line)
    if usage is None or int(usage[2]) == 0:
        return None
    ours = _OUR_USAGE.search(line)
    return Told(int(usage[1]), int(usage[2]), ours=int(ours[1]) if ours else None)
