"""What a call counts as: auth, read, write or other. Salesforce's queries count as reads."""

from __future__ import annotations

import re

from connectors.sandbox.wire import Request

_VERSION = re.compile(r"/services/data/v\d+\.\d+/?")
_SETUP = ("PermissionSet", "PermissionSetAssignment", "FieldPermissions")


def kind_of(request: Request) -> str:
    if request.path.startswith(("/services/oauth2", "/id/")):
        return "auth"
    match = _VERSION.match(request.path)
    if match is None:
        return "other"
    parts = [part for part in request.path[match.end() :].split("/") if part]
    if not parts:
        return "other"
    below = {"sobjects": _sobject_kind, "composite": _composite_kind}.get(parts[0])
    if below is not None:
        return below(request, parts)
    return "read" if parts[0] in ("query", "queryAll") else "other"


def _sobject_kind(request: Request, parts: list[str]) -> str:
    about_schema = len(parts) == 1 or parts[-1] == "describe"
    if about_schema or parts[1] in _SETUP or (request.method == "GET" and len(parts) == 2):
        return "other"
    return "read" if request.method == "GET" else "write"


def _composite_kind(request: Request, parts: list[str]) -> str:
    if parts[1:2] == ["sobjects"]:
        reading = request.method == "GET" or (request.method == "POST" and len(parts) == 3)
        return "read" if reading else "write"
    try:
        body = request.json()
    except ValueError:
        return "other"
    asked = body.get("compositeRequest") or body.get("batchRequests") if body else None
    methods = [one.get("method", "GET") for one in asked or () if isinstance(one, dict)]
    return "read" if all(method == "GET" for method in methods) else "write"
