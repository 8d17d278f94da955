"""A test case's `given` as a case to decide: records as stated, and records made up that say what
the stated facts say. Nothing of the decision itself is faked."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from rules.case import Case, KnownLoss
from rules.given_keys import RECORD_KEYS, day_of
from rules.given_lost import Stated, lost_record, stated_loss
from rules.model import (
    Account,
    Contact,
    Contract,
    Money,
    Opportunity,
    Owner,
    Permission,
    Ref,
    Verdict,
)
from rules.ruleset import Pilot, RuleSet, Tier
from rules.schema_names import EMAIL

USUAL_DAY = date(2026, 6, 17)
"""Without `today` a test happens on this Wednesday, so that it says the same on every day."""

ACCOUNT = Ref("Account", "account")
OWNER, MANAGER = "owner", "manager"
_KEPT, _LEFT = 30, 400
"""Days since the last win of a customer who stays, and of one who is lost."""

_GAP = 180
_BEFORE = timedelta(days=800)


@dataclass(frozen=True, slots=True)
class Given:
    """A test case made ready: what is decided, by which rules, on which day."""

    case: Case
    rules: RuleSet
    today: date


def given_case(given: Mapping[str, Any], rules: RuleSet) -> Given:
    """Raises `rules.given_keys.UnclearDay`."""
    today = _today(given, rules)
    stated = stated_loss(given, rules)
    people = _owners(given, rules)
    account = _account(given)
    deals = (*_won(given, stated, today), *_open(given, today))
    lost = lost_record(given, stated, today)
    deals += (lost.deal,) if lost and lost.deal else ()
    case = Case(
        crm=stated.crm,
        account=account,
        account_ref=ACCOUNT,
        contacts=tuple(_contacts(given, today)),
        opportunities=deals,
        contracts=tuple(_contracts(given, today)),
        records=(lost.record,) if lost else (),
        account_fields=_own_fields(given, "account"),
        owners=people,
        losses=tuple(_earlier_losses(given, deals, today)),
    )
    return Given(case, _rules(given, rules, stated), today)


def _today(given: Mapping[str, Any], rules: RuleSet) -> date:
    first_day = rules.company.first_day or USUAL_DAY
    usual = max(USUAL_DAY, first_day + timedelta(days=14)) if first_day > USUAL_DAY else USUAL_DAY
    return day_of(given["today"], usual) if "today" in given else usual


def _rules(given: Mapping[str, Any], rules: RuleSet, stated: Stated) -> RuleSet:
    """The rules with what the test states in place of what would have been worked out. A pilot
    limits what is written and not what is decided."""
    company = rules.company
    if company.first_day is None or "today" not in given:
        company = replace(company, first_day=date.min)
    tiers = (Tier(given["tier"]),) if "tier" in given else rules.tiers
    return replace(rules, company=company, tiers=tiers, watches=stated.watches, pilot=Pilot())


# ---- who


def _owners(given: Mapping[str, Any], rules: RuleSet) -> dict[str, Owner]:
    """The account's owner, a manager above, and everybody whom the rule file names. A made-up
    user's id is the e-mail address, so that a field such as `CSM__c` can name one."""
    said = given.get("owner", {})
    said = {"email": said} if isinstance(said, str) else said
    named = {mail: Owner(mail, mail, mail) for mail in _addresses((rules, given))}
    active = bool(said.get("active", given.get("owner_active", True)))
    email = said.get("email", "")
    manager = said.get("manager", MANAGER)
    above = named.setdefault(manager, Owner(manager, manager))
    in_table = any(p.email == email and p.manager for p in rules.people)
    owner = Owner(
        id=email or OWNER,
        name=said.get("name", email or OWNER),
        email=email,
        active=active,
        manager_id=None if in_table and "manager" not in said else above.id,
        teams=tuple(said.get("teams", ())),
    )
    return {**named, owner.id: owner}


def _addresses(value: object) -> Iterator[str]:
    """Every e-mail address in a rule set and a test."""
    if isinstance(value, str):
        if EMAIL.fullmatch(value):
            yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _addresses(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _addresses(inner)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from _addresses(getattr(value, field.name))


def _owner_id(given: Mapping[str, Any]) -> str:
    said = given.get("account", {}).get("owner") or given.get("owner", {})
    email = said if isinstance(said, str) else said.get("email")
    return email or OWNER


def _account(given: Mapping[str, Any]) -> Account:
    said = given.get("account", {})
    return Account(
        id=ACCOUNT.id,
        name=said.get("name", given.get("account_name", "Customer")),
        owner_id=_owner_id(given),
        type=said.get("type", given.get("account_type")),
        country=said.get("country", given.get("country")),
        region=said.get("region", given.get("region")),
        domain=said.get("domain", given.get("domain")),
    )


def _own_fields(given: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The CRM's own fields of a stated record."""
    said = given.get(key, {})
    return {name: value for name, value in said.items() if name not in RECORD_KEYS[key]}


def _contacts(given: Mapping[str, Any], today: date) -> Iterator[Contact]:
    said = given.get("contacts", int(given.get("has_contact", True)))
    rows = [{}] * said if isinstance(said, int) else said
    for number, row in enumerate(rows, 1):
        until = row.get("permission_until")
        yield Contact(
            id=f"contact{number}",
            name=row.get("name", "Eva Bauer"),
            account_id=ACCOUNT.id,
            opted_out=row.get("opted_out", False),
            permission=Permission(row.get("permission", given.get("permission", "unknown"))),
            permission_until=day_of(until, today) if until is not None else None,
            left=row.get("left", False),
        )


# ---- what they bought


def _won(given: Mapping[str, Any], stated: Stated, today: date) -> Iterator[Opportunity]:
    if "won" in given:
        for number, row in enumerate(_rows(given["won"]), 1):
            on = day_of(row.get("on", f"{_LEFT} days ago"), today)
            yield _deal(f"won{number}", on, row.get("amount"), row.get("currency"))
        return
    days = list(_win_days(given, stated, today))
    total = given.get("won_value")
    for number, on in enumerate(days, 1):
        amount = Decimal(str(total)) / len(days) if total is not None else None
        yield _deal(f"won{number}", on, amount)


def _win_days(given: Mapping[str, Any], stated: Stated, today: date) -> Iterator[date]:
    """Purchases that give the stated counts and distances."""
    names = ("won_value", "days_since_win", "tenure_in_days", "usual_gap_in_days", "returned")
    bought = stated.verdict in (Verdict.CUSTOMER, Verdict.DEAL) or any(given.get(n) for n in names)
    usual = 3 if given.get("usual_gap_in_days") else int(bought)
    if given.get("tenure_in_days", 0) > given.get("days_since_win", _LEFT):
        usual = max(usual, 2)  # the first and the last
    wins = int(given.get("wins", 0 if stated.verdict is Verdict.PROSPECT else usual))
    since = given.get("days_since_win", _KEPT if stated.verdict is Verdict.DEAL else None)
    if since is None:
        since = min(_LEFT, given.get("tenure_in_days", _LEFT))
    tenure = given.get("tenure_in_days")
    if wins > 1 and tenure is not None and "usual_gap_in_days" not in given:
        gap = (tenure - since) / (wins - 1)
    else:
        gap = given.get("usual_gap_in_days", _GAP)
    for number in reversed(range(wins)):
        yield today - timedelta(days=round(since + number * gap))


def _deal(id: str, on: date, amount: Any, currency: str | None = None) -> Opportunity:
    return Opportunity(
        id=id,
        name=id,
        account_id=ACCOUNT.id,
        amount=Money(Decimal(str(amount)), currency) if amount is not None else None,
        created_on=on,
        closed_on=on,
        closed=True,
        won=True,
    )


def _open(given: Mapping[str, Any], today: date) -> Iterator[Opportunity]:
    live = bool(given.get("has_live_opportunity", False))
    count = int(given.get("open_opportunities", int(live)))
    usual = {"created": "200 days ago", "touched": "5 days ago" if live else "200 days ago"}
    rows = _rows(given["open"]) if "open" in given else [usual] * count
    for number, row in enumerate(rows, 1):
        amount = row.get("amount")
        created_on = day_of(row.get("created", "30 days ago"), today)
        yield Opportunity(
            id=f"open{number}",
            name=f"open{number}",
            account_id=ACCOUNT.id,
            amount=Money(Decimal(str(amount))) if amount is not None else None,
            created_on=created_on,
            touched_on=day_of(row["touched"], today) if "touched" in row else created_on,
        )


def _contracts(given: Mapping[str, Any], today: date) -> Iterator[Contract]:
    until = given.get("days_until_contract_end")
    runs = given.get("has_running_contract", until is not None)
    usual: dict[str, Any] = {"running": True}
    if until is not None:
        usual["ends"] = today + timedelta(days=int(until))
    for number, row in enumerate(_rows(given.get("contracts", [usual] if runs else [])), 1):
        value = row.get("value")
        yield Contract(
            id=f"contract{number}",
            account_id=ACCOUNT.id,
            starts_on=day_of(row["starts"], today) if "starts" in row else None,
            ends_on=day_of(row["ends"], today) if "ends" in row else None,
            running=row.get("running"),
            value=Money(Decimal(str(value))) if value is not None else None,
        )


def _rows(value: object) -> list[Mapping[str, Any]]:
    """One table stands for a list of one."""
    return [value] if isinstance(value, Mapping) else list(value) if isinstance(value, list) else []


def _earlier_losses(
    given: Mapping[str, Any], deals: Iterable[Opportunity], today: date
) -> Iterator[KnownLoss]:
    """Departures before this one, for `repeat`, `returned` and `losses`."""
    usual = 2 if given.get("repeat") or given.get("returned") else 1
    wins = [d.closed_on for d in deals if d.won and d.closed_on]
    before = today - _BEFORE
    if given.get("repeat") and given.get("returned") is False and wins:
        before = max(wins)
    for number in range(1, int(given.get("losses", usual))):
        lost_on = before - timedelta(days=30 * (number - 1))
        ref = Ref("earlier", f"loss{number}")
        yield KnownLoss(ref.id, ref, 1, "earlier", Verdict.CUSTOMER, lost_on, lost_on)
