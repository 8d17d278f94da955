"""How long each version of Salesforce's API is served, as far as anybody has said.

Salesforce names a day only when it retires a version. Versions up to 30.0 are gone; for later
ones no end is announced. What does end is the SOAP log-in (help article 005132110; the day is
from a customers' notice of 21 April 2026), which we do not use.
"""

from __future__ import annotations

from datetime import date

from connectors.base import ApiVersion

OLDEST_SERVED = 31
RETIRED_ON = date(2025, 6, 1)  # 21.0 to 30.0, with Summer '25
SOAP_LOGIN_ENDS_ON = date(2027, 6, 1)

CURRENT = "v67.0"  # Summer '26, the one we are tested with


def version(number: str) -> ApiVersion:
    """`number` as in an address: 67.0."""
    name = f"v{number}"
    if float(number) < OLDEST_SERVED:
        return ApiVersion(name, RETIRED_ON, f'write api_version = "{CURRENT}"')
    if float(number) > float(CURRENT.removeprefix("v")):
        return ApiVersion(name, sentence=f"newer than {CURRENT}, which winback is tested with")
    return ApiVersion(name, sentence="no end is announced")
