"""HubSpot's passing refusals as planned faults: 401, 429 by policy, 423, 477, a gateway's 502.

`world.faults.append(fault("daily"))` makes the next call of any kind meet one; a `kind`, `path`
or `times` narrows or widens that.
"""

from __future__ import annotations

from typing import Any

from connectors.sandbox.hubspot.refusals import RateLimited, Refusal, locked
from connectors.sandbox.world import Fault

MIGRATING = Refusal(477, "This account is being moved to another region", "MIGRATION")
BAD_GATEWAY = Refusal(502, "Bad Gateway", None)
EXPIRED = Refusal(401, "The OAuth token used to make this call expired", "EXPIRED_AUTHENTICATION")

ANSWERS: dict[str, tuple[Refusal, dict[str, str]]] = {
    "burst": (RateLimited("TEN_SECONDLY_ROLLING"), {}),
    "search": (RateLimited("SECONDLY"), {}),
    "daily": (RateLimited("DAILY"), {}),
    "locked": (locked(), {}),
    # The only answer whose Retry-After is documented, in seconds.
    "migrating": (MIGRATING, {"Retry-After": "30"}),
    "gateway": (BAD_GATEWAY, {}),
    "expired": (EXPIRED, {}),
}


def fault(answer: str, **match: Any) -> Fault:
    """A fault that answers so; `match` are `world.Fault`'s kind, path, method, skip and times.
    Raises KeyError for an unknown answer."""
    refusal, headers = ANSWERS[answer]
    return Fault(
        "status",
        crm="hubspot",
        status=refusal.status,
        body=refusal.body(),
        headers=dict(headers),
        **match,
    )
