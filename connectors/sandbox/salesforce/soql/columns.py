"""From the names in a query to the values in a row, over parents where the name is dotted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from connectors.sandbox.salesforce.faults import CallFault, no_column
from connectors.sandbox.salesforce.fields import FieldDef
from connectors.sandbox.salesforce.records import Row
from connectors.sandbox.salesforce.schema import ObjectDef
from connectors.sandbox.salesforce.soql.syntax import Path, Query, pointed


class Source(Protocol):
    """What a query reads from: only what the running user may see."""

    def object(self, name: str) -> ObjectDef | None: ...

    def visible(self, owner: ObjectDef, name: str) -> FieldDef | None: ...

    def visible_fields(self, owner: ObjectDef) -> list[FieldDef]: ...

    def children(self, parent: ObjectDef) -> Iterator[tuple[ObjectDef, FieldDef]]: ...

    def rows(self, owner: ObjectDef, low: str | None, exclusive: bool) -> Iterable[Row]:
        """Rows in the order of their ids, from `low` on."""
        ...

    def by_ids(self, owner: ObjectDef, ids: Sequence[str]) -> Iterable[Row]: ...

    def matching(self, owner: ObjectDef, field: FieldDef, value: Any) -> list[str]: ...

    def find(self, id: str, types: tuple[str, ...]) -> tuple[ObjectDef, Row] | None: ...

    def now(self) -> datetime: ...


_ANYTHING = ObjectDef(
    "Name",
    "",
    fields={
        "id": FieldDef("Id", "id"),
        "name": FieldDef("Name"),
        "type": FieldDef("Type"),
    },
)
"""What is known of the parent behind a reference that may point at any object."""


@dataclass(frozen=True, slots=True)
class Column:
    """A field, and how to read it from a row of the query's object."""

    definition: FieldDef
    read: Callable[[Row], Any]


@dataclass(frozen=True, slots=True)
class Step:
    """One way from a record to its parent."""

    reference: FieldDef
    types: tuple[str, ...]
    target: ObjectDef

    def parent(self, source: Source, row: Row) -> Row | None:
        id = row.get(self.reference.name)
        found = source.find(id, self.types) if id else None
        if found is None:
            return None
        owner, parent = found
        return {**parent, "Type": owner.name} if self.target is _ANYTHING else parent


def own_parts(query: Query, owner: ObjectDef, path: Path) -> tuple[str, ...]:
    """The path without the object's own name or alias in front."""
    first, *rest = path.parts
    names = {owner.name.lower(), (query.alias or owner.name).lower()}
    if rest and first.lower() in names and owner.lookup(first) is None:
        return tuple(rest)
    return path.parts


def step(source: Source, query: Query, owner: ObjectDef, name: str, at: int) -> Step:
    reference = owner.lookup(name)
    if reference is None or source.visible(owner, reference.name) is None:
        sentence = (
            f"Didn't understand relationship '{name}' in field path. If you are attempting to use "
            "a custom relationship, be sure to append the '__r' after the custom relationship "
            "name. Please reference your WSDL or the describe call for the appropriate names."
        )
        raise CallFault(400, "INVALID_FIELD", pointed(query.text, at, sentence))
    known = [one for one in map(source.object, reference.reference_to) if one is not None]
    return Step(reference, reference.reference_to, known[0] if known else _ANYTHING)


def column(source: Source, query: Query, owner: ObjectDef, path: Path) -> Column:
    """The column at the end of `path`. Raises CallFault INVALID_FIELD."""
    *ways, last = own_parts(query, owner, path)
    steps: list[Step] = []
    here = owner
    for name in ways:
        steps.append(step(source, query, here, name, path.at))
        here = steps[-1].target
    definition = here.field(last) if here is _ANYTHING else source.visible(here, last)
    if definition is None:
        sentence = pointed(query.text, path.at, no_column(last, here.name))
        raise CallFault(400, "INVALID_FIELD", sentence)
    return Column(definition, _reader(source, steps, definition))


def _reader(source: Source, steps: list[Step], definition: FieldDef) -> Callable[[Row], Any]:
    name, empty = definition.name, definition.empty()

    def direct(row: Row) -> Any:
        return row.get(name, empty)

    def over_parents(row: Row) -> Any:
        here = row
        for way in steps:
            parent = way.parent(source, here)
            if parent is None:
                return None
            here = parent
        return here.get(name, empty)

    return over_parents if steps else direct
