"""What a recovery is worth working on first, shown as its parts: money that really came in, how
long they stayed, and whether the cause can be changed. What is not known is said and counts
nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rules.model import Changeable
from rules.ruleset import ScoreWeights

DAYS_IN_YEAR = Decimal("365.25")


@dataclass(frozen=True, slots=True)
class Score:
    """`total` is in the company's currency; `parts` in words, what is not known among them."""

    total: Decimal
    parts: tuple[str, ...]


def score(facts: Mapping[str, Any], weights: ScoreWeights, currency: str = "") -> Score:
    total, parts = Decimal(0), []
    for name, weight in (
        ("won_value", weights.won_value),
        ("contract_value", weights.contract_value),
    ):
        if not weight:
            continue
        value = facts.get(name)
        if value is None:
            parts.append(f"{_UNKNOWN[name]} is not known")
            continue
        points = Decimal(str(value)) * weight
        total += points
        parts.append(f"{_NAMES[name]} {_money(Decimal(str(value)), currency)}{_times(weight)}")
    if weights.tenure_year:
        days = facts.get("tenure_in_days")
        if days is None:
            parts.append("how long they stayed is not known")
        else:
            years = (Decimal(days) / DAYS_IN_YEAR).quantize(Decimal("0.1"))
            total += years * weights.tenure_year
            parts.append(f"{years} years with us at {_money(weights.tenure_year, currency)} a year")
    return _by_change(total, parts, facts.get("changeable"), weights)


def _by_change(
    total: Decimal, parts: list[str], changeable: object, weights: ScoreWeights
) -> Score:
    share = weights.changeable_share
    if not share:
        return Score(total, tuple(parts))
    if changeable is None:
        return Score(total, (*parts, "whether the cause can be changed is not known"))
    if changeable == Changeable.WHEN:
        return Score(total, tuple(parts))
    more = changeable == Changeable.YES
    words = "the cause can be changed" if more else "the cause cannot be changed"
    by = f"{'+' if more else '-'}{share:.0%}"
    return Score(total * (1 + share if more else 1 - share), (*parts, f"{words}: {by}"))


_UNKNOWN = {
    "won_value": "what they bought for",
    "contract_value": "what their contracts are worth",
}
_NAMES = {"won_value": "bought for", "contract_value": "contracts worth"}


def _money(value: Decimal, currency: str) -> str:
    return f"{currency} {value:,.0f}".strip()


def _times(weight: Decimal) -> str:
    return "" if weight == 1 else f" times {weight.normalize():f}"
