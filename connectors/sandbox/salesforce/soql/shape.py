"""SELECT as the JSON of a record: fields, parents within it, children as lists."""

from __future__ import annotations

from typing import Any

from connectors.sandbox.salesforce.faults import CallFault, no_column
from connectors.sandbox.salesforce.fields import FieldDef
from connectors.sandbox.salesforce.records import Row
from connectors.sandbox.salesforce.schema import ObjectDef
from connectors.sandbox.salesforce.soql.columns import Source, Step, own_parts, step
from connectors.sandbox.salesforce.soql.syntax import Every, Path, Query, pointed


def attributes(type: str, id: str, version: str) -> dict[str, str]:
    return {"type": type, "url": f"/services/data/{version}/sobjects/{type}/{id}"}


class Shape:
    """What is shown of a row of one object, and of its parents."""

    def __init__(self, source: Source, query: Query, owner: ObjectDef, version: str) -> None:
        self.source = source
        self.query = query
        self.owner = owner
        self.version = version
        self.fields: dict[str, Any] = {}  # name -> what an empty field shows
        self.parents: dict[str, tuple[Step, Shape]] = {}
        self.children: dict[str, tuple[dict[str, list[Row]], Shape]] = {}

    def add(self, path: Path) -> None:
        self.add_parts(own_parts(self.query, self.owner, path), path.at)

    def add_parts(self, parts: tuple[str, ...], at: int) -> None:
        name, *rest = parts
        if not rest:
            definition = self._field(name)
            if definition is None:
                sentence = pointed(self.query.text, at, no_column(name, self.owner.name))
                raise CallFault(400, "INVALID_FIELD", sentence)
            self.fields[definition.name] = definition.empty()
            return
        way = step(self.source, self.query, self.owner, name, at)
        relationship = way.reference.relationship or name
        if relationship not in self.parents:
            inner = Shape(self.source, self.query, way.target, self.version)
            self.parents[relationship] = (way, inner)
        self.parents[relationship][1].add_parts(tuple(rest), at)

    def _field(self, name: str) -> FieldDef | None:
        if self.source.object(self.owner.name) is None:  # the nameless parent of any object
            return self.owner.field(name)
        return self.source.visible(self.owner, name)

    def add_every(self, every: Every) -> None:
        for definition in self.source.visible_fields(self.owner):
            if every.which == "ALL" or definition.custom == (every.which == "CUSTOM"):
                self.fields[definition.name] = definition.empty()

    def add_children(self, name: str, by_parent: dict[str, list[Row]], inner: Shape) -> None:
        self.children[name] = (by_parent, inner)

    def show(self, row: Row) -> dict[str, Any]:
        type = row.get("Type", self.owner.name) if self.owner.name == "Name" else self.owner.name
        shown: dict[str, Any] = {"attributes": attributes(type, row["Id"], self.version)}
        for name, empty in self.fields.items():
            shown[name] = row.get(name, empty)
        for name, (way, inner) in self.parents.items():
            parent = way.parent(self.source, row)
            shown[name] = None if parent is None else inner.show(parent)
        for name, (by_parent, inner) in self.children.items():
            rows = by_parent.get(row["Id"])
            records = [inner.show(child) for child in rows or ()]
            total = {"totalSize": len(records), "done": True, "records": records}
            shown[name] = total if records else None
        return shown
