"""Whose turn it is: the highest effective score first, and nobody waits for ever."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from integration.store.budget import in_turn

TODAY = date(2026, 6, 15)
MONTH = timedelta(days=30)


def row(key: str, score: int, waited: int = 0, priority: str = "normal") -> SimpleNamespace:
    made_on = TODAY - timedelta(days=waited)
    return SimpleNamespace(key=key, score=Decimal(score), made_on=made_on, priority=priority)


def turns(*rows: SimpleNamespace) -> list[str]:
    return [each.key for each in in_turn(rows, TODAY, MONTH)]


def test_the_most_valuable_goes_first() -> None:
    assert turns(row("a", 10), row("b", 500), row("c", 40)) == ["b", "c", "a"]


def test_of_one_customers_tasks_the_urgent_goes_first() -> None:
    assert turns(row("a", 10, priority="low"), row("b", 10, priority="high")) == ["b", "a"]


def test_who_waits_moves_up() -> None:
    assert turns(row("a", 100), row("b", 60, waited=10)) == ["a", "b"]
    assert turns(row("a", 100), row("b", 60, waited=13)) == ["b", "a"]


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 29)), max_size=8))
def test_who_waited_longest_allowed_goes_before_everybody_newer(
    others: list[tuple[int, int]],
) -> None:
    rows = [row(f"k{n}", score, waited) for n, (score, waited) in enumerate(others)]
    waited = row("old", 0, waited=60)
    assert turns(*rows, waited)[0] == "old"
