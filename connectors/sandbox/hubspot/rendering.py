"""How a record and a batch look on the wire."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from connectors.sandbox.hubspot.index import Properties
from connectors.sandbox.hubspot.state import PortalState
from connectors.sandbox.hubspot.types import ObjectType
from connectors.sandbox.hubspot.values import iso
from connectors.sandbox.wire import Response


def shown(
    portal: PortalState,
    type: ObjectType,
    properties: Properties,
    wanted: Iterable[str] = (),
    archived_at: datetime | None = None,
) -> dict[str, Any]:
    """One record: what was asked for (null where it has no value, left out where there is no
    such property), and always its id and stamps."""
    known = portal.catalogue(type).properties
    names = dict.fromkeys((*(wanted or type.defaults), type.created, type.modified, "hs_object_id"))
    body: dict[str, Any] = {
        "id": properties["hs_object_id"],
        "properties": {name: properties.get(name) for name in names if name in known},
        "createdAt": properties[type.created],
        "updatedAt": properties[type.modified],
        "archived": archived_at is not None,
    }
    if archived_at is not None:
        body["archivedAt"] = iso(archived_at)
    return body


def written(portal: PortalState, type: ObjectType, properties: Properties) -> dict[str, Any]:
    """What a write answers with: every property that has a value."""
    return shown(portal, type, properties, list(properties))


def batch(
    portal: PortalState,
    results: Sequence[Any],
    errors: Sequence[dict[str, Any]] = (),
    status: int = 200,
) -> Response:
    """207 as soon as one row failed, else `status`."""
    now = iso(portal.world.clock.now())
    body: dict[str, Any] = {
        "status": "COMPLETE",
        "results": list(results) if portal.results_in_order else list(reversed(results)),
        "startedAt": now,
        "completedAt": now,
    }
    if errors:
        body |= {"numErrors": len(errors), "errors": list(errors)}
    return Response(207 if errors else status, body)


def page(results: list[Any], after: str | None = None, **more: Any) -> Response:
    body: dict[str, Any] = {**more, "results": results}
    if after is not None:
        body["paging"] = {"next": {"after": after, "link": f"?after={after}"}}
    return Response(200, body)
