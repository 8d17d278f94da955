"""What was sold on deals: HubSpot's line items, found by their associations with the deal.

`amount` is HubSpot's own sum of a line, `price` that of one piece.
https://developers.hubspot.com/docs/api-reference/latest/crm/objects/line-items/guide
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from connectors.hubspot.answers import PermissionMissing, Refusal
from connectors.hubspot.api import Api
from connectors.hubspot.mapping import target_id
from connectors.hubspot.paths import DEALS, LINE_ITEMS
from connectors.hubspot.values import number, text
from rules.model import LineItem, Money

PROPERTIES: Final = ("name", "quantity", "price", "amount", "hs_line_item_currency_code")
MOST_LINES: Final = 100
"""Of one deal: a task's text names a handful."""


def line_items(api: Api, ids: Sequence[str]) -> dict[str, tuple[LineItem, ...]]:
    """See `LineReader.line_items`: associations, 1,000 deals a call, then 100 lines a call.

    A token without the scope `crm.objects.line_items.read` is told nothing.
    """
    asked = list(dict.fromkeys(one for one in ids if one.isdigit()))
    if not asked:
        return {}
    try:
        links = api.associations(DEALS, LINE_ITEMS, asked, kind="other")
        lines = {
            deal: [one for one in map(target_id, links.get(deal, ())[:MOST_LINES]) if one]
            for deal in asked
        }
        wanted = list(dict.fromkeys(one for some in lines.values() for one in some))
        rows = api.batch_read(LINE_ITEMS, wanted, PROPERTIES, kind="other")
        found = {str(row.get("id", "")): _item(row.get("properties") or {}) for row in rows}
    except (PermissionMissing, Refusal):
        return {}
    return {
        deal: tuple(item for one in some if (item := found.get(one)) is not None)
        for deal, some in lines.items()
    }


def _item(properties: Mapping[str, Any]) -> LineItem | None:
    """None for a line that nothing names."""
    name = (text(properties.get("name")) or "").strip()
    quantity, price = number(properties.get("quantity")), number(properties.get("price"))
    worth = number(properties.get("amount"))
    if worth is None and price is not None:
        worth = price * (quantity if quantity is not None else 1)
    currency = text(properties.get("hs_line_item_currency_code"))
    value = Money(worth, currency) if worth is not None else None
    return LineItem(name, quantity, value) if name else None
