"""What is known of an account on a given day, under the names that conditions use.

Everything is computed from dated records, so a loss is judged by the facts of its own day and
not by what came later.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from statistics import median

from rules.case import Case
from rules.model import Contract, Money, Opportunity
from rules.ruleset import Company, RuleSet

BROUGHT_WITHIN = timedelta(days=60)
"""How long after a win the contract may start that it brought."""

MARKED_LATE = timedelta(days=14)
"""How long after the start of its contract a rep may be in marking a deal as won."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The account's record of buying, as of `on`. The start of a contract is a purchase too, unless
    it is the contract that a win brought."""

    on: date
    win_days: tuple[date, ...]  # of all purchases, oldest first
    won_value: Decimal
    counted_money: int  # purchases whose amount is in `won_value`
    uncounted_money: int  # purchases without an amount, or in a currency without a rate
    running: int  # contracts running
    contracts: int  # contracts that had started
    last_contract_end: date | None
    contract_value: Decimal | None  # of what runs, else of what ended last
    live_deals: int
    open_deals: int
    first_day: date | None  # the first purchase

    @property
    def wins(self) -> int:
        return len(self.win_days)

    @property
    def last_win(self) -> date | None:
        return self.win_days[-1] if self.win_days else None

    @property
    def bought(self) -> bool:
        return bool(self.win_days) or self.contracts > 0

    @property
    def last_bought_on(self) -> date | None:
        """The last day that shows them as a customer: a win, or a contract that still ran."""
        days = [d for d in (self.last_win, self.last_contract_end) if d is not None]
        return max(days, default=None)

    @property
    def usual_gap_in_days(self) -> float | None:
        """Median days between purchases; None where all were made on one day, which says nothing
        of a gap."""
        days = sorted(set(self.win_days))
        gaps = [(later - earlier).days for earlier, later in pairwise(days)]
        return float(median(gaps)) if gaps else None

    @property
    def days_since_win(self) -> int | None:
        return (self.on - self.last_win).days if self.last_win else None


def in_company_currency(money: Money | None, company: Company) -> Decimal | None:
    """The amount in the company's currency, None where it is missing or has no rate."""
    if money is None:
        return None
    if not money.currency or not company.currency or money.currency == company.currency:
        return money.amount
    rate = company.rates.get(money.currency)
    return money.amount * rate if rate is not None else None


def ran_on(contract: Contract, on: date) -> bool:
    """Whether a contract ran on a day. The CRM's own word counts only against running: a
    contract that is a draft or was terminated does not run, whatever its dates say."""
    if contract.running is False and (contract.ends_on is None or contract.ends_on >= on):
        return False
    if contract.running is None and contract.starts_on is None and contract.ends_on is None:
        return False  # nothing says that it ever ran
    if contract.starts_on is not None and contract.starts_on > on:
        return False
    return contract.ends_on is None or contract.ends_on > on


def with_lost_deals_closed(case: Case, today: date) -> Case:
    """A deal that is closed as lost is closed by today: reps leave the planned close date on it,
    weeks ahead, and until then it would count as a deal that is being worked on."""
    deals = tuple(
        replace(o, closed_on=today)
        if o.closed and not o.won and o.closed_on and o.closed_on > today
        else o
        for o in case.opportunities
    )
    return replace(case, opportunities=deals)


def is_live(deal: Opportunity, on: date, within: timedelta) -> bool:
    """Whether a deal was open on a day and somebody had worked on it lately."""
    if not was_open(deal, on):
        return False
    touched = [d for d in (deal.touched_on, deal.created_on) if d is not None and d <= on]
    return bool(touched) and on - max(touched) <= within


def was_open(deal: Opportunity, on: date) -> bool:
    if deal.created_on is not None and deal.created_on > on:
        return False
    if not deal.closed:
        return True
    return deal.closed_on is not None and deal.closed_on > on


def standing(case: Case, rules: RuleSet, on: date) -> Standing:
    """The account's record of buying as it was at the end of `on`."""
    wins = [o for o in case.opportunities if o.won and o.closed_on and o.closed_on <= on]
    amounts = [in_company_currency(o.amount, rules.company) for o in wins]
    started = [c for c in case.contracts if _had_started(c, on)]
    ends = [c.ends_on if c.ends_on and c.ends_on < on else on for c in started if _ever_ran(c)]
    deals = [o for o in case.opportunities if was_open(o, on)]
    within = rules.limits.live_deal_within
    if not wins:  # where nobody keeps opportunities, what ran is what they brought
        amounts = [in_company_currency(c.value, rules.company) for c in started]
    days = _purchase_days(
        [o.closed_on for o in wins if o.closed_on], [c.starts_on for c in started if c.starts_on]
    )
    return Standing(
        on=on,
        win_days=days,
        won_value=sum((a for a in amounts if a is not None), Decimal(0)),
        counted_money=sum(a is not None for a in amounts),
        uncounted_money=sum(a is None for a in amounts),
        running=sum(ran_on(c, on) for c in case.contracts),
        contracts=len(started),
        last_contract_end=max(ends, default=None),
        contract_value=_contract_value(started, rules, on),
        live_deals=sum(is_live(o, on, within) for o in deals),
        open_deals=len(deals),
        first_day=min(days, default=None),
    )


def _purchase_days(wins: Iterable[date], starts: Iterable[date]) -> tuple[date, ...]:
    """The days of wins, and of contracts that started without one: what was renewed, or bought
    where nobody keeps opportunities. Each win brings what started on one day, the nearest."""
    wins, unbought = sorted(wins), sorted(starts)
    for win in wins if unbought else ():
        near = {day for day in unbought if -MARKED_LATE <= day - win <= BROUGHT_WITHIN}
        if near:
            brought = min(near, key=lambda day: (abs(day - win), day))
            unbought = [day for day in unbought if day != brought]
    return tuple(sorted([*wins, *unbought]))


def _contract_value(started: Iterable[Contract], rules: RuleSet, on: date) -> Decimal | None:
    """What the contracts that run bring, or brought that ended last; None where one has no
    value."""
    started = tuple(started)
    if not started:
        return None
    running = [c for c in started if ran_on(c, on)]
    ended = [c for c in started if c.ends_on and not ran_on(c, on)]
    last = max((c.ends_on for c in ended if c.ends_on), default=None)
    counted = running or [c for c in ended if c.ends_on == last]
    values = [in_company_currency(c.value, rules.company) for c in counted]
    if not values or any(value is None for value in values):
        return None
    return sum((value for value in values if value is not None), Decimal(0))


def _had_started(contract: Contract, on: date) -> bool:
    if contract.starts_on is not None and contract.starts_on > on:
        return False
    return _ever_ran(contract)


def _ever_ran(contract: Contract) -> bool:
    """A contract that the CRM calls not running, without an end, never began; one of which
    nothing at all is known is no sign of a purchase."""
    if contract.running is False:
        return contract.ends_on is not None
    known = (contract.starts_on, contract.ends_on, contract.running)
    return any(value is not None for value in known)


def next_contract_end(contracts: Iterable[Contract], on: date) -> date | None:
    return min((c.ends_on for c in contracts if c.ends_on and ran_on(c, on)), default=None)


def buying_facts(state: Standing, case: Case) -> dict[str, object]:
    """The names of `rules.conditions.DECISION_SYMBOLS` that come from buying alone."""
    end = next_contract_end(case.contracts, state.on)
    return {
        "wins": state.wins,
        "won_value": state.won_value if state.counted_money or not state.uncounted_money else None,
        "contract_value": state.contract_value,
        "days_since_win": state.days_since_win,
        "usual_gap_in_days": state.usual_gap_in_days,
        "has_running_contract": state.running > 0,
        "has_live_opportunity": state.live_deals > 0,
        "open_opportunities": state.open_deals,
        "days_until_contract_end": (end - state.on).days if end else None,
        "tenure_in_days": (state.on - state.first_day).days if state.first_day else None,
    }
