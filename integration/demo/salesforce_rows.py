"""A company in Salesforce's words: standard objects, and the custom fields of an ordinary org."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from connectors.sandbox.salesforce.ids import full
from integration.demo.business import Agreement, Business, Customer, Deal, Kind, Outcome, Rep
from integration.demo.loss_notes import REASON_LIST
from integration.demo.rows import Row, Rows, Schema, at_work

_TYPES = {Kind.NEW: "New Business", Kind.RENEWAL: "Renewal"}
_OPEN_STAGES = ("Qualification", "Needs Analysis", "Proposal/Price Quote", "Negotiation/Review")
_REASON = {"type": "picklist", "values": REASON_LIST}
_NOTES = {"type": "textarea", "length": 32768}
SALESFORCE_SCHEMA: Schema = {
    "Opportunity": {"Loss_Reason__c": _REASON, "Loss_Notes__c": _NOTES},
    "Contract": {
        "Status": {
            "type": "picklist",
            "values": ("Draft", "In Approval Process", "Activated", "Cancelled"),
        },
        "Cancellation_Reason__c": _REASON,
        "Cancellation_Notes__c": _NOTES,
    },
}
_STAGES = {Outcome.WON: "Closed Won", Outcome.LOST: "Closed Lost"}


def record_id(prefix: str, number: int) -> str:
    """An 18-character id under an object's key prefix (`001` for accounts)."""
    return full(f"{prefix}Ge0{number:09d}")


def salesforce_rows(business: Business, today: date) -> Rows:
    rows: Rows = {"User": [_user(rep, business) for rep in business.reps]}
    rows["Account"] = [_account(one) for one in business.customers]
    rows["Contact"] = [row for one in business.customers for row in _contacts(one)]
    deals = ((one, deal) for one in business.customers for deal in one.deals)
    rows["Opportunity"] = [_opportunity(n, one, deal) for n, (one, deal) in enumerate(deals, 1)]
    running = ((one, agreement) for one in business.customers for agreement in one.agreements)
    rows["Contract"] = [
        _contract(n, one, agreement, today) for n, (one, agreement) in enumerate(running, 1)
    ]
    return rows


def salesforce_permission_rows(business: Business) -> list[Row]:
    """What contacts said to "may we keep in touch?", for once our fields exist."""
    return [
        {
            "Id": record_id("003", person.number),
            "Winback_Permission__c": person.permission,
            "Winback_Permission_Until__c": person.permission_until,
        }
        for one in business.customers
        for person in one.people
        if person.permission
    ]


def _user(rep: Rep, business: Business) -> Row:
    email = f"{rep.login}@{business.line.domain}"
    return {
        "Id": record_id("005", rep.number),
        "Username": email,
        "FirstName": rep.first,
        "LastName": rep.last,
        "Name": rep.name,
        "Email": email,
        "Title": rep.title,
        "Department": rep.team,
        "IsActive": rep.active,
        "ManagerId": record_id("005", rep.manager) if rep.manager else None,
        "TimeZoneSidKey": rep.timezone,
    }


def _stamps(created_at: datetime, modified_at: datetime) -> Row:
    return {
        "CreatedDate": created_at,
        "LastModifiedDate": modified_at,
        "SystemModstamp": modified_at,
    }


def _account(one: Customer) -> Row:
    return {
        "Id": record_id("001", one.number),
        "Name": one.name,
        "Type": "Customer - Direct" if one.bought else "Prospect",
        "Industry": one.industry,
        "NumberOfEmployees": one.employees,
        "Website": f"https://www.{one.domain}",
        "BillingCity": one.city,
        "BillingState": one.region,
        "BillingCountry": one.country,
        "OwnerId": record_id("005", one.rep),
        "LastActivityDate": one.touched_on,
        **_stamps(at_work(one.created_on, one.number), at_work(one.touched_on, one.number)),
    }


def _contacts(one: Customer) -> Iterator[Row]:
    for person in one.people:
        yield {
            "Id": record_id("003", person.number),
            "AccountId": record_id("001", one.number),
            "FirstName": person.first,
            "LastName": person.last,
            "Name": f"{person.first} {person.last}",
            "Title": person.title,
            "Email": person.email,
            "Phone": person.phone,
            "HasOptedOutOfEmail": person.opted_out,
            "DoNotCall": person.do_not_call,
            "OwnerId": record_id("005", one.rep),
            **_stamps(
                at_work(one.created_on, person.number), at_work(one.created_on, person.number)
            ),
        }


def _opportunity(number: int, one: Customer, deal: Deal) -> Row:
    closed = deal.outcome is not Outcome.OPEN
    return {
        "Id": record_id("006", number),
        "AccountId": record_id("001", one.number),
        "Name": f"{one.name[:80]}: {deal.product} ({deal.kind})",
        "StageName": _STAGES.get(deal.outcome) or _OPEN_STAGES[number % len(_OPEN_STAGES)],
        "Type": _TYPES.get(deal.kind, "Existing Business"),
        "Amount": deal.amount,
        "CurrencyIsoCode": one.currency,
        "CloseDate": deal.closed_on,
        "Product__c": deal.product,
        "Loss_Reason__c": deal.why.picked,
        "Loss_Notes__c": deal.why.words,
        "OwnerId": record_id("005", one.rep),
        "LastActivityDate": deal.touched_on,
        "LastStageChangeDate": at_work(deal.closed_on, number) if closed else None,
        **_stamps(at_work(deal.opened_on, number), at_work(deal.touched_on, number)),
    }


def _contract(number: int, one: Customer, agreement: Agreement, today: date) -> Row:
    """A cancelled contract keeps running until `EndDate`, the end of the notice period."""
    changed_on = agreement.cancelled_on or min(agreement.starts_on, today)
    return {
        "Id": record_id("800", number),
        "ContractNumber": f"{number:08d}",
        "AccountId": record_id("001", one.number),
        "Status": "Cancelled" if agreement.cancelled_on else "Activated",
        "StartDate": agreement.starts_on,
        "EndDate": agreement.ends_on,
        "CurrencyIsoCode": one.currency,
        "Product__c": agreement.product,
        "Annual_Value__c": agreement.value,
        "Cancelled_On__c": agreement.cancelled_on,
        "Cancellation_Reason__c": agreement.why.picked,
        "Cancellation_Notes__c": agreement.why.words,
        "OwnerId": record_id("005", one.rep),
        **_stamps(
            at_work(min(agreement.starts_on, changed_on), number), at_work(changed_on, number)
        ),
    }
