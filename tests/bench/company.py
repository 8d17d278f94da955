"""The same plain company in both CRMs' words: accounts with a contact and old wins each.

Its records were last touched long ago, as most of any CRM's were. `lost_deals` is what changes
afterwards: one deal per account, lost yesterday.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from connectors.sandbox.salesforce.ids import full
from integration.demo.rows import Row, at_work, write_folder

OWNERS = 12
WORDS = "They told us that we are too expensive for what they use."

_OWNER, _COMPANY, _CONTACT, _DEAL = 40_000_000, 100_000_000, 200_000_000, 300_000_000
_LAST_WIN_IN_DAYS = 400
_BETWEEN_WINS_IN_DAYS = 20


def company(folder: Path, *, accounts: int, wins: int) -> Path:
    """A folder for the sandbox: every account with one contact and `wins` won deals."""
    today = datetime.now(UTC).date()
    numbers = range(1, accounts + 1)
    deals = [
        (account, (account - 1) * wins + n + 1, _won_on(today, n))
        for account in numbers
        for n in range(wins)
    ]
    rows = {
        "User": [_user(n) for n in range(1, OWNERS + 1)],
        "Account": [_account(n, today) for n in numbers],
        "Contact": [_contact(n, today) for n in numbers],
        "Opportunity": [_opportunity(a, n, on, "Closed Won") | _old(on, n) for a, n, on in deals],
        "owners": [_owner(n) for n in range(1, OWNERS + 1)],
        "companies": [_hub_company(n, today) for n in numbers],
        "contacts": [_hub_contact(n, today) for n in numbers],
        "deals": [_hub_deal(a, n, on, "closedwon") | _hub_old(on, n) for a, n, on in deals],
    }
    write_folder(rows, folder)
    return folder


def lost_deals(folder: Path, *, accounts: int, wins: int, of: range | None = None) -> Path:
    """What to load afterwards: a lost deal on each of the `accounts`, or on those of the numbers
    `of` alone, stamped when it is loaded."""
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    lost = [(number, accounts * wins + number) for number in of or range(1, accounts + 1)]
    words: Row = {"Description": WORDS}
    hub_words: Row = {"closed_lost_reason": WORDS}
    rows = {
        "Opportunity": [_opportunity(a, n, yesterday, "Closed Lost") | words for a, n in lost],
        "deals": [_hub_deal(a, n, yesterday, "closedlost") | hub_words for a, n in lost],
    }
    write_folder(rows, folder)
    return folder


def _won_on(today: date, number: int) -> date:
    return today - timedelta(days=_LAST_WIN_IN_DAYS + number * _BETWEEN_WINS_IN_DAYS)


def _id(prefix: str, number: int) -> str:
    return full(f"{prefix}Be0{number:09d}")


def _rep(number: int) -> int:
    return number % OWNERS + 1


def _old(on: date, number: int) -> Row:
    at = at_work(on, number)
    return {"CreatedDate": at, "LastModifiedDate": at, "SystemModstamp": at}


def _user(number: int) -> Row:
    login = f"rep{number}@acme.example"
    name = {"FirstName": "Rep", "LastName": f"No {number}", "Name": f"Rep No {number}"}
    return {
        "Id": _id("005", number),
        "Username": login,
        "Email": login,
        "IsActive": True,
        "TimeZoneSidKey": "Europe/Berlin",
        **name,
        **_old(date(2023, 1, 2), number),
    }


def _account(number: int, today: date) -> Row:
    return {
        "Id": _id("001", number),
        "Name": f"Customer {number}",
        "OwnerId": _id("005", _rep(number)),
        "BillingCountry": "Germany",
        **_old(_won_on(today, 0), number),
    }


def _contact(number: int, today: date) -> Row:
    return {
        "Id": _id("003", number),
        "AccountId": _id("001", number),
        "LastName": f"Bauer {number}",
        "Name": f"Bauer {number}",
        "Email": f"bauer{number}@customer.example",
        "OwnerId": _id("005", _rep(number)),
        **_old(_won_on(today, 0), number),
    }


def _opportunity(account: int, number: int, closed_on: date, stage: str) -> Row:
    return {
        "Id": _id("006", number),
        "AccountId": _id("001", account),
        "Name": f"Deal {number} of customer {account}",
        "StageName": stage,
        "Amount": 5_000 + number % 100 * 100,
        "CloseDate": closed_on,
        "OwnerId": _id("005", _rep(account)),
    }


def _owner(number: int) -> Row:
    return {
        "id": str(_OWNER + number),
        "email": f"rep{number}@acme.example",
        "firstName": "Rep",
        "lastName": f"No {number}",
    }


def _hub_old(on: date, number: int) -> Row:
    at = at_work(on, number)
    return {"createdate": at, "hs_lastmodifieddate": at}


def _hub_company(number: int, today: date) -> Row:
    return {
        "hs_object_id": str(_COMPANY + number),
        "name": f"Customer {number}",
        "country": "Germany",
        "hubspot_owner_id": str(_OWNER + _rep(number)),
        **_hub_old(_won_on(today, 0), number),
    }


def _hub_contact(number: int, today: date) -> Row:
    at = at_work(_won_on(today, 0), number)
    return {
        "hs_object_id": str(_CONTACT + number),
        "company_id": str(_COMPANY + number),
        "lastname": f"Bauer {number}",
        "email": f"bauer{number}@customer.example",
        "createdate": at,
        "lastmodifieddate": at,
    }


def _hub_deal(account: int, number: int, closed_on: date, stage: str) -> Row:
    return {
        "hs_object_id": str(_DEAL + number),
        "company_id": str(_COMPANY + account),
        "contact_id": str(_CONTACT + account),
        "dealname": f"Deal {number} of customer {account}",
        "pipeline": "default",
        "dealstage": stage,
        "amount": 5_000 + number % 100 * 100,
        "closedate": at_work(closed_on, number),
        "hubspot_owner_id": str(_OWNER + _rep(account)),
    }
