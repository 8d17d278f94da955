"""What they bought last time, line by line, and a smaller part of it: the smaller yes (row P5).

Line items are read only where a text names them. What is not known is said in the text, and no
part is made up of lines without a price.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from rules.case import Case, Loss
from rules.facts import in_company_currency
from rules.model import LineItem, Money, Opportunity, Ref
from rules.ruleset import RuleSet
from rules.template_facts import Number, grouped

SHOWN_AT_MOST = 5
HALF = Decimal("0.5")
_NAMED = re.compile(r"\{[{%][^{}]*\bbought\.\w")  # and not: ask what they bought.


@dataclass(frozen=True, slots=True)
class Line:
    """A line item with its worth in the company's currency, None where nobody can tell."""

    name: str
    quantity: Decimal | None
    worth: Decimal | None

    def in_words(self, currency: str) -> str:
        worth = f"{currency} {grouped(self.worth)}".strip() if self.worth is not None else ""
        return f"{self.counted} ({worth})" if worth else self.counted

    @property
    def counted(self) -> str:
        """`10 x Scanner`; one of a thing is the thing."""
        if self.quantity is None or self.quantity == 1:
            return self.name
        return f"{Number(self.quantity)!s} x {self.name}"


def unread(case: Case, text: str) -> tuple[Ref, ...]:
    """The opportunity whose line items this template names and nobody has asked for yet."""
    ref = _ref(case, last_purchase(case)) if _NAMED.search(text) else None
    return (ref,) if ref is not None and ref not in case.line_items else ()


def bought_facts(case: Case, rules: RuleSet, loss: Loss) -> dict[str, Any]:
    """The values behind `bought.*` in a text."""
    deal = last_purchase(case)
    ref = _ref(case, deal)
    if deal is None or ref is None:
        return {}
    lines = [_line(item, deal, rules) for item in case.line_items.get(ref) or ()]
    lines.sort(key=lambda line: line.worth or 0, reverse=True)
    part = smaller_part(lines, loss.value)
    currency = rules.company.currency
    return {
        "name": deal.name,
        "on": deal.closed_on,
        "items": _listed([line.in_words(currency) for line in lines]),
        "part": part.counted if part else None,
        "part_value": Money(part.worth, currency or None) if part and part.worth else None,
        "not_known": None if lines else _not_known(case, ref),
    }


def last_purchase(case: Case) -> Opportunity | None:
    """The latest deal that was won and has a name to be called by."""
    won = [deal for deal in case.opportunities if deal.won and deal.closed_on and deal.name]
    return max(won, key=lambda deal: (deal.closed_on or date.min, deal.id), default=None)


def smaller_part(lines: Sequence[Line], lost: Decimal | None) -> Line | None:
    """The dearest line, else half of a line, that is at most half of them all; and less than
    what was lost, where that is known."""
    most = sum((line.worth for line in lines if line.worth), Decimal(0)) * HALF

    def dearest(parts: Iterable[Line | None]) -> Line | None:
        fitting = [
            (part.worth, part)
            for part in parts
            if part is not None and part.worth is not None
            if 0 < part.worth <= most and (lost is None or part.worth < lost)
        ]
        return max(fitting, key=lambda pair: pair[0])[1] if fitting else None

    return dearest(lines) or dearest(map(_half, lines))


def _half(line: Line) -> Line | None:
    """Half of a line, in whole pieces; nothing of one that cannot be halved."""
    if line.quantity is None or line.quantity < 2 or line.worth is None:
        return None
    pieces = (line.quantity * HALF).to_integral_value(ROUND_FLOOR)
    worth = (line.worth * pieces / line.quantity).quantize(Decimal("0.01"))
    return Line(line.name, pieces, worth)


def _line(item: LineItem, deal: Opportunity, rules: RuleSet) -> Line:
    value = item.value
    if value is not None and value.currency is None and deal.amount is not None:
        value = Money(value.amount, deal.amount.currency)
    return Line(item.name, item.quantity, in_company_currency(value, rules.company))


def _listed(lines: Sequence[str]) -> str | None:
    shown, more = list(lines[:SHOWN_AT_MOST]), len(lines) - SHOWN_AT_MOST
    if more > 0:
        shown.append(f"{more} more")
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1]))) if shown else None


def _not_known(case: Case, ref: Ref) -> str:
    if ref not in case.line_items:
        return "its products were not read"
    if case.line_items[ref] is None:
        return "the CRM does not show us the products of a deal"
    return "the CRM has no products on it"


def _ref(case: Case, deal: Opportunity | None) -> Ref | None:
    refs = (
        record.ref
        for record in case.records
        if deal is not None
        and isinstance(record.entity, Opportunity)
        and record.entity.id == deal.id
    )
    return next(refs, None)
