"""Salesforce's passing refusals of a whole call as planned faults.

`world.faults.append(fault("quota"))` makes the next call of any kind meet one; a `kind`, `path`
or `times` narrows or widens that.
"""

from __future__ import annotations

from typing import Any

from connectors.sandbox.salesforce.faults import CallFault
from connectors.sandbox.world import Fault

ANSWERS: dict[str, CallFault] = {
    # Both of REQUEST_LIMIT_EXCEEDED's reasons: the day's calls, and too many long ones at once.
    "quota": CallFault(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
    "long calls": CallFault(
        403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentPerOrgLongTxn Limit exceeded."
    ),
    "expired": CallFault(401, "INVALID_SESSION_ID", "Session expired or invalid"),
    "busy": CallFault(503, "SERVER_UNAVAILABLE", "Server unavailable"),
    "locked": CallFault(
        400, "UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record"
    ),
}


def fault(answer: str, **match: Any) -> Fault:
    """A fault that answers so; `match` are `world.Fault`'s kind, path, method, skip and times.
    Raises KeyError for an unknown answer."""
    told = ANSWERS[answer]
    return Fault("status", crm="salesforce", status=told.status, body=told.body(), **match)
