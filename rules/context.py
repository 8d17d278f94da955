"""The names that playbooks, tiers, cadences and texts may use, filled for one loss."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from rules.asking import Asked
from rules.case import Case, Loss
from rules.consent import permission_of
from rules.facts import standing
from rules.interview import NONE, Interview, interview_facts
from rules.model import Contact, Money, Owner, Permission, Verdict
from rules.offers import offer_facts
from rules.ruleset import RuleSet
from rules.verdict import account_facts

DAYS_IN_YEAR = 365.25


def loss_facts(
    case: Case,
    rules: RuleSet,
    loss: Loss,
    contact: Contact | None,
    today: date,
    asked: Asked,
    heard: Interview = NONE,
) -> dict[str, Any]:
    """Everything of `rules.conditions.DECISION_SYMBOLS`, the tier included."""
    state = standing(case, rules, today)
    owner = case.owners.get(case.account.owner_id or "") if case.account else None
    record = next((r for r in case.records if r.ref == loss.record), None)
    reason = loss.reason
    facts: dict[str, Any] = {
        **account_facts(case, state),
        "today": today,
        "watch": loss.watch,
        "record": loss.record.type,
        "loss": dict(record.fields) if record else {},
        "verdict": loss.verdict.value,
        "category": reason.category,
        "second_category": reason.second,
        "provenance": reason.provenance.value if reason.provenance else None,
        "fault": reason.fault,
        "changeable": reason.changeable,
        "competitor": reason.competitor,
        "stated_reason": reason.stated,
        "words": reason.words,
        "has_words": reason.words is not None,
        "loss_value": loss.value,
        "losses": departures(case, loss),
        "repeat": loss.repeat_of is not None,
        "returned": loss.repeat_of is not None and _bought_between(case, loss),
        "renewal": any(w.name == loss.watch and w.means == "renewal" for w in rules.watches),
        "days_since_loss": (today - loss.lost_on).days,
        "days_since_known": (today - loss.known_on).days,
        "permission": (permission_of(contact, today) if contact else Permission.UNKNOWN).value,
        "owner_active": owner.active if owner else False,
        **interview_facts(heard, today),
    }
    facts["tier"] = tier_of(rules, facts, asked)
    return facts


def departures(case: Case, loss: Loss) -> int:
    """How many times this customer has left, this loss included."""
    earlier = [
        k
        for k in case.losses
        if k.verdict is Verdict.CUSTOMER and not k.merged_into and not k.undone_on
    ]
    return len({k.id for k in earlier} | {loss.id})


def _bought_between(case: Case, loss: Loss) -> bool:
    before = next((k.lost_on for k in case.losses if k.id == loss.repeat_of), None)
    return before is not None and any(
        o.won and o.closed_on and before < o.closed_on <= loss.lost_on for o in case.opportunities
    )


def tier_of(rules: RuleSet, facts: Mapping[str, Any], asked: Asked) -> str | None:
    """The first tier whose condition holds; one without a condition takes everyone."""
    for tier in rules.tiers:
        if asked.holds(tier.when, facts):
            return tier.name
    return None


def text_facts(
    case: Case,
    rules: RuleSet,
    loss: Loss,
    facts: Mapping[str, Any],
    *,
    contact: Contact | None,
    assignee: Owner,
    playbook: str,
    goal: str,
    offers: bool = True,
) -> dict[str, Any]:
    """The values behind the names of `rules.template_facts.NAMES`; without `offers` those of
    `offer.*`, `smaller.*` and `bought.*` are left out, which cost a look at every deal."""
    owner = case.owners.get(case.account.owner_id or "") if case.account else None
    reason = next((r for r in rules.reasons if r.id == loss.reason.category), None)
    tenure = facts.get("tenure_in_days")
    return {
        "contact": _person(contact) | {"permission": facts["permission"]},
        "account": {
            "name": case.account.name if case.account else None,
            "domain": case.account.domain if case.account else None,
            "country": case.account.country if case.account else None,
            "region": case.account.region if case.account else None,
            "owner": owner.name if owner else None,
            "tenure_years": round(tenure / DAYS_IN_YEAR, 1) if tenure is not None else None,
        },
        "owner": _person(owner),
        "assignee": _person(assignee),
        "loss": {
            "record": loss.record.type,
            "record_name": _record_name(case, loss),
            "lost_on": loss.lost_on,
            "known_on": loss.known_on,
            "words": loss.reason.words,
            "stated_reason": loss.reason.stated,
            "value": _money(loss.value, rules),
            "link": case.link(loss.record),
        },
        "reason": {
            "id": loss.reason.category,
            "label": reason.label if reason else loss.reason.category,
            "fault": loss.reason.fault,
            "changeable": loss.reason.changeable,
            "second": loss.reason.second,
        },
        "recovery": {"playbook": playbook, "goal": goal},
        "company": {"name": rules.company.name},
        **(offer_facts(rules, case, loss, facts.get("tier"), facts["today"]) if offers else {}),
        "way_back": {
            "call": rules.way_back.call,
            "terms": rules.way_back.terms,
            "quote": rules.way_back.quote,
            "start": rules.way_back.start,
        },
        "competitor": loss.reason.competitor,
        "tier": facts.get("tier"),
        "won_value": _money(facts.get("won_value"), rules),
        "wins": facts.get("wins"),
        "losses": facts.get("losses"),
    }


def _person(person: Contact | Owner | None) -> dict[str, Any]:
    if person is None:
        return {"name": None, "first_name": None, "email": None, "phone": None}
    phone = person.phone if isinstance(person, Contact) else None
    return {"name": person.name, "first_name": None, "email": person.email, "phone": phone}


def _money(amount: Decimal | None, rules: RuleSet) -> Money | None:
    return Money(amount, rules.company.currency or None) if amount is not None else None


def _record_name(case: Case, loss: Loss) -> str | None:
    names = (o.name for o in case.opportunities if o.id == loss.record.id)
    return next(names, None)
