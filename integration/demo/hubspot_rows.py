"""A company in HubSpot's words: companies, contacts, deals, and subscriptions of its own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from integration.demo.business import Agreement, Business, Customer, Deal, Kind, Outcome, Rep
from integration.demo.loss_notes import REASON_LIST
from integration.demo.rows import Row, Rows, Schema, at_work

_COMPANIES, _CONTACTS, _DEALS, _SUBSCRIPTIONS = (
    7_100_000_000,
    5_200_000_000,
    9_300_000_000,
    3_400_000_000,
)
_OWNERS = 41_500_000
_OPEN_STAGES = ("qualifiedtobuy", "presentationscheduled", "decisionmakerboughtin", "contractsent")
HUBSPOT_SCHEMA: Schema = {
    "subscriptions": {
        "status": {"type": "enumeration", "options": ("active", "cancelled", "expired")},
        "cancellation_reason": {"type": "enumeration", "options": REASON_LIST},
        "cancellation_notes": {"type": "string"},
    },
    "deals": {"loss_notes": {"type": "string"}},
}
_STAGES = {Outcome.WON: "closedwon", Outcome.LOST: "closedlost"}


def hubspot_rows(business: Business, today: date) -> Rows:
    rows: Rows = {"owners": [_owner(rep, business) for rep in business.reps]}
    rows["companies"] = [_company(one) for one in business.customers]
    rows["contacts"] = [row for one in business.customers for row in _contacts(one)]
    deals = ((one, deal) for one in business.customers for deal in one.deals)
    rows["deals"] = [_deal(n, one, deal) for n, (one, deal) in enumerate(deals, 1)]
    running = ((one, agreement) for one in business.customers for agreement in one.agreements)
    rows["subscriptions"] = [
        _subscription(n, one, agreement, today) for n, (one, agreement) in enumerate(running, 1)
    ]
    return rows


def hubspot_permission_rows(business: Business) -> list[Row]:
    """What contacts said to "may we keep in touch?", for once our properties exist."""
    return [
        {
            "hs_object_id": str(_CONTACTS + person.number),
            "winback_permission": person.permission,
            "winback_permission_until": person.permission_until,
        }
        for one in business.customers
        for person in one.people
        if person.permission
    ]


def _owner(rep: Rep, business: Business) -> Row:
    return {
        "id": str(_OWNERS + rep.number),
        "email": f"{rep.login}@{business.line.domain}",
        "firstName": rep.first,
        "lastName": rep.last,
        "userId": 600 + rep.number,
        "teams": rep.team,
        "archived": not rep.active,
    }


def _company(one: Customer) -> Row:
    return {
        "hs_object_id": str(_COMPANIES + one.number),
        "name": one.name,
        "domain": one.domain,
        "industry": one.industry,
        "numberofemployees": one.employees,
        "lifecyclestage": "customer" if one.bought else "opportunity",
        "city": one.city,
        "state": one.region,
        "country": one.country,
        "hubspot_owner_id": str(_OWNERS + one.rep),
        "notes_last_contacted": at_work(one.touched_on, one.number),
        "createdate": at_work(one.created_on, one.number),
        "hs_lastmodifieddate": at_work(one.touched_on, one.number),
    }


def _contacts(one: Customer) -> Iterator[Row]:
    for person in one.people:
        yield {
            "hs_object_id": str(_CONTACTS + person.number),
            "company_id": str(_COMPANIES + one.number),
            "firstname": person.first,
            "lastname": person.last,
            "jobtitle": person.title,
            "email": person.email,
            "phone": person.phone,
            "hs_email_optout": person.opted_out,
            "do_not_call": person.do_not_call,
            "hubspot_owner_id": str(_OWNERS + one.rep),
            "createdate": at_work(one.created_on, person.number),
            "lastmodifieddate": at_work(one.created_on, person.number),
        }


def _deal(number: int, one: Customer, deal: Deal) -> Row:
    first = one.people[0].number if one.people else None
    return {
        "hs_object_id": str(_DEALS + number),
        "company_id": str(_COMPANIES + one.number),
        "contact_id": str(_CONTACTS + first) if first else None,
        "dealname": f"{one.name[:80]}: {deal.product} ({deal.kind})",
        "pipeline": "default",
        "dealstage": _STAGES.get(deal.outcome) or _OPEN_STAGES[number % len(_OPEN_STAGES)],
        "dealtype": "newbusiness" if deal.kind is Kind.NEW else "existingbusiness",
        "renewal": deal.kind is Kind.RENEWAL,
        "amount": deal.amount,
        "deal_currency_code": one.currency,
        "closedate": at_work(deal.closed_on, number),
        "product": deal.product,
        "closed_lost_reason": deal.why.picked,
        "loss_notes": deal.why.words,
        "hubspot_owner_id": str(_OWNERS + one.rep),
        "notes_last_contacted": at_work(deal.touched_on, number),
        "createdate": at_work(deal.opened_on, number),
        "hs_lastmodifieddate": at_work(deal.touched_on, number),
    }


def _subscription(number: int, one: Customer, agreement: Agreement, today: date) -> Row:
    """A cancelled subscription keeps running until `ends_on`, the end of the notice period."""
    status = "active" if agreement.ends_on >= today else "expired"
    changed_on = agreement.cancelled_on or min(agreement.starts_on, today)
    return {
        "hs_object_id": str(_SUBSCRIPTIONS + number),
        "company_id": str(_COMPANIES + one.number),
        "name": f"{agreement.product} for {one.name[:80]}",
        "status": "cancelled" if agreement.cancelled_on else status,
        "product": agreement.product,
        "annual_value": agreement.value,
        "currency": one.currency,
        "starts_on": agreement.starts_on,
        "ends_on": agreement.ends_on,
        "cancelled_on": agreement.cancelled_on,
        "cancellation_reason": agreement.why.picked,
        "cancellation_notes": agreement.why.words,
        "hubspot_owner_id": str(_OWNERS + one.rep),
        "hs_createdate": at_work(min(agreement.starts_on, changed_on), number),
        "hs_lastmodifieddate": at_work(changed_on, number),
    }
