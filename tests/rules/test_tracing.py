"""Each rule as it was judged: by which comparison, and what would have changed it."""

from __future__ import annotations

from typing import Any

import pytest

from rules.conditions import DECISION_SYMBOLS, compile_condition
from rules.model import Verdict
from rules.playbook import Cadence, Playbook
from rules.ruleset import Suppression, Tier
from rules.spans import Span, Unit
from rules.tracing import Judgement, Traced, lost_customer, traced
from tests.rules.cases import rules, when

FACTS: dict[str, Any] = {"won_value": 900, "category": "price", "tier": "small", "repeat": False}


def trace(**changes: Any) -> dict[str, Traced]:
    found = traced(rules(playbooks=(), **changes), Verdict.CUSTOMER, FACTS)
    return {one.rule: one for one in found}


@pytest.mark.parametrize(
    ("condition", "decides"),
    [
        ("won_value >= 50000", {"won_value >= 50000"}),
        ("won_value >= 50000 and category == 'price'", {"won_value >= 50000"}),
        ("won_value >= 50000 and repeat", set()),
        ("won_value >= 50000 or repeat", {"won_value >= 50000", "repeat"}),
        ("not (won_value < 1000 and category == 'price')", {"won_value < 1000", "category"}),
        ("region == 'south' and won_value < 1000", {"region == 'south'"}),
        ("category == 'price' ? repeat : won_value > 1", {"category == 'price'", "repeat"}),
    ],
)
def test_what_would_have_turned_a_condition(condition: str, decides: set[str]) -> None:
    parts = compile_condition(condition, DECISION_SYMBOLS).operands(FACTS)
    found = {part.text.replace('"', "'").replace(",", "") for part in parts if part.decides}
    assert len(found) == len(decides)
    assert all(any(one.startswith(wanted) for one in found) for wanted in decides)


def test_the_first_tier_that_holds_is_taken_and_the_rest_not_asked() -> None:
    told = trace(tiers=(Tier("key", when("won_value >= 50000")), Tier("small"), Tier("tiny")))
    key, small, tiny = (told[f"tier {name}"] for name in ("key", "small", "tiny"))
    assert (key.judged, key.because) == (Judgement.FALSE, "won_value >= 50,000: won_value is 900")
    assert key.would_change == ("won_value >= 50,000",)
    assert (small.judged, small.because) == (Judgement.TRUE, "it asks nothing")
    assert (tiny.judged, tiny.because) == (Judgement.NOT_ASKED, '"small" was taken')


def test_playbooks_that_were_not_chosen_say_why() -> None:
    made = (
        Playbook("lost deal", verdicts=(Verdict.DEAL,)),
        Playbook("south", when("region == 'south'")),
        Playbook("money", when("category in ['price', 'budget']")),
        Playbook("rest"),
    )
    found = {t.rule: t for t in traced(rules(playbooks=made), Verdict.CUSTOMER, FACTS)}
    assert found["playbook lost deal"].because == (
        "it is for a lost deal, and this is a lost customer"
    )
    south = found["playbook south"]
    assert (south.judged, south.because) == (Judgement.MISSING, "region is empty")
    assert found["playbook money"].judged is Judgement.TRUE
    assert found["playbook rest"].judged is Judgement.NOT_ASKED


def test_suppressions_and_cadences_are_told_by_name() -> None:
    told = trace(
        suppressions=(Suppression(when("tier == 'small'"), "too small"),),
        cadences=(Cadence("monthly", Span(1, Unit.MONTH), when("permission == 'yes'")),),
    )
    assert told["suppression too small"].judged is Judgement.TRUE
    assert told["suppression too small"].would_change == ("not (tier == 'small')",)
    assert told["cadence monthly"].judged is Judgement.MISSING


def test_lost_customer_is_judged_like_any_rule() -> None:
    told = lost_customer(rules(lost_when=when("wins > 0")), {"wins": 2})
    assert (told.rule, told.judged, told.because) == (
        "lost_customer",
        Judgement.TRUE,
        "wins > 0: wins is 2",
    )
