"""The table of paths below `/services/data/vNN.0`."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote

from connectors.sandbox.salesforce import (
    batches,
    composite,
    describe,
    limits,
    querying,
    replication,
    sobjects,
    tooling,
)
from connectors.sandbox.salesforce.call import Call
from connectors.sandbox.salesforce.faults import CallFault, NotImitated
from connectors.sandbox.wire import Response

Route = Callable[[Call], Response]

_TABLE: tuple[tuple[str, str, Route], ...] = (
    ("GET", r"/", limits.resources),
    ("GET", r"/limits", limits.limits),
    ("GET", r"/query", querying.query),
    ("GET", r"/queryAll", querying.query_all),
    ("GET", r"/(query|queryAll)/([^/]+)", querying.next_page),
    ("GET", r"/sobjects", describe.describe_all),
    ("GET", r"/sobjects/(\w+)/describe", describe.describe),
    ("GET", r"/sobjects/(\w+)/updated", replication.updated),
    ("GET", r"/sobjects/(\w+)/deleted", replication.deleted),
    ("GET", r"/sobjects/(\w+)", describe.basic),
    ("POST", r"/sobjects/(\w+)", sobjects.create),
    ("GET", r"/sobjects/(\w+)/([^/]+)", sobjects.get),
    ("PATCH", r"/sobjects/(\w+)/([^/]+)", sobjects.change),
    ("DELETE", r"/sobjects/(\w+)/([^/]+)", sobjects.delete),
    ("GET", r"/sobjects/(\w+)/(\w+)/(.+)", sobjects.get_by_external_id),
    ("PATCH", r"/sobjects/(\w+)/(\w+)/(.+)", sobjects.upsert),
    ("POST", r"/composite/sobjects", batches.create),
    ("PATCH", r"/composite/sobjects", batches.update),
    ("DELETE", r"/composite/sobjects", batches.delete),
    ("GET", r"/composite/sobjects/(\w+)", batches.retrieve),
    ("POST", r"/composite/sobjects/(\w+)", batches.retrieve),
    ("PATCH", r"/composite/sobjects/(\w+)/(\w+)", batches.upsert),
    ("POST", r"/composite", composite.composite),
    ("POST", r"/composite/batch", composite.batch),
    ("GET", r"/tooling/query", tooling.query),
    ("POST", r"/tooling/sobjects/CustomField", tooling.create_field),
    ("GET", r"/tooling/sobjects/CustomField/(\w+)", tooling.get_field),
    ("PATCH", r"/tooling/sobjects/CustomField/(\w+)", tooling.change_field),
    ("DELETE", r"/tooling/sobjects/CustomField/(\w+)", tooling.delete_field),
)
_ROUTES = [
    (method, re.compile(pattern + r"/?\Z", re.DOTALL), route) for method, pattern, route in _TABLE
]


def find_route(method: str, path: str) -> tuple[Route, tuple[str, ...]]:
    """The route and what its pattern caught. Raises CallFault or NotImitated."""
    fits_path = False
    for wanted, pattern, route in _ROUTES:
        match = pattern.match(path)
        if match is None:
            continue
        if wanted == method:
            return route, match.groups()
        fits_path = True
    if fits_path:
        message = f"HTTP Method '{method}' not allowed."
        raise CallFault(405, "METHOD_NOT_ALLOWED", message)
    raise NotImitated(f"The sandbox org does not imitate {method} {unquote(path)}.")
