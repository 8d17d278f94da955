"""Calls to a sandbox portal as a client would make them, without a socket between."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from connectors.sandbox.hubspot.crm import HubSpotPortal
from connectors.sandbox.hubspot.owners import PortalOwner
from connectors.sandbox.wire import Request, Response
from connectors.sandbox.world import World

TASK_TO_COMPANY = 192
DUE = "2026-11-23T09:00:00Z"


def new_portal() -> HubSpotPortal:
    portal = HubSpotPortal(World())
    portal.add_owner(PortalOwner("7", "ann@acme.example", "Ann", "Ames", 907))
    return portal


def call(
    portal: HubSpotPortal, method: str, path: str, body: Any = None, query: str = ""
) -> Response:
    headers = {"authorization": f"Bearer {portal.token}"}
    sent = b"" if body is None else json.dumps(body).encode()
    return portal.handle(Request(method, path, query, headers, sent))


def search(
    portal: HubSpotPortal,
    type: str,
    *groups: Sequence[tuple[str, str, Any]],
    **more: Any,
) -> list[str]:
    """The ids found; a filter is (property, operator, value), values where it is a list."""
    response = call(portal, "POST", f"/crm/v3/objects/{type}/search", query_of(*groups, **more))
    assert response.status == 200, response.body
    return [row["id"] for row in response.body["results"]]


def query_of(*groups: Sequence[tuple[str, str, Any]], **more: Any) -> dict[str, Any]:
    return {
        "filterGroups": [{"filters": [_filter(*rule) for rule in group]} for group in groups],
        **more,
    }


def _filter(name: str, operator: str, value: Any) -> Mapping[str, Any]:
    rule = {"propertyName": name, "operator": operator}
    if isinstance(value, list):
        return {**rule, "values": value}
    if isinstance(value, tuple):
        return {**rule, "value": value[0], "highValue": value[1]}
    return rule if value is None else {**rule, "value": value}


def task_row(subject: str, company_id: str | None = None, **properties: str) -> dict[str, Any]:
    row: dict[str, Any] = {
        "properties": {"hs_task_subject": subject, "hs_timestamp": DUE, **properties}
    }
    if company_id is not None:
        kind = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": TASK_TO_COMPANY}
        row["associations"] = [{"to": {"id": company_id}, "types": [kind]}]
    return row
