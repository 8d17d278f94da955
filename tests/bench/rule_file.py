"""The rule file of the benchmarks: one watch, one playbook of three tasks, a brake that is far."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

ENVIRON = {"WB_CLIENT_ID": "sandbox", "WB_SECRET": "sandbox", "WB_TOKEN": "sandbox"}
NAMES = {"salesforce": "sales", "hubspot": "hub"}
TASKS_A_LOSS = 3

_COMPANY = """
[company]
name = "Acme"
timezone = "Europe/Berlin"
country = "DE-BY"
currency = "EUR"
first_day = {first_day}

[limits]
storm_max_losses = 100_000
"""

_WATCHES = {
    "salesforce": """
[crm.{name}]
kind = "salesforce"
base_url = "{url}"
client_id = "env:WB_CLIENT_ID"
client_secret = "env:WB_SECRET"

[[watch]]
name = "closed-lost in {name}"
crm = "{name}"
record = "Opportunity"
lost_when = {{ closed = true, won = false }}
words = "Description"
value = "Amount"
""",
    "hubspot": """
[crm.{name}]
kind = "hubspot"
base_url = "{url}"
token = "env:WB_TOKEN"

[[watch]]
name = "closed-lost in {name}"
crm = "{name}"
record = "deals"
lost_when = {{ closed = true, won = false }}
words = "closed_lost_reason"
value = "amount"
""",
}

_PLAYBOOK = """
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


@dataclass(frozen=True, slots=True)
class Crm:
    """`kind` is salesforce or hubspot."""

    name: str
    kind: str
    url: str


def rule_text(kind: str, url: str) -> str:
    """For the CRM of that kind at `url`."""
    return rules_of([Crm(NAMES[kind], kind, url)])


def rules_of_both(urls: Mapping[str, str]) -> str:
    """For both CRMs, polled every second; `urls` by kind."""
    text = rules_of([Crm(NAMES[kind], kind, url) for kind, url in urls.items()])
    return text.replace("kind = ", "poll_every = 1\nkind = ")


def rules_of(crms: Iterable[Crm]) -> str:
    """For any number of CRMs."""
    first_day = datetime.now(UTC).date() - timedelta(days=30)
    watches = (_WATCHES[crm.kind].format(name=crm.name, url=crm.url) for crm in crms)
    return "".join((_COMPANY.format(first_day=first_day), *watches, _PLAYBOOK))
