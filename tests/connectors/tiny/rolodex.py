"""Rolodex, a CRM that does not exist: a handful of JSON calls, and its sandbox.

    GET  /schema                           types, their fields, and the choices of a field
    POST /fields  {type, name, choices}    makes a field, or gives it more choices
    GET  /changes?type=&after=&limit=      rows by the number of their last change, and `total`
    POST /rows    {type, ids}              rows as they are; deleted ones say so, others lack
    POST /write   {rows}                   one result per row, in order; a todo's key is unique
    POST /find    {keys}                   todos by their key

A row is `{type, id, change, changed_at, deleted, values}`; every value is text or null. Change
numbers are given at the commit and never twice, so that nothing can be missed. Whoever calls too
often gets 429 with `Retry-After` in seconds.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from connectors.sandbox.wire import Request, Response
from connectors.sandbox.world import World

FIELDS = {
    "staff": ("name", "email", "active"),
    "client": ("name", "owner", "domain"),
    "person": ("name", "email", "client", "no_contact"),
    "sale": ("name", "client", "person", "owner", "amount", "state", "closed_on", "why"),
    "todo": ("title", "text", "due_on", "owner", "client", "person", "sale", "done", "key"),
}
_KINDS = {"/changes": "read", "/rows": "read", "/find": "search", "/write": "write"}

Row = dict[str, Any]


class Rolodex:
    """Satisfies `connectors.sandbox.wire.Crm`."""

    name = "rolodex"
    token = "rolodex-token"

    def __init__(self, world: World) -> None:
        self.world = world
        self.rows: dict[str, Row] = {}
        self.schema: dict[str, dict[str, list[str]]] = {
            type: {name: [] for name in names} for type, names in FIELDS.items()
        }
        self._ids, self._changes = itertools.count(1), itertools.count(1)
        self._routes: Mapping[str, Callable[[Request], Any]] = {
            "/schema": lambda _request: {"types": self.schema},
            "/fields": self._make_field,
            "/changes": self._told_changes,
            "/rows": self._read,
            "/write": lambda request: {"results": [self._written(r) for r in _rows(request)]},
            "/find": self._find,
        }

    def kind_of(self, request: Request) -> str:
        return _KINDS.get(request.path, "other")

    def refusing_rows(self) -> AbstractContextManager[None]:
        """Rolodex locks no rows."""
        return nullcontext()

    def handle(self, request: Request) -> Response:
        with self.world.lock:
            if request.headers.get("authorization") != f"Token {self.token}":
                return Response(401, {"error": "no such token"})
            route = self._routes.get(request.path)
            return Response(501) if route is None else Response(200, route(request))

    # ---- what a person does

    def add(self, type: str, by: str = "person", **values: str | None) -> str:
        id = f"{type[0]}{next(self._ids):06d}"
        self._store({"type": type, "id": id, "deleted": False, "values": {}}, values, "create", by)
        return id

    def change(self, id: str, by: str = "person", **values: str | None) -> None:
        self._store(self.rows[id], values, "update", by)

    def delete(self, id: str) -> None:
        self._store({**self.rows[id], "deleted": True}, {}, "delete", "person")

    def all(self, type: str) -> list[Row]:
        return [r for r in self.rows.values() if r["type"] == type and not r["deleted"]]

    # ---- calls

    def _store(self, row: Row, values: Mapping[str, Any], verb: str, by: str) -> None:
        now = self.world.clock.now().isoformat()
        merged = {**row["values"], **values}
        change = next(self._changes)
        self.rows[row["id"]] = {**row, "change": change, "changed_at": now, "values": merged}
        self.world.record(self.name, verb, row["type"], row["id"], dict(values), by)

    def _make_field(self, request: Request) -> Any:
        asked = request.json()
        choices = self.schema[asked["type"]].setdefault(asked["name"], [])
        choices += [one for one in asked["choices"] if one not in choices]
        self.world.record(self.name, "schema", asked["type"], asked["name"], {})
        return {}

    def _told_changes(self, request: Request) -> Any:
        asked = request.args()
        rows = [r for r in self.rows.values() if r["type"] == asked["type"]]
        later = sorted(
            (r for r in rows if r["change"] > int(asked["after"])), key=lambda r: int(r["change"])
        )
        limit = int(asked["limit"])
        return {"rows": later[:limit], "more": len(later) > limit, "total": len(rows)}

    def _read(self, request: Request) -> Any:
        asked = request.json()
        found = (self.rows.get(id) for id in asked["ids"])
        return {"rows": [r for r in found if r is not None and r["type"] == asked["type"]]}

    def _find(self, request: Request) -> Any:
        keys = set(request.json()["keys"])
        return {"ids": {r["values"]["key"]: r["id"] for r in self._todos(keys)}}

    def _todos(self, keys: set[str]) -> list[Row]:
        return [r for r in self.all("todo") if r["values"].get("key") in keys]

    def _written(self, asked: Mapping[str, Any]) -> Any:
        type, values = asked["type"], asked["values"]
        unknown = sorted(values.keys() - self.schema[type].keys())
        if unknown:
            return {"ok": False, "error": "unknown_field", "field": unknown[0]}
        if "id" not in asked:
            there = self._todos({values["key"]})
            return {"ok": True, "id": there[0]["id"] if there else self.add(type, "api", **values)}
        row = self.rows.get(asked["id"])
        if row is None or row["deleted"]:
            return {"ok": False, "error": "gone"}
        if "append" in asked:
            values = {**values, "text": f"{row['values']['text']}\n{asked['append']}"}
        self.change(row["id"], "api", **values)
        return {"ok": True, "id": row["id"]}


def _rows(request: Request) -> list[Mapping[str, Any]]:
    rows: list[Mapping[str, Any]] = request.json()["rows"]
    return rows
