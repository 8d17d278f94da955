"""The smaller yes out of what was bought last time, and what a text says where that is unknown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import pytest

from rules.bought import Line, bought_facts, smaller_part, unread
from rules.case import Case
from rules.decide import decide
from rules.model import Field, LineItem, Money, Opportunity, Permission, Provenance, Ref
from rules.playbook import Ask, PlaybookTask
from tests.rules.cases import TODAY, case, eva, lost, remembered, won
from tests.rules.plays import only, plan

LAST = Ref("Opportunity", "last")
NAMED = PlaybookTask("less", "Less", "{{ bought.items }}|{{ bought.part }}|{{ bought.part_value }}")
WHY_NOT = PlaybookTask("less", "Less", "{{ bought.name }}: {{ bought.not_known }}.")


def item(
    name: str, quantity: str | None, value: int | None, currency: str | None = None
) -> LineItem:
    worth = None if value is None else Money(Decimal(value), currency)
    return LineItem(name, None if quantity is None else Decimal(quantity), worth)


SCANNERS = item("Scanner", "10", 5000)
DOCKS = item("Dock", "2", 400)


def customer(items: Mapping[Ref, tuple[LineItem, ...] | None], *more: Opportunity) -> Case:
    deals = (won("old", 450, 90), won("last", 400, 5400), *more, lost("2", 3))
    return case(*deals, contacts=(eva(permission=Permission.YES),), line_items=items)


def first_line(task: PlaybookTask, known: Case) -> str:
    return only(decide(known, plan(task), TODAY)).draft.body.split("\n")[0]


def test_a_text_names_what_was_bought_last_and_a_smaller_part_of_it() -> None:
    known = customer({LAST: (SCANNERS, DOCKS)})
    said = first_line(NAMED, known)
    assert said == "10 x Scanner (EUR 5,000) and 2 x Dock (EUR 400)|2 x Dock|EUR 400"
    assert decide(known, plan(NAMED), TODAY).unread == ()


def test_line_items_that_nobody_read_are_asked_for_and_said_to_be_unknown() -> None:
    known = customer({})
    assert decide(known, plan(NAMED), TODAY).unread == (LAST,)
    assert first_line(WHY_NOT, known) == "Deal last: its products were not read."


def test_a_text_that_names_none_asks_for_none() -> None:
    plain = PlaybookTask("less", "{{ smaller.name }}", "Ask {{ contact.name }} what they bought.")
    assert decide(customer({}), plan(plain), TODAY).unread == ()


@pytest.mark.parametrize(
    ("items", "told"),
    [
        (None, "the CRM does not show us the products of a deal"),
        ((), "the CRM has no products on it"),
    ],
)
def test_what_the_crm_does_not_have_is_said(items: tuple[LineItem, ...] | None, told: str) -> None:
    assert first_line(WHY_NOT, customer({LAST: items})) == f"Deal last: {told}."


def test_who_never_bought_has_nothing_to_name() -> None:
    known = case(lost("2", 3), contacts=(eva(),))
    [loss] = decide(known, plan(NAMED), TODAY).losses
    assert bought_facts(known, plan(NAMED).rules, loss) == {}
    assert unread(known, "{{ bought.name }}") == ()


def test_long_lists_are_cut_and_money_without_a_rate_is_left_out() -> None:
    many = tuple(item(f"Part {n}", None, 10) for n in range(7))
    assert first_line(NAMED, customer({LAST: many})).startswith(
        "Part 0 (EUR 10), Part 1 (EUR 10), Part 2 (EUR 10), Part 3 (EUR 10), Part 4 (EUR 10)"
        " and 2 more|Part 0|EUR 10"
    )
    foreign = (item("Scanner", "3", 900, "JPY"), item("Dock", None, None))
    assert first_line(NAMED, customer({LAST: foreign})) == "3 x Scanner and Dock||"


def line(worth: int | None, quantity: str | None = "1") -> Line:
    return Line(
        f"{worth}",
        None if quantity is None else Decimal(quantity),
        None if worth is None else Decimal(worth),
    )


@pytest.mark.parametrize(
    ("lines", "lost_value", "part"),
    [
        ([line(50), line(30), line(20)], None, "50"),  # half of 100
        ([line(60), line(30), line(10)], None, "30"),
        ([line(60), line(30), line(10)], 30, "10"),
        ([line(60), line(30)], 5, None),
        ([line(100, "10")], None, "5 x 100"),
        ([line(100, "3")], None, "100"),  # one of three
        ([line(100, "1")], None, None),
        ([line(100, None)], None, None),
        ([line(None, "4")], None, None),
        ([line(None), line(None)], None, None),
        ([line(0), line(-20), line(80)], None, None),
        ([line(900, "9"), line(80, "1")], 70, None),
        ([line(60, "6"), line(40, "4")], 35, "3 x 60"),
        ([], None, None),
    ],
)
def test_the_part_is_at_most_half_and_less_than_what_was_lost(
    lines: list[Line], lost_value: int | None, part: str | None
) -> None:
    found = smaller_part(lines, None if lost_value is None else Decimal(lost_value))
    assert (found.counted if found else None) == part


KNOWN = """
Last time, on 11 May 2025, they bought "Deal last": 10 x Scanner (EUR 5,000) and 2 x Dock (EUR 400).
If the offer is too much, a smaller yes: 2 x Dock for EUR 400.
"""
UNKNOWN = """
Last time, on 11 May 2025, they bought "Deal last".
What was in it is not known: the CRM has no products on it.
If the offer is too much, a smaller yes: what they bought on 22 March 2025, "Deal old", for EUR 90.
"""


@pytest.mark.parametrize(("items", "said"), [((SCANNERS, DOCKS), KNOWN), ((), UNKNOWN)])
def test_the_standard_offer_says_what_a_smaller_yes_would_be(
    items: tuple[LineItem, ...], said: str
) -> None:
    offering = plan(PlaybookTask("offer", "Offer", ask=Ask.OFFER))
    known = customer({LAST: items})
    confirmed = {Field.PROVENANCE: Provenance.CONFIRMED.value}
    after = remembered(known, decide(known, offering, TODAY))
    after = replace(after, records=tuple(replace(r, ours=confirmed) for r in after.records))
    assert said in only(decide(after, offering, TODAY)).draft.body
