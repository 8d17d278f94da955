"""Lost customer, not lost deal: what a loss says about the account, in words (row W6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from rules.case import Case
from rules.facts import Standing, buying_facts, standing
from rules.model import Verdict
from rules.ruleset import RuleSet
from rules.watching import Watch

FARTHEST = timedelta(days=3 * 366)
"""How far ahead we ask whether time alone would lose a customer."""


@dataclass(frozen=True, slots=True)
class Judged:
    verdict: Verdict
    because: tuple[str, ...]


def judge(case: Case, rules: RuleSet, watch: Watch, on: date) -> Judged:
    """The verdict on a loss told by a record, from the account's facts as of `on`."""
    if watch.verdict is not None:
        return Judged(watch.verdict, (f'the watch "{watch.name}" says so of every such record',))
    if watch.means == "renewal":
        return Judged(Verdict.CUSTOMER, ("a lost renewal decides alone",))
    if case.account is None:
        return Judged(Verdict.PROSPECT, ("the record names no account, so nobody bought before",))
    state = standing(case, rules, on)
    if not state.bought:
        return Judged(Verdict.PROSPECT, (f"nothing was won from them by {_day(on)}",))
    lost, words = is_lost(case, rules, state)
    return Judged(Verdict.CUSTOMER if lost else Verdict.DEAL, words)


def is_lost(case: Case, rules: RuleSet, state: Standing) -> tuple[bool, tuple[str, ...]]:
    """Whether `[lost_customer]` holds, and the facts that it was decided on, in words."""
    tested = rules.lost_when.test(lost_customer_facts(case, state))
    words = list(in_words(state))
    words.extend(f"{name} is not known" for name in tested.missing)
    words.append("so the customer is lost" if tested.holds else "so they are still a customer")
    return tested.holds, tuple(words)


def is_lost_on(case: Case, rules: RuleSet, on: date) -> bool:
    """Whether the account counts as lost by its facts of a day, without the words for it."""
    return rules.lost_when.test(lost_customer_facts(case, standing(case, rules, on))).holds


def lost_customer_facts(case: Case, state: Standing) -> dict[str, object]:
    """What `[lost_customer]` may ask. The longer of so many days and of their usual gap decides:
    without a gap the days alone do, so that it counts as 0 here, and nowhere else."""
    facts = account_facts(case, state)
    return {**facts, "usual_gap_in_days": facts["usual_gap_in_days"] or 0.0}


def account_facts(case: Case, state: Standing) -> dict[str, object]:
    """The buying facts and who the account is."""
    account = case.account
    return {
        **buying_facts(state, case),
        "crm": case.crm,
        "account": dict(case.account_fields),
        "account_name": account.name if account else None,
        "account_type": account.type if account else None,
        "country": account.country if account else None,
        "region": account.region if account else None,
        "domain": account.domain if account else None,
        "contacts": len(case.contacts),
        "has_contact": bool(case.contacts),
    }


def in_words(state: Standing) -> tuple[str, ...]:
    """The account's record of buying as an admin would say it."""
    words: list[str] = []
    if state.last_win is None:
        words.append("they never bought before")
    else:
        bought = "once" if state.wins == 1 else f"{state.wins} times"
        days = state.days_since_win
        since = f", {_count(days, 'day', 'days')} before {_day(state.on)}" if days else ""
        words.append(f"they bought {bought}, last on {_day(state.last_win)}{since}")
    if state.usual_gap_in_days:
        words.append(f"they usually buy every {state.usual_gap_in_days:g} days")
    elif state.wins:
        one = "one purchase says" if state.wins == 1 else "purchases on one day say"
        words.append(f"{one} nothing of a usual gap")
    words.append(_count(state.running, "contract runs", "contracts run"))
    words.append(_count(state.live_deals, "open deal is worked on", "open deals are worked on"))
    return tuple(words)


def lost_by_time(case: Case, rules: RuleSet, today: date) -> tuple[date, Judged] | None:
    """The first day on which the account counts as lost although no record says so, or None."""
    state = standing(case, rules, today)
    if not state.bought or state.last_bought_on is None:
        return None
    if not is_lost_on(case, rules, today):
        return None
    day = first_day_lost(case, rules, state.last_bought_on, today)
    _, words = is_lost(case, rules, standing(case, rules, day))
    return day, Judged(Verdict.CUSTOMER, ("no record says so, time alone does", *words))


def will_be_lost_on(case: Case, rules: RuleSet, today: date) -> date | None:
    """The day on which the account would count as lost if nothing happened until then."""
    state = standing(case, rules, today)
    horizon = today + FARTHEST
    if not state.bought or not is_lost_on(case, rules, horizon):
        return None
    return first_day_lost(case, rules, today, horizon)


def first_day_lost(case: Case, rules: RuleSet, not_before: date, lost_on: date) -> date:
    """The first day on which the account counts as lost, `lost_on` being one of them.

    Bisect: between two purchases an account only ever drifts from kept to lost."""
    if is_lost_on(case, rules, not_before):
        return not_before  # the very day on which their last contract ended
    early, late = not_before, lost_on
    while (late - early).days > 1:
        middle = early + timedelta(days=(late - early).days // 2)
        if is_lost_on(case, rules, middle):
            late = middle
        else:
            early = middle
    return late


def returned_on(case: Case, rules: RuleSet, lost_on: date, today: date) -> date | None:
    """The first day after a loss that shows them back: a win, or a contract started although
    none was running when they left (row W7)."""
    days = [
        o.closed_on
        for o in case.opportunities
        if o.won and o.closed_on and lost_on < o.closed_on <= today
    ]
    if standing(case, rules, lost_on).running == 0:
        days += [
            c.starts_on
            for c in case.contracts
            if c.running is not False and c.starts_on and lost_on < c.starts_on <= today
        ]
    return min(days, default=None)


def _day(on: date) -> str:
    return f"{on.day} {on:%B %Y}"


def _count(number: int, one: str, many: str) -> str:
    return f"{number or 'no'} {one if number in (0, 1) else many}"
