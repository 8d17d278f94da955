"""COUNT, SUM and the like, with or without GROUP BY."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from connectors.sandbox.salesforce.records import Row
from connectors.sandbox.salesforce.schema import ObjectDef
from connectors.sandbox.salesforce.soql.columns import Column, Source, column
from connectors.sandbox.salesforce.soql.syntax import Aggregate, Malformed, Path, Query

_Group = dict[str, Any]


@dataclass(slots=True)
class Groups:
    """One row per group, by the text of what was selected or sorted by; `names` are shown."""

    query: Query
    rows: list[_Group] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)  # text -> name in the answer

    def show(self, row: _Group) -> dict[str, Any]:
        shown: dict[str, Any] = {"attributes": {"type": "AggregateResult"}}
        shown.update({name: row[text] for text, name in self.names.items()})
        return shown

    def reader(self, by: Path | Aggregate) -> Callable[[_Group], Any]:
        text = _text(by)
        aliases = {name.lower(): text for text, name in self.names.items()}
        text = aliases.get(text, text)
        if self.rows and text not in self.rows[0]:
            raise Malformed(self.query.text, by.at, f"Ordered field must be grouped: {text}")
        return lambda row: row[text]


def grouped(query: Query, source: Source, owner: ObjectDef, matches: Iterable[Row]) -> Groups:
    keys = {_text(path): column(source, query, owner, path) for path in query.group_by}
    aggregates = _aggregates(query)
    columns = {
        text: column(source, query, owner, one.path)
        for text, one in aggregates.items()
        if one.path is not None
    }
    members: dict[tuple[Any, ...], list[Row]] = {} if query.group_by else {(): []}
    for row in matches:
        group = tuple(found.read(row) for found in keys.values())
        members.setdefault(group, []).append(row)
    groups = Groups(query, names=_names(query, keys))
    for group, rows in members.items():
        made = dict(zip(keys, group, strict=True))
        for text, one in aggregates.items():
            made[text] = _figure(one.function, columns[text], rows)
        groups.rows.append(made)
    return groups


def _aggregates(query: Query) -> dict[str, Aggregate]:
    wanted = [*query.select, *(order.by for order in query.order)]
    return {_text(one): one for one in wanted if isinstance(one, Aggregate)}


def _names(query: Query, keys: dict[str, Column]) -> dict[str, str]:
    names: dict[str, str] = {}
    unnamed = 0
    for one in query.select:
        if isinstance(one, Aggregate):
            names[_text(one)] = one.alias or f"expr{unnamed}"
            unnamed += one.alias is None
        elif isinstance(one, Path) and _text(one) in keys:
            names[_text(one)] = one.alias or keys[_text(one)].definition.name
        else:
            raise Malformed(query.text, one.at, f"Field must be grouped or aggregated: {one}")
    return names


def _text(one: Path | Aggregate) -> str:
    text = str(one) if isinstance(one, Path) else f"{one.function}({one.path})"
    return text.lower()


def _figure(function: str, found: Column, rows: list[Row]) -> Any:
    values = [value for row in rows if (value := found.read(row)) is not None]
    if function == "COUNT":
        return len(values)
    if function == "COUNT_DISTINCT":
        return len(set(values))
    if not values:
        return None
    if function == "MAX":
        return max(values)
    if function == "MIN":
        return min(values)
    total = sum(values)
    return total if function == "SUM" else total / len(values)
