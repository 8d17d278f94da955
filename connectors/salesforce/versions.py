"""How long each version of Salesforce's API is served, as far as anybody has said.

Salesforce names a day only when it retires a version. Versions up to 30.0 are gone; for later
ones no end is announced. What does end is the SOAP log-in (help article 005132110; the day is
from a customers' notice of 21 April 2026), which we do not use.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from connectors.examination import ApiVersion

CURRENT: Final = "v67.0"  # Summer '26: what we ask for where the rule file names none

OLDEST_SERVED: Final = 31
RETIRED_ON: Final = date(2025, 6, 1)  # 21.0 to 30.0, with Summer '25
SOAP_LOGIN_ENDS_ON: Final = date(2027, 6, 1)

_WRITTEN = re.compile(r"v?(\d{2,3})(?:\.0)?")


def number_of(written: str) -> str | None:
    """`v67.0`, `67.0` and `67` as an address has it, 67.0; None for what is no version."""
    match = _WRITTEN.fullmatch(written)
    return f"{match[1]}.0" if match else None


def version(number: str) -> ApiVersion:
    """`number` as in an address: 67.0."""
    name = f"v{number}"
    if float(number) < OLDEST_SERVED:
        return ApiVersion(name, RETIRED_ON, f'write api_version = "{CURRENT}"')
    if float(number) > float(CURRENT.removeprefix("v")):
        return ApiVersion(name, sentence=f"newer than {CURRENT}, which winback is tested with")
    return ApiVersion(name, sentence="no end is announced")
