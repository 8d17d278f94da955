"""Small builders of CRM content for both sandboxes, rule files to go with them, and runs.

A loss here is a customer who bought 400 days ago and lost a deal yesterday, "too expensive".
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from connectors.sandbox.hubspot.crm import HubSpotPortal
from connectors.sandbox.hubspot.owners import PortalOwner
from connectors.sandbox.salesforce.crm import SalesforceOrg
from connectors.sandbox.server import Sandbox
from integration.assembly import assemble
from integration.config import read_config
from integration.once import Run
from integration.once import once as run_until_idle
from integration.runtime import Runtime, wall_clock
from integration.store.engine import connect

ENVIRON = {"WB_CLIENT_ID": "sandbox", "WB_SECRET": "sandbox", "WB_TOKEN": "sandbox"}
REASONS = [("price", "Price"), ("service", "Service"), ("unknown", "Unknown")]
TASK_KEYS = ("listen", "apologise", "thank")
YESTERDAY = timedelta(days=1)

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Lost:
    """One lost customer, by the ids of its records."""

    account: str
    contact: str
    deal: str
    owner: str


def salesforce_user(org: SalesforceOrg, name: str = "Ann Lee", active: bool = True) -> str:
    number = next(_numbers)
    return org.create(
        "User",
        {
            "Name": name,
            "LastName": name.rsplit(maxsplit=1)[-1],
            "Username": f"user{number}@acme.example",
            "Email": f"user{number}@acme.example",
            "IsActive": active,
        },
    )


def salesforce_losses(
    org: SalesforceOrg, count: int, *, owner: str | None = None, words: str = "too expensive"
) -> list[Lost]:
    """`count` customers, each with a contact, an old win and a deal lost yesterday."""
    owner = owner or salesforce_user(org)
    today = wall_clock().date()
    found = []
    for _ in range(count):
        name = f"Customer {next(_numbers)}"
        account = org.create("Account", {"Name": name, "OwnerId": owner})
        contact = org.create("Contact", {"LastName": f"Bauer of {name}", "AccountId": account})
        won = {"StageName": "Closed Won", "CloseDate": str(today - timedelta(days=400))}
        org.create("Opportunity", {**_deal(name, account, owner), **won, "Amount": 60_000})
        lost = {"StageName": "Closed Lost", "CloseDate": str(today - YESTERDAY)}
        deal = {**_deal(name, account, owner), **lost, "Amount": 5_000, "Description": words}
        found.append(Lost(account, contact, org.create("Opportunity", deal), owner))
    return found


def _deal(name: str, account: str, owner: str) -> dict[str, Any]:
    return {"Name": f"{name} deal", "AccountId": account, "OwnerId": owner}


def hubspot_owner(portal: HubSpotPortal, name: str = "Ann Lee", archived: bool = False) -> str:
    number = next(_numbers)
    first, last = name.split()
    mail = f"user{number}@acme.example"
    portal.add_owner(
        PortalOwner(str(7_000 + number), mail, first, last, user_id=number, archived=archived)
    )
    return str(7_000 + number)


def hubspot_losses(
    portal: HubSpotPortal, count: int, *, owner: str | None = None, words: str = "too expensive"
) -> list[Lost]:
    """`count` customers, each with a contact, an old win and a deal lost yesterday."""
    owner = owner or hubspot_owner(portal)
    today = wall_clock().date()
    found = []
    for _ in range(count):
        name = f"Customer {next(_numbers)}"
        own = {"hubspot_owner_id": owner}
        account = portal.create("companies", {"name": name, **own})
        contact = portal.create(
            "contacts", {"lastname": f"Bauer of {name}"}, {"companies": [account]}
        )
        links = {"companies": [account], "contacts": [contact]}
        deal = {"dealname": f"{name} deal", "pipeline": "default", **own}
        deal["createdate"] = _midnight(today - timedelta(days=500))
        won = {"dealstage": "closedwon", "closedate": _midnight(today - timedelta(days=400))}
        portal.create("deals", {**deal, **won, "amount": "60000"}, links)
        lost = {"dealstage": "closedlost", "closedate": _midnight(today - YESTERDAY)}
        given = {**deal, **lost, "amount": "5000", "closed_lost_reason": words}
        found.append(Lost(account, contact, portal.create("deals", given, links), owner))
    return found


def _midnight(day: date) -> str:
    return datetime.combine(day, time(), UTC).isoformat()


COMPANY = """
[company]
name = "Acme"
timezone = "Europe/Berlin"
country = "DE-BY"
currency = "EUR"
first_day = 2026-01-01

[limits]
storm_max_losses = 10_000
"""

SALESFORCE = """
[crm.sales]
kind = "salesforce"
base_url = "{url}"
client_id = "env:WB_CLIENT_ID"
client_secret = "env:WB_SECRET"
write_grace = {grace}
{keys}

[[watch]]
name = "closed-lost in sales"
crm = "sales"
record = "Opportunity"
lost_when = {{ closed = true, won = false }}
words = "Description"
value = "Amount"
"""

HUBSPOT = """
[crm.hub]
kind = "hubspot"
base_url = "{url}"
token = "env:WB_TOKEN"
write_grace = {grace}
{keys}

[[watch]]
name = "closed-lost in hub"
crm = "hub"
record = "deals"
lost_when = {{ closed = true, won = false }}
words = "closed_lost_reason"
value = "amount"
"""

# few categories and no model: the shipped ones take a second to be made ready, in every process
CATEGORIES = """
[words]
model = false

[[reason]]
id = "price"
values = ["Too expensive"]
phrases = ["too expensive"]
fault = "ours"
changeable = "when"

[[reason]]
id = "service"
values = ["Support"]
phrases = ["poor support"]
fault = "mine"
changeable = "yes"

[[reason]]
id = "unknown"
"""

PLAYBOOK = """
[[playbook]]
name = "everyone"

[[playbook.task]]
key = "listen"
subject = "Call {{ contact.name or account.name }}: listen"
body = "They said: {{ loss.words }}"
due = "1 business day"

[[playbook.task]]
key = "apologise"
subject = "Say sorry to {{ contact.name or account.name }}"
due = "2 business days"

[[playbook.task]]
key = "thank"
subject = "Thank {{ contact.name or account.name }}"
due = "1 week"
"""


def rule_text(
    sandbox: Sandbox,
    *,
    crms: tuple[str, ...] = ("sales", "hub"),
    grace: str | float = 0.01,
    company: str = COMPANY,
    playbook: str = PLAYBOOK,
    keys: Mapping[str, str] | None = None,
) -> str:
    """A rule file that watches lost deals in the named CRMs, in this order. `keys` are further
    lines of a CRM's table."""
    grace = json.dumps(grace)
    sales, hub = ((keys or {}).get(crm, "").strip() for crm in ("sales", "hub"))
    tables = {
        "sales": SALESFORCE.format(url=sandbox.salesforce_url, grace=grace, keys=sales),
        "hub": HUBSPOT.format(url=sandbox.hubspot_url, grace=grace, keys=hub),
    }
    return company + "".join(tables[crm] for crm in crms) + CATEGORIES + playbook


def rule_file(folder: Path, sandbox: Sandbox, **choices: Any) -> Path:
    """The text of `rule_text` in a file."""
    path = folder / f"config{next(_numbers)}.toml"
    path.write_text(rule_text(sandbox, **choices), encoding="utf-8")
    return path


@contextmanager
def runtime(
    url: str,
    config: Path,
    *,
    now: Callable[[], datetime] = wall_clock,
    environ: Mapping[str, str] = ENVIRON,
    **choices: Any,
) -> Iterator[Runtime]:
    """The product wired to a store, as a process would have it. It does not pace its searches:
    tests lift the sandbox's limit, so as not to wait for each other's runs."""
    engine = connect(url)
    choices = {"paced": False, **choices}
    try:
        yield assemble(read_config(config, environ), environ, engine, now=now, **choices)
    finally:
        engine.dispose()


def run_once(
    url: str, config: Path, *, now: Callable[[], datetime] = wall_clock, **choices: Any
) -> Run:
    """One run until idle, in this process, with everything made anew."""
    with runtime(url, config, now=now, **choices) as parts:
        return run_until_idle(parts, as_of=now().isoformat())


def provision(url: str, config: Path) -> None:
    """Our fields, made in every CRM of a rule file."""
    with runtime(url, config) as parts:
        for crm in parts.crms.values():
            crm.connector.provision(REASONS, plan_only=False)
