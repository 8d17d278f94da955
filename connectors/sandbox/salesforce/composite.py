"""Several calls in one: up to 25, in order, each with its own status."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import unquote, urlsplit

from connectors.sandbox.salesforce.call import Call
from connectors.sandbox.salesforce.faults import CallFault, NotImitated
from connectors.sandbox.wire import Request, Response

_MOST_PARTS = 25
_MOST_HEAVY = 5  # queries and collections within one composite call
_PART = re.compile(r"(?:/services/data/)?/?(v\d+\.0)(/.*)\Z")


def composite(call: Call) -> Response:
    body = call.json_object()
    parts = _parts(body.get("compositeRequest"))
    if body.get("allOrNone"):
        raise NotImitated("The sandbox org does not imitate allOrNone of a composite call.")
    heavy = [one for one in parts if re.search(r"/(query|queryAll|composite)\b", one["url"])]
    if len(heavy) > _MOST_HEAVY:
        message = f"at most {_MOST_HEAVY} queries and collections in one composite call"
        raise CallFault(400, "LIMIT_EXCEEDED", message)
    if any("@{" in json.dumps(one) for one in parts):
        raise NotImitated("The sandbox org does not imitate references between composite parts.")
    answers = []
    for one in parts:
        answer = _answer(call, one.get("method", "GET"), one["url"], one.get("body"))
        answers.append(
            {
                "body": answer.body,
                "httpHeaders": {},
                "httpStatusCode": answer.status,
                "referenceId": one.get("referenceId"),
            }
        )
    return Response(200, {"compositeResponse": answers})


def batch(call: Call) -> Response:
    """Independent calls; each counts against the daily limit."""
    parts = _parts(call.json_object().get("batchRequests"))
    call.org.calls_used += max(len(parts) - 1, 0)
    results: list[dict[str, Any]] = []
    for one in parts:
        answer = _answer(call, one.get("method", "GET"), one["url"], one.get("richInput"))
        results.append({"statusCode": answer.status, "result": answer.body})
    failed = any(one["statusCode"] >= 400 for one in results)
    return Response(200, {"hasErrors": failed, "results": results})


def _parts(asked: Any) -> list[dict[str, Any]]:
    fine = isinstance(asked, list) and all(
        isinstance(one, dict) and isinstance(one.get("url"), str) for one in asked
    )
    if not fine:
        raise CallFault(
            400, "JSON_PARSER_ERROR", "a list of requests, each with a url, is required"
        )
    if len(asked) > _MOST_PARTS:
        raise CallFault(400, "LIMIT_EXCEEDED", f"at most {_MOST_PARTS} requests in one call")
    return list(asked)


def _answer(call: Call, method: str, url: str, body: Any) -> Response:
    split = urlsplit(url)
    match = _PART.match(split.path)
    if match is None:
        return Response(404, [{"errorCode": "NOT_FOUND", "message": f"no such resource: {url}"}])
    sent = b"" if body is None else json.dumps(body).encode()
    part = Request(method, unquote(split.path), split.query, call.request.headers, sent)
    try:
        return call.route(part, match.group(1), unquote(match.group(2)))
    except CallFault as fault:
        return Response(fault.status, fault.body())
