"""Which offer fits a loss, who has to agree to it first, and the smaller yes (row P5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from rules.bought import bought_facts
from rules.calendar import add_span
from rules.case import Case, Loss
from rules.facts import in_company_currency
from rules.how_to_answer import APPROVING
from rules.model import Money, Opportunity, Outcome
from rules.plans import NotYet, Step
from rules.playbook import APPROVAL, Ask, Offer
from rules.progress import Progress
from rules.ruleset import RuleSet
from rules.spans import Span, Unit

_SOON = Span(2, Unit.BUSINESS_DAY)

_APPROVAL_BODY = (
    """
Why they left: {{ reason.label }}. What would be offered: {{ offer.name }}\
{% if offer.cap %}, at most {{ offer.cap }}{% endif %}.
{{ offer.text }}

"""
    + APPROVING
)


def offer_for(rules: RuleSet, category: str, tier: str | None) -> Offer | None:
    """The first offer that is for this category and tier."""
    for offer in rules.offers:
        if offer.categories and category not in offer.categories:
            continue
        if offer.tiers and tier not in offer.tiers:
            continue
        return offer
    return None


def with_approval(
    steps: Iterable[Step | NotYet],
    rules: RuleSet,
    facts: Mapping[str, Any],
    made: Progress,
    loss: Loss,
) -> Iterator[Step | NotYet]:
    """The steps, an offer only where one fits, and after a yes where the offer needs one."""
    for step in steps:
        if isinstance(step, NotYet) or step.ask is not Ask.OFFER or not rules.offers:
            yield step
            continue
        offer = offer_for(rules, loss.reason.category, facts.get("tier"))
        if offer is None:
            named = f"{loss.reason.category}, tier {facts.get('tier') or 'none'}"
            yield NotYet(step.rule, f"no [[offer]] is for {named}")
        elif offer.approval is None:
            yield step
        else:
            yield from _approved(step, offer, made)


def _approved(step: Step, offer: Offer, made: Progress) -> Iterator[Step | NotYet]:
    recovery_id, key, _ = step.key.split(":")
    tries = made.tries(f"{key}{APPROVAL}")
    if any(task.outcome is Outcome.NOT_THIS_ONE for task in tries):
        yield NotYet(step.rule, f'the offer "{offer.name}" was not approved')
    elif any(task.done_on for task in tries):
        yield step
    elif tries:
        yield NotYet(step.rule, f'the offer "{offer.name}" waits to be approved')
    else:
        yield replace(
            step,
            key=f"{recovery_id}:{key}{APPROVAL}:1",
            rule=f"{step.rule} / approval",
            subject="May we offer {{ account.name or contact.name }} this: {{ offer.name }}?",
            body=_APPROVAL_BODY,
            due=_SOON,
            assign=offer.approval or step.assign,
            ask=Ask.INTERNAL,
            because=f'the offer "{offer.name}" needs a yes first',
        )


def offer_facts(
    rules: RuleSet, case: Case, loss: Loss, tier: str | None, today: date
) -> dict[str, Any]:
    """The values behind `offer.*`, `smaller.*` and `bought.*` in a text."""
    offer = offer_for(rules, loss.reason.category, tier)
    smaller = smaller_yes(case, rules, loss)
    expires_on = add_span(today, offer.expires_after) if offer and offer.expires_after else None
    return {
        "offer": {
            "name": offer.name if offer else None,
            "text": offer.text if offer else None,
            "cap": _cap(offer, loss, rules) if offer else None,
            "expires_on": expires_on,
        },
        "smaller": {
            "name": smaller.name if smaller else None,
            "value": _worth(smaller, rules) if smaller else None,
            "bought_on": smaller.closed_on if smaller else None,
        },
        "bought": bought_facts(case, rules, loss),
    }


def _cap(offer: Offer, loss: Loss, rules: RuleSet) -> Money | None:
    """The lower of the two caps, where the loss has a value."""
    share = None
    if offer.cap_share is not None and loss.value is not None:
        share = (loss.value * Decimal(str(offer.cap_share))).quantize(Decimal(1))
    caps = [cap for cap in (offer.cap, share) if cap is not None]
    return Money(min(caps), rules.company.currency or None) if caps else None


def _worth(deal: Opportunity, rules: RuleSet) -> Money | None:
    value = in_company_currency(deal.amount, rules.company)
    return Money(value, rules.company.currency or None) if value is not None else None


def smaller_yes(case: Case, rules: RuleSet, loss: Loss) -> Opportunity | None:
    """The latest purchase that was smaller than what was lost, or than the largest one."""
    priced = [
        (value, deal)
        for deal in case.opportunities
        if deal.won and deal.closed_on and deal.name
        if (value := in_company_currency(deal.amount, rules.company))
    ]
    bar = loss.value or max((value for value, _ in priced), default=None)
    smaller = [deal for value, deal in priced if bar is not None and value < bar]
    return max(smaller, key=lambda deal: (deal.closed_on or date.min, deal.id), default=None)
