"""How long each version of HubSpot's API is served.

https://developers.hubspot.com/changelog/legacy-apis-and-legacy-apps-whats-going-unsupported-and-when
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from connectors.examination import ApiVersion

CURRENT: Final = "2026-03"  # what we ask for where the rule file names none
ACCOUNT: Final = "2026-03"  # of the account's details, whose specification names no other date
LEGACY: Final = "v3"
LEGACY_ASSOCIATIONS: Final = "v4"  # v3's own batch read tells no type ids

MONTHS_SERVED: Final = 18  # each dated version, from its release
ENDS_ON: Final = {
    LEGACY: date(2027, 3, 30),  # with its associations: v3 itself ends in September 2027
    "2026-03": date(2027, 9, 1),  # the day of its release is not known: the earliest it can be
    "2026-09": date(2028, 3, 8),  # released on 8 September 2026
}
NEWEST: Final = max(ENDS_ON.keys() - {LEGACY})

_DATED = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])")


def is_version(written: str) -> bool:
    return written == LEGACY or _DATED.fullmatch(written) is not None


def version(name: str) -> ApiVersion:
    """`name` as the rule file has it: a date, or `v3`. Raises ValueError for neither."""
    told = f'write api_version = "{NEWEST}"' if name != NEWEST else "look for a newer version"
    return ApiVersion(name, ENDS_ON.get(name) or _by_rule(name), told)


def _by_rule(name: str) -> date:
    year, month = map(int, name.split("-"))
    months = year * 12 + (month - 1) + MONTHS_SERVED
    return date(months // 12, months % 12 + 1, 1)
