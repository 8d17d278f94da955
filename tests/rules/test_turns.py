"""Whose turn it is: the highest effective score first, and nobody waits for ever."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from rules.turns import allotted, effective_scores, in_turn

TODAY = date(2026, 6, 15)
MONTH = timedelta(days=30)


@dataclass(frozen=True)
class Row:
    key: str
    score: Decimal
    made_on: date
    priority: str | None
    owner_id: str


def row(
    key: str, score: int, waited: int = 0, priority: str | None = None, owner: str = "U1"
) -> Row:
    return Row(key, Decimal(score), TODAY - timedelta(days=waited), priority, owner)


def turns(*rows: Row) -> list[str]:
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


WAITING = st.lists(
    st.tuples(
        st.sampled_from([0, 10, 200, 200, 5000]),
        st.integers(0, 60),
        st.sampled_from([None, "low", "normal", "high"]),
        st.sampled_from(["U1", "U2"]),
    ),
    max_size=8,
).map(lambda drawn: [row(f"k{n}", *one) for n, one in enumerate(drawn)])
SPENT = st.dictionaries(st.sampled_from(["U1", "U2"]), st.integers(0, 3))


@given(WAITING, SPENT, st.integers(1, 4))
def test_a_higher_effective_score_never_waits_behind_a_lower_for_the_same_rep(
    rows: list[Row], spent: dict[str, int], per_day: int
) -> None:
    goes, waits = allotted(rows, spent, per_day, TODAY, MONTH)
    scores = {one.key: score for one, score in effective_scores(rows, TODAY, MONTH)}
    for late in waits:
        ahead = [scores[one.key] for one in goes if one.owner_id == late.owner_id]
        assert all(score >= scores[late.key] for score in ahead)
        assert len(ahead) + spent.get(late.owner_id, 0) >= per_day  # no room is left unused


@given(WAITING, SPENT, st.integers(1, 4) | st.none())
def test_nobody_gets_more_than_the_budget_and_no_task_is_lost(
    rows: list[Row], spent: dict[str, int], per_day: int | None
) -> None:
    goes, waits = allotted(rows, spent, per_day, TODAY, MONTH)
    assert sorted(one.key for one in (*goes, *waits)) == sorted(one.key for one in rows)
    if per_day is None:
        assert waits == []
        return
    for owner, count in Counter(one.owner_id for one in goes).items():
        assert count <= max(per_day - spent.get(owner, 0), 0)
