"""The sandbox HubSpot portal at the wire: who may call, how often, and where a path leads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from connectors.sandbox.hubspot import (
    loading,
    routes,
    wire_account,
    wire_associations,
    wire_objects,
    wire_properties,
)
from connectors.sandbox.hubspot.limits import Limiter
from connectors.sandbox.hubspot.portal import Portal
from connectors.sandbox.hubspot.refusals import RateLimited, Refusal, not_imitated
from connectors.sandbox.hubspot.routes import Route
from connectors.sandbox.wire import Request, Response
from connectors.sandbox.world import World

MAX_QUERY = 8_192  # characters; longer addresses get 414

Served = Callable[[Portal, Route, Request], Response]

RESOURCES: Mapping[str, Served] = {
    "objects": wire_objects.serve,
    "associations": wire_associations.serve,
    "properties": wire_properties.serve,
    "pipelines": wire_account.pipelines,
    "owners": wire_account.owners,
    "schemas": wire_account.schemas,
    "account-info": wire_account.details,
}


class HubSpotPortal(Portal):
    """A portal that answers HTTP; satisfies `wire.Crm`."""

    name = "hubspot"

    def __init__(self, world: World, portal_id: int = 8_675_309) -> None:
        super().__init__(world, portal_id)
        self.limiter = Limiter(self)

    def kind_of(self, request: Request) -> str:
        return routes.kind_of(request.method, request.path)

    def handle(self, request: Request) -> Response:
        search = self.kind_of(request) == "search"
        with self.world.lock:
            try:
                response = self._answer(request, search)
            except Refusal as refusal:
                response = refusal.response()
            # Searches carry no rate-limit headers.
            headers = {} if search or response.status == 401 else self.limiter.headers()
        return Response(response.status, response.body, {**headers, **response.headers})

    def _answer(self, request: Request, search: bool) -> Response:
        self._authenticate(request)
        policy = self.limiter.admit(search, self.world.clock.now(), self.timezone)
        if policy is not None:
            raise RateLimited(policy)
        if len(request.query) > MAX_QUERY:
            raise Refusal(414, "URI Too Long", None)
        route = routes.parse(request.path)
        serve = RESOURCES.get(route.resource) if route else None
        if route is None or serve is None:
            raise not_imitated(f"{request.method} {request.path}")
        return serve(self, route, request)

    def _authenticate(self, request: Request) -> None:
        """Exactly `Bearer`, one space, the key. Raises Refusal (401)."""
        if request.headers.get("authorization", "") != f"Bearer {self.token}":
            message = (
                "Authentication credentials not found. This API supports OAuth 2.0 authentication."
            )
            raise Refusal(401, message, "INVALID_AUTHENTICATION")

    def load(self, folder: Path) -> None:
        """Fill the portal from a folder of CSV files. Raises ValueError with file and line."""
        with self.world.lock:
            loading.load(self, folder)

    def state(self) -> dict[str, Any]:
        """Every object type's live records with their associations, and the set-up, as JSON."""
        with self.world.lock:
            state: dict[str, Any] = {
                object_type.name: [
                    {
                        "id": row["hs_object_id"],
                        "properties": row,
                        "associations": self._hanging_on(object_type.name, row["hs_object_id"]),
                    }
                    for row in self.all(object_type.name)
                ]
                for object_type in self.types.all()
            }
            state["owners"] = [owner.json(self.opened) for owner in self.owners.values()]
            state["pipelines"] = [p.json(self.opened) for p in self.pipelines.by_id.values()]
            return state

    def _hanging_on(self, type: str, id: str) -> dict[str, list[str]]:
        found = {other.name: self.linked(type, id, other.name) for other in self.types.all()}
        return {name: ids for name, ids in found.items() if ids}
