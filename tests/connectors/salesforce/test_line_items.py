"""What was sold on an opportunity, also where the org shows only some of it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from connectors.errors import Unavailable
from rules.model import LineItem, Money
from tests.connectors.salesforce.conftest import Town

SCANNERS = LineItem("Scanner", Decimal(10), Money(Decimal("4999.5")))


def sell(town: Town, name: str = "Scanner", **values: object) -> None:
    product = town.org.create("Product2", {"Name": name})
    line = {"Name": f"Renewal {name}", "OpportunityId": town.opportunity, "Product2Id": product}
    town.org.create("OpportunityLineItem", {**line, **values})


def told(town: Town) -> tuple[LineItem, ...] | None:
    return town.connector.line_items([town.opportunity]).get(town.opportunity)


def test_a_line_is_called_by_its_product(town: Town) -> None:
    sell(town, Quantity=10, TotalPrice=4999.5, UnitPrice=499.95)
    assert told(town) == (SCANNERS,)


def test_where_products_are_hidden_the_rest_of_the_lines_name_is_told(town: Town) -> None:
    sell(town, Quantity=10, TotalPrice=4999.5)
    town.org.hide_field("Product2", "Name")
    assert told(town) == (SCANNERS,)
    assert town.connector.calls.read == 0


@pytest.mark.parametrize("name", ["Quantity", "TotalPrice"])
def test_a_hidden_number_is_not_known(town: Town, name: str) -> None:
    sell(town, Quantity=10, TotalPrice=100)
    town.org.hide_field("OpportunityLineItem", name)
    [line] = told(town) or ()
    assert (line.quantity is None) is (name == "Quantity")
    assert (line.value is None) is (name == "TotalPrice")


def test_a_field_hidden_meanwhile_costs_one_answer(town: Town) -> None:
    sell(town, Quantity=10, TotalPrice=100)
    town.connector.line_items([town.opportunity])
    town.org.hide_field("OpportunityLineItem", "Quantity")
    assert told(town) is None
    assert told(town) == (LineItem("Scanner", None, Money(Decimal(100))),)


def test_an_org_that_shows_no_line_items_tells_nothing(town: Town) -> None:
    town.fault("status", path="OpportunityLineItem/describe", status=404, body=[])
    assert told(town) is None


def test_many_opportunities_take_one_query_per_address(town: Town) -> None:
    deal = {"Name": "Old", "StageName": "Closed Won", "CloseDate": "2025-01-01"}
    ids = [town.org.create("Opportunity", deal) for _ in range(450)]
    town.connector.line_items(ids[:1])
    before = town.connector.calls.other
    assert set(town.connector.line_items(ids).values()) == {()}
    assert town.connector.calls.other == before + 2


def test_an_answer_that_makes_no_sense_is_no_answer(town: Town) -> None:
    town.connector.line_items([town.opportunity])
    town.fault("status", path="query", status=200, body={"records": "none"})
    with pytest.raises(Unavailable):
        told(town)
