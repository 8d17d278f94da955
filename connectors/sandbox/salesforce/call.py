"""One authenticated call of the REST interface, and what the routes have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.sandbox.salesforce.faults import CallFault, no_type
from connectors.sandbox.salesforce.org import Org
from connectors.sandbox.salesforce.schema import ObjectDef
from connectors.sandbox.wire import Request, Response


@dataclass(frozen=True, slots=True)
class Call:
    """`parts` are what the route's pattern caught from the path."""

    org: Org
    request: Request
    version: str  # "v67.0"
    parts: tuple[str, ...]
    route: Callable[[Request, str, str], Response]  # to answer the parts of a composite call

    def object(self, name: str) -> ObjectDef:
        """Raises CallFault NOT_FOUND for an object that there is not."""
        found = self.org.schema.object(name)
        if found is None:
            raise CallFault(404, "NOT_FOUND", "The requested resource does not exist")
        return found

    def json_object(self) -> dict[str, Any]:
        """The body as an object. Raises CallFault JSON_PARSER_ERROR."""
        body = self.json()
        if not isinstance(body, dict):
            raise CallFault(400, "JSON_PARSER_ERROR", "The HTTP entity body must be an object")
        return body

    def json(self) -> Any:
        try:
            return self.request.json()
        except ValueError as error:
            message = "The HTTP entity body is required and must be valid JSON"
            raise CallFault(400, "JSON_PARSER_ERROR", message) from error


def typed_object(org: Org, record: Mapping[str, Any]) -> ObjectDef:
    """The object that a record of a collection names in its attributes. Raises CallFault."""
    attributes = record.get("attributes")
    name = attributes.get("type") if isinstance(attributes, Mapping) else None
    if not isinstance(name, str):
        message = "The attributes of each record must name its type"
        raise CallFault(400, "INVALID_TYPE", message)
    found = org.schema.object(name)
    if found is None:
        raise CallFault(400, "INVALID_TYPE", no_type(name))
    return found
