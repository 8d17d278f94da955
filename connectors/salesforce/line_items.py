"""What was sold on opportunities: OpportunityLineItem, which Salesforce calls opportunity products.

A line's own `Name` is the opportunity's name with the product's behind it, so the product's is
asked for; an org that shows no products has the rest of the line's name told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from connectors.salesforce import refusals, soql
from connectors.salesforce.client import Client
from connectors.salesforce.reading import short
from connectors.salesforce.scanning import Scan
from connectors.salesforce.schema import Schemas
from connectors.transport import NotOffered
from rules.model import LineItem, Money

TYPE: Final = "OpportunityLineItem"
_DEAL: Final = "OpportunityId"
_WANTED: Final = ("Id", _DEAL, "Name", "Quantity", "TotalPrice")
_PRODUCT: Final = "Product2.Name"
_PARENTS: tuple[str, ...] = ("Opportunity.Name", _PRODUCT)


def hidden(schemas: Schemas) -> str:
    """What of it the user may not read; empty where it can be asked for."""
    schema = schemas.get(TYPE)
    if schema is None:
        return TYPE
    return "" if schema.find(_DEAL) else f"{TYPE}.{_DEAL}"


def line_items(
    client: Client, schemas: Schemas, ids: Sequence[str]
) -> dict[str, tuple[LineItem, ...]]:
    """See `LineReader.line_items`: a describe a day, then a query per 400 opportunities."""
    asked = list(dict.fromkeys(ids))
    schema = schemas.get(TYPE) if asked else None
    if schema is None or schema.find(_DEAL) is None:
        return {}
    own = [name for name in _WANTED if schema.find(name)]
    found: dict[str, list[LineItem]] = {short(one): [] for one in asked}
    try:
        for row in _rows(client, own, asked):
            items = found.get(short(str(row.get(_DEAL) or "")))
            if items is not None and (item := _item(row)) is not None:
                items.append(item)
    except (refusals.Refusal, NotOffered):
        schemas.forget(TYPE)  # it may be shown to us, or have its fields, another time
        return {}
    return {one: tuple(found[short(one)]) for one in asked}


def _rows(client: Client, own: Sequence[str], ids: Sequence[str]) -> Iterator[dict[str, Any]]:
    parents = _PARENTS
    for where in soql.in_lists(_DEAL, ids):
        try:
            yield from _told(client, (*own, *parents), where)
        except refusals.Refusal as refusal:
            if refusal.code != "INVALID_FIELD" or _PRODUCT not in parents:
                raise
            parents = tuple(name for name in parents if name != _PRODUCT)  # hidden from us
            yield from _told(client, (*own, *parents), where)


def _told(client: Client, names: Sequence[str], where: str) -> Iterator[dict[str, Any]]:
    query = f"SELECT {', '.join(names)} FROM {TYPE} WHERE {where}"  # noqa: S608 - names of ours, quoted ids
    for rows, _, _ in Scan(client, query, kind="other"):
        yield from rows


def _item(row: dict[str, Any]) -> LineItem | None:
    """None for a line that nothing names."""
    name = _parents_name(row, "Product2")
    if name is None:
        whole = str(row.get("Name") or "")
        name = whole.removeprefix(_parents_name(row, "Opportunity") or "").strip() or whole
    price = _number(row.get("TotalPrice"))
    value = Money(price) if price is not None else None  # in the opportunity's currency
    return LineItem(name, _number(row.get("Quantity")), value) if name else None


def _parents_name(row: dict[str, Any], relationship: str) -> str | None:
    parent = row.get(relationship)
    return str(parent.get("Name") or "").strip() or None if isinstance(parent, dict) else None


def _number(raw: object) -> Decimal | None:
    if isinstance(raw, bool) or raw is None:
        return None
    try:
        read = Decimal(str(raw))
    except InvalidOperation:
        return None
    return read if read.is_finite() else None
