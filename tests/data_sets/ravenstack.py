"""RavenStack as a Salesforce org: accounts, subscriptions, cancellations with code and words."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from integration.demo.rows import Row, Rows, at_work, write_folder
from integration.demo.salesforce_rows import record_id
from tests.data_sets.people import contact_of
from tests.data_sets.source import day, read

OWNERS = ("Nadia Brandt", "Oliver Crane", "Pia Sorensen", "Quentin Adeyemi", "Rosa Valdivia")
_COUNTRIES = {"UK": "GB"}


def ravenstack_folder(target: Path) -> Path:
    """Write the folder for `winback sandbox --data`; the folder."""
    rows: Rows = {"User": [_user(number, name) for number, name in enumerate(OWNERS, 1)]}
    accounts = read("ravenstack/ravenstack_accounts.csv")
    accounts_of = {row["account_id"]: _belonging_to(n) for n, row in enumerate(accounts, 1)}
    rows["Account"] = [_account(n, row) for n, row in enumerate(accounts, 1)]
    rows["Contact"] = [_contact(n, row) for n, row in enumerate(accounts, 1)]
    subscriptions = read("ravenstack/ravenstack_subscriptions.csv")
    rows["Subscription__c"] = [
        _subscription(n, row, accounts_of[row["account_id"]])
        for n, row in enumerate(subscriptions, 1)
    ]
    cancellations = read("ravenstack/ravenstack_churn_events.csv")
    rows["Cancellation__c"] = [
        _cancellation(n, row, accounts_of[row["account_id"]])
        for n, row in enumerate(cancellations, 1)
    ]
    write_folder(rows, target)
    return target


def _known(text: str) -> date:
    on = day(text)
    assert on is not None
    return on


def _flag(text: str) -> bool:
    return text == "TRUE"


def _user(number: int, name: str) -> Row:
    first, last = name.split()
    email = f"{first}.{last}@ravenstack.example".lower()
    return {
        "Id": record_id("005", number),
        "Username": email,
        "FirstName": first,
        "LastName": last,
        "Name": name,
        "Email": email,
        "IsActive": True,
        "ManagerId": record_id("005", 1) if number > 1 else None,
        "TimeZoneSidKey": "America/New_York",
    }


def _stamps(on: date, number: int) -> Row:
    at = at_work(on, number)
    return {"CreatedDate": at, "LastModifiedDate": at, "SystemModstamp": at}


def _owner(number: int) -> str:
    return record_id("005", 1 + number % len(OWNERS))


def _belonging_to(number: int) -> Row:
    """What a record of the account with this number carries: the account and its owner."""
    return {"Account__c": record_id("001", number), "OwnerId": _owner(number)}


def _account(number: int, row: dict[str, str]) -> Row:
    return {
        "Id": record_id("001", number),
        "Name": row["account_name"],
        "AccountNumber": row["account_id"],
        "Type": "Customer - Direct",
        "Industry": row["industry"],
        "BillingCountry": _COUNTRIES.get(row["country"], row["country"]),
        "AccountSource": row["referral_source"],
        "Plan__c": row["plan_tier"],
        "Seats__c": row["seats"],
        "Trial__c": _flag(row["is_trial"]),
        "Churned__c": _flag(row["churn_flag"]),
        "OwnerId": _owner(number),
        **_stamps(_known(row["signup_date"]), number),
    }


def _contact(number: int, row: dict[str, str]) -> Row:
    person = contact_of(row["account_name"])
    return {
        "Id": record_id("003", number),
        "AccountId": record_id("001", number),
        "FirstName": person.first,
        "LastName": person.last,
        "Name": f"{person.first} {person.last}",
        "Email": person.email,
        "Phone": person.phone,
        "HasOptedOutOfEmail": False,
        "DoNotCall": False,
        "OwnerId": _owner(number),
        **_stamps(_known(row["signup_date"]), number),
    }


def _subscription(number: int, row: dict[str, str], whose: Row) -> Row:
    starts_on = _known(row["start_date"])
    return {
        "Id": record_id("a01", number),
        "Name": row["subscription_id"],
        **whose,
        "Start_Date__c": starts_on,
        "End_Date__c": day(row["end_date"]),
        "ARR__c": row["arr_amount"],
        "MRR__c": row["mrr_amount"],
        "Plan__c": row["plan_tier"],
        "Seats__c": row["seats"],
        "Trial__c": _flag(row["is_trial"]),
        "Churned__c": _flag(row["churn_flag"]),
        **_stamps(day(row["end_date"]) or starts_on, number),
        "CreatedDate": at_work(starts_on, number),
    }


def _cancellation(number: int, row: dict[str, str], whose: Row) -> Row:
    cancelled_on = _known(row["churn_date"])
    return {
        "Id": record_id("a00", number),
        "Name": row["churn_event_id"],
        **whose,
        "Cancelled_On__c": cancelled_on,
        "Reason_Code__c": row["reason_code"],
        "Feedback__c": row["feedback_text"],
        "Refund__c": row["refund_amount_usd"],
        "Reactivation__c": _flag(row["is_reactivation"]),
        **_stamps(cancelled_on, number),
    }
