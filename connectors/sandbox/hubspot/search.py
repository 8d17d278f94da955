"""Search: a request's body becomes a `Query`, a query and an index become one page.

Limits by the search guide: 200 a page, 10,000 results a query, 5 groups of 6 filters, 18 filters
in all, one sort, 3,000 characters.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from connectors.sandbox.hubspot.index import Properties, SearchIndex
from connectors.sandbox.hubspot.operators import Filter, compiled, key_of
from connectors.sandbox.hubspot.properties import Catalogue, Property
from connectors.sandbox.hubspot.refusals import invalid, objects, texts, whole_number
from connectors.sandbox.hubspot.types import ObjectType

MAX_PAGE = 200
MAX_RESULTS = 10_000
MAX_GROUPS = 5
MAX_FILTERS_IN_GROUP = 6
MAX_FILTERS = 18
MAX_BODY = 3_000
EVERY_ID = (0, 1 << 64)

Groups = tuple[tuple[Filter, ...], ...]


@dataclass(frozen=True, slots=True)
class Sort:
    property: Property
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    groups: Groups
    sort: Sort | None
    words: str
    offset: int
    limit: int
    wanted: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """`after` is the next page's offset, None at the end."""

    ids: list[int]
    total: int
    after: int | None


def parse(
    body: Any, length: int, catalogue: Catalogue, associated: Callable[[Mapping[str, Any]], Filter]
) -> Query:
    """Raises Refusal (400) for whatever the search guide forbids."""
    if not isinstance(body, dict):
        raise invalid("Invalid input JSON: an object was expected")
    if length > MAX_BODY:
        raise invalid(f"The request is {length} characters long, at most {MAX_BODY} are allowed")
    limit = _integer(body.get("limit", 10), "limit")
    offset = _integer(body.get("after") or 0, "after")
    if not 0 < limit <= MAX_PAGE:
        raise invalid(f"limit has to be between 1 and {MAX_PAGE}")
    if offset + limit > MAX_RESULTS:
        raise invalid(f"A search shows {MAX_RESULTS} results at most; after is {offset}")
    return Query(
        _groups(body, catalogue, associated),
        _sort(body.get("sorts") or [], catalogue),
        str(body.get("query") or ""),
        offset,
        limit,
        tuple(texts(body.get("properties"), "properties")),
    )


def run(query: Query, index: SearchIndex, type: ObjectType) -> Found:
    ids = _ids(query, index, type)
    page = ids[query.offset : query.offset + query.limit]
    end = query.offset + len(page)
    return Found(page, len(ids), end if end < len(ids) else None)


def _integer(value: Any, name: str) -> int:
    number = whole_number(value, name)
    if number < 0:
        raise invalid(f"{name} is negative")
    return number


def _groups(
    body: Mapping[str, Any],
    catalogue: Catalogue,
    associated: Callable[[Mapping[str, Any]], Filter],
) -> Groups:
    groups = objects(body.get("filterGroups"), "filterGroups")
    bodies = [objects(group.get("filters"), "filters") for group in groups]
    if body.get("filters"):  # one group may be written without its wrapping
        bodies.append(objects(body["filters"], "filters"))
    if len(bodies) > MAX_GROUPS or sum(map(len, bodies)) > MAX_FILTERS:
        raise invalid(f"At most {MAX_GROUPS} groups and {MAX_FILTERS} filters are allowed")
    if any(len(filters) > MAX_FILTERS_IN_GROUP for filters in bodies):
        raise invalid(f"At most {MAX_FILTERS_IN_GROUP} filters are allowed in a group")
    return tuple(
        tuple(_filter(rule, catalogue, associated) for rule in filters) for filters in bodies
    )


def _filter(
    body: Mapping[str, Any],
    catalogue: Catalogue,
    associated: Callable[[Mapping[str, Any]], Filter],
) -> Filter:
    name = str(body.get("propertyName"))
    if name.startswith("associations."):
        return associated(body)
    if name not in catalogue.properties:
        raise invalid(f"There was a problem with the request: no property {name}")
    return compiled(catalogue.properties[name], body)


def _sort(sorts: Any, catalogue: Catalogue) -> Sort | None:
    if not sorts:
        return None
    if not isinstance(sorts, list) or len(sorts) > 1:
        raise invalid("Only one sort is allowed")
    rule = sorts[0]
    if isinstance(rule, str):
        rule = {
            "propertyName": rule.removeprefix("-"),
            "direction": "DESCENDING" if rule.startswith("-") else "ASCENDING",
        }
    name = str(objects([rule], "sorts")[0].get("propertyName"))
    if name not in catalogue.properties:
        raise invalid(f"There was a problem with the request: no property {name} to sort by")
    direction = rule.get("direction", "ASCENDING")
    if direction not in ("ASCENDING", "DESCENDING"):
        raise invalid(f"{direction} is not a direction")
    return Sort(catalogue.properties[name], direction == "DESCENDING")


def _ids(query: Query, index: SearchIndex, type: ObjectType) -> list[int]:
    """All matching ids in order. A keyset walk asks the same question again and again with
    another lower bound on the id: the answer without the bound is kept, the bound is a cut."""
    groups, (low, high) = query.groups, EVERY_ID
    if query.sort is not None and query.sort.property.name == "hs_object_id":
        groups, (low, high) = _without_id_bounds(query.groups)
    ids = _kept_matches(replace(query, groups=groups), index, type)
    if (low, high) == EVERY_ID:
        return ids
    if query.sort is not None and query.sort.descending:
        return [one for one in ids if low <= one <= high]
    return ids[bisect_left(ids, low) : bisect_right(ids, high)]


def _kept_matches(query: Query, index: SearchIndex, type: ObjectType) -> list[int]:
    rules = [rule for group in query.groups for rule in group]
    if any(rule.name.startswith("associations.") for rule in rules):
        return _matching(query, index, type)  # associations change beside the index
    key = (
        tuple(tuple(rule.key for rule in group) for group in query.groups),
        query.sort and (query.sort.property.name, query.sort.descending),
        query.words,
    )
    return index.matches(key, lambda: _matching(query, index, type))


def _without_id_bounds(groups: Groups) -> tuple[Groups, tuple[int, int]]:
    """The groups without the bounds on the id that they all share, and these bounds."""
    bounds = {_id_bounds(group) for group in groups}
    if len(bounds) != 1:
        return groups, EVERY_ID
    rest = tuple(tuple(rule for rule in group if not _bounds_id(rule)) for group in groups)
    return rest, bounds.pop()


def _bounds_id(rule: Filter) -> bool:
    return rule.name == "hs_object_id" and rule.operator in ("GT", "GTE", "LT", "LTE")


def _id_bounds(group: Sequence[Filter]) -> tuple[int, int]:
    low, high = EVERY_ID
    for rule in filter(_bounds_id, group):
        if rule.operator in ("GT", "GTE"):
            low = max(low, rule.low + (rule.operator == "GT"))
        else:
            high = min(high, rule.low - (rule.operator == "LT"))
    return low, high


def _matching(query: Query, index: SearchIndex, type: ObjectType) -> list[int]:
    candidates = _candidates(query.groups, index, type)
    tests = [[rule.predicate for rule in group] for group in query.groups]
    words = query.words.lower().split()
    found = []
    for record_id in candidates:
        properties = index.properties(record_id)
        if tests and not any(all(test(properties) for test in group) for group in tests):
            continue
        if words and not _says(properties, words):
            continue
        found.append(record_id)
    return _ordered(found, query.sort, index, type)


def _candidates(groups: Groups, index: SearchIndex, type: ObjectType) -> list[int]:
    """A poll asks for what changed in a window: the index knows those without looking at all."""
    windows = [_window(group, type.modified) for group in groups]
    first = min((first for first, _ in windows), default="")
    last = max((last for _, last in windows), default="~")
    return index.ids() if (first, last) == ("", "~") else index.modified_between(first, last)


def _window(group: Sequence[Filter], modified: str) -> tuple[str, str]:
    first, last = "", "~"
    for rule in group:
        if rule.name != modified:
            continue
        if rule.operator in ("GT", "GTE", "BETWEEN", "EQ"):
            first = max(first, rule.low)
        if rule.operator in ("LT", "LTE", "EQ"):
            last = min(last, rule.low)
        if rule.operator == "BETWEEN":
            last = min(last, rule.high)
    return first, last


def _says(properties: Properties, words: list[str]) -> bool:
    text = " ".join(properties.values()).lower()
    return all(word in text for word in words)


def _ordered(ids: list[int], sort: Sort | None, index: SearchIndex, type: ObjectType) -> list[int]:
    if sort is None:  # creation order
        return sorted(ids, key=lambda one: (index.properties(one).get(type.created, ""), one))
    name, key = sort.property.name, key_of(sort.property)
    if name == "hs_object_id":
        return sorted(ids, reverse=sort.descending)
    having = [record_id for record_id in ids if index.properties(record_id).get(name)]
    without = [record_id for record_id in ids if not index.properties(record_id).get(name)]
    having.sort()
    having.sort(key=lambda one: key(index.properties(one)[name]), reverse=sort.descending)
    return having + sorted(without)
