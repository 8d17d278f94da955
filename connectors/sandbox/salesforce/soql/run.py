"""A parsed query against a source: which rows, in which order, shown how."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from connectors.sandbox.salesforce.faults import CallFault, no_type
from connectors.sandbox.salesforce.records import Row
from connectors.sandbox.salesforce.schema import ObjectDef
from connectors.sandbox.salesforce.soql.columns import Source, column, own_parts
from connectors.sandbox.salesforce.soql.conditions import Compiler, folds
from connectors.sandbox.salesforce.soql.groups import grouped
from connectors.sandbox.salesforce.soql.parser import parse
from connectors.sandbox.salesforce.soql.shape import Shape
from connectors.sandbox.salesforce.soql.syntax import (
    Aggregate,
    Comparison,
    Condition,
    Every,
    Logic,
    Malformed,
    Order,
    Path,
    Query,
    pointed,
)

_MOST_OFFSET = 2_000


@dataclass(frozen=True, slots=True)
class Found:
    """The result: `rows` in order, `show` turns one into JSON. `total` may be without rows."""

    total: int
    rows: list[Any]
    show: Callable[[Any], dict[str, Any]]


def run(text: str, source: Source, version: str) -> Found:
    """Parse and run. Raises CallFault, MALFORMED_QUERY included."""
    try:
        return run_parsed(parse(text), source, version)
    except Malformed as fault:
        sentence = pointed(fault.text, fault.at, fault.sentence)
        raise CallFault(400, "MALFORMED_QUERY", sentence) from fault


def run_parsed(query: Query, source: Source, version: str) -> Found:
    owner = source.object(query.source)
    if owner is None:
        sentence = pointed(query.text, query.source_at, no_type(query.source))
        raise CallFault(400, "INVALID_TYPE", sentence)
    if query.offset > _MOST_OFFSET:
        raise CallFault(
            400, "NUMBER_OUTSIDE_VALID_RANGE", f"Maximum SOQL offset allowed is {_MOST_OFFSET}"
        )
    matches = _matches(query, source, owner)
    if query.aggregated:
        return _aggregate(query, source, owner, matches)
    shape = _shape(query, source, owner, version)
    end = None if query.limit is None else query.offset + query.limit
    if not _by_id(query, owner):
        matches = ordered(query, source, owner, list(matches))
    rows = list(islice(matches, query.offset, end))
    return Found(len(rows), rows, shape.show)


def _matches(query: Query, source: Source, owner: ObjectDef) -> Iterable[Row]:
    candidates = _candidates(query, source, owner)
    if query.where is None:
        return candidates

    def run_inner(inner: Query) -> Iterable[Any]:
        return _single_values(inner, source)

    return filter(Compiler(source, query, owner, run_inner).test(query.where), candidates)


def _candidates(query: Query, source: Source, owner: ObjectDef) -> Iterable[Row]:
    """Rows that may match, in the order of their ids, by an index where a condition allows."""
    for condition in _must_hold(query.where):
        parts = own_parts(query, owner, condition.path)
        definition = source.visible(owner, parts[0]) if len(parts) == 1 else None
        if definition is None or any(one.kind != "string" for one in condition.values):
            continue
        compiler = Compiler(source, query, owner, lambda _inner: ())
        values = [compiler.value(definition, one) for one in condition.values]
        if definition.name == "Id" and condition.operator in (">", ">="):
            return source.rows(owner, values[0], condition.operator == ">")
        if condition.operator not in ("=", "in") or None in values:
            continue
        if definition.name == "Id":
            return source.by_ids(owner, sorted(set(values)))
        if definition.indexed:
            ids = {id for value in values for id in source.matching(owner, definition, value)}
            return source.by_ids(owner, sorted(ids))
    return source.rows(owner, None, exclusive=False)


def _must_hold(where: Condition | None) -> list[Comparison]:
    if isinstance(where, Comparison):
        return [where]
    if isinstance(where, Logic) and where.word == "and":
        return [one for one in where.operands if isinstance(one, Comparison)]
    return []


def _single_values(query: Query, source: Source) -> Iterable[Any]:
    """The one selected column of a query inside IN (...)."""
    owner = source.object(query.source)
    if owner is None:
        sentence = pointed(query.text, query.source_at, no_type(query.source))
        raise CallFault(400, "INVALID_TYPE", sentence)
    only = query.select[0] if len(query.select) == 1 else None
    if not isinstance(only, Path):
        raise Malformed(query.text, query.source_at, "a semi join selects exactly one field")
    found = column(source, query, owner, only)
    return [value for row in _matches(query, source, owner) if (value := found.read(row))]


def _by_id(query: Query, owner: ObjectDef) -> bool:
    """Whether the order asked for is the order in which rows come anyway."""
    if not query.order:
        return True
    first = query.order[0]
    if not isinstance(first.by, Path) or first.descending:
        return False
    return [part.lower() for part in own_parts(query, owner, first.by)] == ["id"]


def ordered(query: Query, source: Source, owner: ObjectDef, rows: list[Row]) -> list[Row]:
    """Sorted by every key, the last first: Python's sort keeps the order of equals."""
    for order in reversed(query.order):
        if isinstance(order.by, Aggregate):
            raise Malformed(query.text, order.by.at, "ORDER BY an aggregate needs GROUP BY")
        found = column(source, query, owner, order.by)
        if not found.definition.filterable:
            sentence = f"field '{order.by}' can not be sorted in a query call"
            raise CallFault(400, "INVALID_FIELD", pointed(query.text, order.by.at, sentence))
        sort_by(rows, order, found.read, folds(found.definition))
    return rows


def sort_by(rows: list[Any], order: Order, read: Callable[[Any], Any], fold: bool) -> None:
    def key(row: Any) -> tuple[bool, Any]:
        value = read(row)
        if value is None:
            return (False, "")
        return (True, value.casefold() if fold and isinstance(value, str) else value)

    rows.sort(key=key, reverse=order.descending)
    if order.descending != order.nulls_last:
        rows.sort(key=lambda row: (read(row) is None) is order.nulls_last)


def _shape(query: Query, source: Source, owner: ObjectDef, version: str) -> Shape:
    shape = Shape(source, query, owner, version)
    for selected in query.select:
        if isinstance(selected, Every):
            if query.limit is None or query.limit > 200:
                sentence = "The SOQL FIELDS function must have a LIMIT of at most 200"
                raise Malformed(query.text, selected.at, sentence)
            shape.add_every(selected)
        elif isinstance(selected, Path):
            if selected.alias is not None:
                sentence = f"only a grouped field may have an alias: {selected.alias}"
                raise Malformed(query.text, selected.at, sentence)
            shape.add(selected)
    for child in query.children:
        _add_children(shape, child, source, owner, version)
    return shape


def _add_children(
    shape: Shape, query: Query, source: Source, owner: ObjectDef, version: str
) -> None:
    """`(SELECT ... FROM Contacts)`: the rows of the child object by parent."""
    for child, reference in source.children(owner):
        if (reference.children or "").lower() != query.source.lower():
            continue
        by_parent: dict[str, list[Row]] = {}
        for row in ordered(query, source, child, list(_matches(query, source, child))):
            rows = by_parent.setdefault(row.get(reference.name, ""), [])
            if query.limit is None or len(rows) < query.limit:
                rows.append(row)
        inner = _shape(query, source, child, version)
        shape.add_children(reference.children or "", by_parent, inner)
        return
    sentence = f"Didn't understand relationship '{query.source}' in FROM part of query call."
    raise CallFault(400, "INVALID_TYPE", pointed(query.text, query.source_at, sentence))


def _aggregate(query: Query, source: Source, owner: ObjectDef, matches: Iterable[Row]) -> Found:
    counts = [one for one in query.select if isinstance(one, Aggregate) and one.path is None]
    if counts and len(query.select) == 1 and not query.group_by:
        return Found(sum(1 for _ in matches), [], dict)
    if counts:
        raise Malformed(query.text, counts[0].at, "Grouped query cannot use COUNT()")
    groups = grouped(query, source, owner, matches)
    for order in reversed(query.order):
        sort_by(groups.rows, order, groups.reader(order.by), fold=True)
    end = None if query.limit is None else query.offset + query.limit
    rows = groups.rows[query.offset : end]
    return Found(len(rows), rows, groups.show)
