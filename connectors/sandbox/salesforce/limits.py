"""The org's allowances, and the list of resources below a version."""

from __future__ import annotations

from connectors.sandbox.salesforce.call import Call
from connectors.sandbox.wire import Response


def limits(call: Call) -> Response:
    org = call.org
    left = max(org.daily_limit - org.calls_used, 0)
    answer = {
        "DailyApiRequests": {"Max": org.daily_limit, "Remaining": left},
        "DailyBulkApiBatches": {"Max": 15_000, "Remaining": 15_000},
        "DataStorageMB": {"Max": 1_024, "Remaining": 1_000},
    }
    return Response(200, answer)


def resources(call: Call) -> Response:
    base = f"/services/data/{call.version}"
    names = ("sobjects", "query", "queryAll", "limits", "composite", "tooling")
    return Response(200, {name: f"{base}/{name}" for name in names})
