"""The smallest company that has lost somebody: one in each sandbox CRM, and its rule file."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from connectors.sandbox.hubspot.owners import PortalOwner
from connectors.sandbox.server import Sandbox

SECRETS = {
    "SF_CLIENT_ID": "canary-client",
    "SF_SECRET": "canary-secret",
    "HUBSPOT_TOKEN": "canary-token",
}
WORDS = "zebra-words: they are too expensive"
PERSON = "Xanthippe"

COMPANY = """
[company]
name = "Acme"
timezone = "Europe/Berlin"
country = "DE-BY"
currency = "EUR"
first_day = 2026-01-01

[[playbook]]
name = "all"
goal = "spoken within 10 days"

[[playbook.task]]
key = "listen"
subject = "Call {{ contact.name }}: listen"
due = "1 business day"
"""
SALESFORCE = """
[crm.sales]
kind = "salesforce"
base_url = "%s"
client_id = "env:SF_CLIENT_ID"
client_secret = "env:SF_SECRET"
poll_every = "1 second"

[[watch]]
name = "closed-lost"
crm = "sales"
record = "Opportunity"
lost_when = { closed = true, won = false }
account = "AccountId"
lost_on = "CloseDate"
words = "Description"
"""
HUBSPOT = """
[crm.hub]
kind = "hubspot"
base_url = "%s"
token = "env:HUBSPOT_TOKEN"
poll_every = "1 second"

[[watch]]
name = "closed-lost deals"
crm = "hub"
record = "deals"
lost_when = { closed = true, won = false }
words = "closed_lost_reason"
"""


def lose_in_salesforce(sandbox: Sandbox) -> None:
    """A customer who bought once, long ago, and whose renewal was lost yesterday."""
    org, today = sandbox.salesforce, datetime.now(UTC).date()
    org.sessions.client_id = SECRETS["SF_CLIENT_ID"]
    org.sessions.client_secret = SECRETS["SF_SECRET"]
    ann = org.create("User", {"LastName": "Lee", "Email": "ann@x.example", "IsActive": True,
                              "Username": f"ann{len(org.all('User'))}@x.example"})  # fmt: skip
    account = org.create("Account", {"Name": "Foo AG", "OwnerId": ann})
    org.create("Contact", {"LastName": PERSON, "AccountId": account})
    for stage, days in (("Closed Won", 400), ("Closed Lost", 1)):
        closed_on = (today - timedelta(days=days)).isoformat()
        org.create("Opportunity", {"Name": stage, "AccountId": account, "StageName": stage,
                                   "CloseDate": closed_on, "Amount": 60000, "OwnerId": ann,
                                   "Description": WORDS})  # fmt: skip


def lose_in_hubspot(sandbox: Sandbox) -> None:
    """The same customer, in the portal."""
    portal, today = sandbox.hubspot, datetime.now(UTC).date()
    portal.token = SECRETS["HUBSPOT_TOKEN"]
    portal.owners["77"] = PortalOwner(
        id="77", email="ann@x.example", first_name="Ann", last_name="Lee", user_id=5
    )
    company = portal.create("companies", {"name": "Foo AG", "hubspot_owner_id": "77"})
    portal.create("contacts", {"lastname": PERSON}, associations={"companies": [company]})
    for stage, days in (("closedwon", 400), ("closedlost", 1)):
        deal = {"dealname": stage, "dealstage": stage, "pipeline": "default", "amount": "60000",
                "closedate": _at_midnight(today - timedelta(days=days)),
                "createdate": _at_midnight(today - timedelta(days=days + 99)),
                "hubspot_owner_id": "77", "closed_lost_reason": WORDS}  # fmt: skip
        portal.create("deals", deal, associations={"companies": [company]})


def rule_file(folder: Path, *parts: str) -> Path:
    """A rule file of these parts, to be read with `SECRETS` in the environment."""
    file = folder / "config.toml"
    file.write_text("\n".join([COMPANY, *parts]), encoding="utf-8")
    return file


def tasks_in(sandbox: Sandbox) -> dict[str, int]:
    """How many tasks stand in each CRM."""
    with sandbox.world.lock:
        return {"sales": len(sandbox.salesforce.all("Task")),
                "hub": len(sandbox.hubspot.all("tasks"))}  # fmt: skip


def _at_midnight(day: date) -> str:
    return datetime(day.year, day.month, day.day, tzinfo=UTC).isoformat()
