"""Which losses belong together: told twice of one departure, and a customer who leaves again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from rules.case import KnownLoss, Loss
from rules.model import Verdict
from rules.ruleset import RuleSet


def same_departure(
    verdict: Verdict, lost_on: date, rules: RuleSet, standing: Iterable[Loss | KnownLoss]
) -> str | None:
    if verdict is not Verdict.CUSTOMER:
        return None
    for other in standing:
        if other.verdict is not Verdict.CUSTOMER or other.merged_into:
            continue
        if abs(lost_on - other.lost_on) < rules.limits.merge_within:
            return other.id
    return None


def last_departure(standing: Iterable[Loss | KnownLoss], before: date) -> str | None:
    earlier = [
        s
        for s in standing
        if s.verdict is Verdict.CUSTOMER and s.merged_into is None and s.lost_on <= before
    ]
    return max(earlier, key=lambda s: (s.lost_on, s.id)).id if earlier else None
