"""What was sold on a deal, also where the portal says only some of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from connectors.errors import CredentialsRefused
from connectors.sandbox.hubspot import canned
from connectors.sandbox.hubspot.crm import HubSpotPortal
from connectors.sandbox.server import Sandbox
from rules.model import LineItem, Money

from .company import customer
from .conftest import Connect


def sell(portal: HubSpotPortal, deal: str, **line: Any) -> None:
    portal.create("line_items", line, {"deals": [deal]})


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (
            {"name": "Scanner", "quantity": "10", "price": "500", "discount": "0.05"},
            LineItem("Scanner", Decimal(10), Money(Decimal("4999.50"))),
        ),
        (
            {"name": "Dock", "price": "40", "hs_line_item_currency_code": "USD"},
            LineItem("Dock", None, Money(Decimal(40), "USD")),
        ),
        ({"name": "Advice"}, LineItem("Advice")),
    ],
)
def test_a_line_with_what_the_portal_says_of_it(
    portal: HubSpotPortal, connect: Connect, line: dict[str, Any], told: LineItem
) -> None:
    deal = customer(portal).deal
    sell(portal, deal, **line)
    assert connect().line_items([deal]) == {deal: (told,)}


def test_a_line_that_nothing_names_is_left_out(portal: HubSpotPortal, connect: Connect) -> None:
    deal = customer(portal).deal
    sell(portal, deal, price="40")
    assert connect().line_items([deal]) == {deal: ()}


@pytest.mark.parametrize("version", ["2026-03", "v3"])
def test_many_deals_take_one_call_for_their_lines_and_one_per_hundred(
    portal: HubSpotPortal, connect: Connect, version: str
) -> None:
    deals = [customer(portal, f"Company {n}").deal for n in range(30)]
    for deal in deals:
        for name in ("a", "b", "c", "d"):
            sell(portal, deal, name=name)
    connector = connect(api_version=version)
    told = connector.line_items([*deals, "no id"])
    assert [len(told[deal]) for deal in deals] == [4] * 30
    assert (connector.calls.other, connector.calls.read) == (3, 0)


def test_a_token_without_the_scope_is_told_nothing(portal: HubSpotPortal, connect: Connect) -> None:
    deal = customer(portal).deal
    sell(portal, deal, name="Scanner")
    portal.refused_scopes.add("crm.objects.line_items.read")
    assert connect().line_items([deal]) == {}


def test_a_token_that_is_refused_is_no_missing_scope(
    sandbox: Sandbox, portal: HubSpotPortal, connect: Connect
) -> None:
    deal = customer(portal).deal
    sandbox.world.faults.append(canned.fault("expired"))
    with pytest.raises(CredentialsRefused):
        connect().line_items([deal])
