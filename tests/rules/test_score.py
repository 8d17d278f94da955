"""A recovery's score, shown as its parts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from rules.model import Changeable
from rules.ruleset import ScoreWeights
from rules.score import score

MONEY_ALONE = ScoreWeights(changeable_share=Decimal(0))
KNOWN = {"won_value": 1000, "contract_value": Decimal(500), "tenure_in_days": 730.5}


@pytest.mark.parametrize(
    ("facts", "weights", "total", "parts"),
    [
        (KNOWN, MONEY_ALONE, 1500, ("bought for EUR 1,000", "contracts worth EUR 500")),
        (
            {},
            MONEY_ALONE,
            0,
            ("what they bought for is not known", "what their contracts are worth is not known"),
        ),
        (
            KNOWN,
            ScoreWeights(
                contract_value=Decimal(2), won_value=Decimal(0), changeable_share=Decimal(0)
            ),
            1000,
            ("contracts worth EUR 500 times 2",),
        ),
        (
            {"won_value": 0, "contract_value": 0, "tenure_in_days": 731},
            ScoreWeights(tenure_year=Decimal(100), changeable_share=Decimal(0)),
            200,
            ("bought for EUR 0", "contracts worth EUR 0", "2.0 years with us at EUR 100 a year"),
        ),
        (
            {"won_value": 1, "contract_value": 1},
            ScoreWeights(tenure_year=Decimal(100), changeable_share=Decimal(0)),
            2,
            ("bought for EUR 1", "contracts worth EUR 1", "how long they stayed is not known"),
        ),
    ],
)
def test_money_and_time(
    facts: dict[str, Any], weights: ScoreWeights, total: int, parts: tuple[str, ...]
) -> None:
    got = score(facts, weights, "EUR")
    assert (got.total, got.parts) == (Decimal(total), parts)


@pytest.mark.parametrize(
    ("changeable", "total", "words"),
    [
        (Changeable.YES, 1800, "the cause can be changed: +20%"),
        (Changeable.NO, 1200, "the cause cannot be changed: -20%"),
        (Changeable.WHEN, 1500, "contracts worth 500"),
        (None, 1500, "whether the cause can be changed is not known"),
    ],
)
def test_what_can_be_changed_goes_first(
    changeable: Changeable | None, total: int, words: str
) -> None:
    got = score({**KNOWN, "changeable": changeable}, ScoreWeights())
    assert (got.total, got.parts[-1]) == (Decimal(total), words)
