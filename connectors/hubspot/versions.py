"""How long each version of HubSpot's API is served.

https://developers.hubspot.com/changelog/legacy-apis-and-legacy-apps-whats-going-unsupported-and-when
"""

from __future__ import annotations

from datetime import date
from typing import Final

from connectors.base import ApiVersion

MONTHS_SERVED: Final = 18  # each dated version, from its release
ENDS_ON: Final = {
    "v3": date(2027, 3, 30),  # its associations are v4's, which end before v3 does (September 2027)
    "2026-03": date(2027, 9, 1),  # the day of its release is not known: the earliest it can be
    "2026-09": date(2028, 3, 8),  # released on 8 September 2026
}
NEWEST: Final = "2026-09"


def version(name: str) -> ApiVersion:
    """`name` as the rule file has it: a date, or `v3`."""
    told = f'write api_version = "{NEWEST}"' if name != NEWEST else "look for a newer version"
    return ApiVersion(name, ENDS_ON.get(name) or _by_rule(name), told)


def _by_rule(name: str) -> date:
    year, month = map(int, name.split("-"))
    months = year * 12 + (month - 1) + MONTHS_SERVED
    return date(months // 12, months % 12 + 1, 1)
