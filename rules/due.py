"""When a task is due: business days of who has it, then clear of the customer's holidays."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from rules.calendar import Due, at_nine, due_after
from rules.drafting import with_skipped
from rules.model import Account, Owner, TaskDraft
from rules.people import Person
from rules.ruleset import RuleSet
from rules.spans import Span, Unit

TODAY = Span(0, Unit.BUSINESS_DAY)


def due_for(
    rules: RuleSet,
    span: Span,
    assignee: Owner,
    *,
    start: date,
    today: date,
    customer: str = "",
) -> Due:
    """The due date `span` after `start`, never before today. `customer` is the customer's country
    (`country_of`), empty where it does not matter."""
    country = _country(rules, assignee)
    days_off = frozenset(rules.company.holidays)
    clear_of = (customer,) if customer and customer != country else ()
    due = due_after(start, span, country, days_off, clear_of)
    return due if due.on >= today else due_after(today, TODAY, country, days_off, clear_of)


def redated(
    draft: TaskDraft, span: Span, rules: RuleSet, owner: Owner | None, today: date
) -> TaskDraft:
    """A task that had to wait, with a fresh due date and the days that this one skips; a touch
    keeps the day of its cadence."""
    assignee = owner or Owner(draft.owner_id, "")
    start = draft.due_on if span == TODAY else today
    due = due_for(rules, span, assignee, start=start, today=today, customer=draft.customer_country)
    return replace(
        draft,
        due_on=due.on,
        due_at=at_nine(due.on, assignee.timezone or rules.company.timezone),
        body=with_skipped(draft.body, due),
    )


def country_of(country: str | None, region: str | None) -> str:
    """A customer's country and region as the calendar reads them: `DE-BY`, `Germany`."""
    if not country:
        return ""
    return f"{country}-{region}" if region else country


def customers_country(account: Account | None) -> str:
    return country_of(account.country, account.region) if account else ""


def _country(rules: RuleSet, assignee: Owner) -> str:
    mail = assignee.email.strip().lower()
    person: Person | None = next(
        (p for p in rules.people if mail and p.email.strip().lower() == mail), None
    )
    return (person.country if person else None) or rules.company.country
