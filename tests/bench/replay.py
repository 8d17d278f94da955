"""A replay of 100,000 historical losses with the shipped example, in two processes.

The history is put straight into a store, as a first contact leaves it: every record in the mirror,
every loss in the ledger. Each customer bought three times and was lost on one of the last 360 days,
with one of the notes that the categoriser was built on.
"""

from __future__ import annotations

import csv
import itertools
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Engine

from integration.replaying.replay import Whole, replay
from integration.replaying.worker import Job, Text
from integration.runtime import Silent
from integration.store import crms, revisions
from integration.store.codec import digest, reason_to_json, snapshot_to_json
from integration.store.engine import begin, connect, upgrade
from integration.store.tables import aliases, customers, losses, records
from rules.case import LossReason
from rules.model import (
    Account,
    Contact,
    Kind,
    Money,
    Opportunity,
    Owner,
    Ref,
    Snapshot,
    Verdict,
)
from rules.replay import Window
from tests.bench.figures import Figure, Figures
from tests.bench.memory import own_peak_in_mb
from tests.bench.words import BUILT_ON

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"
LOSSES = 100_000
PROCESSES = 2
SECONDS, AGAINST = 60.0, 2.2
OWNERS = 40
WINS = 3
AT_ONCE = 2_000
CRM = "sales"
CATEGORIES = ("price", "service", "unknown", "product_fit", "no_need")
REASONS = ("Too expensive", "Support", None, "Missing features", None, "Other")

Say = Callable[[str], None]


def measure(say: Say) -> Figures:
    with tempfile.TemporaryDirectory() as name:
        url = f"sqlite:///{name}/history.db"
        today = datetime.now(UTC).date()
        say(f"a history of {LOSSES:,} losses")
        write_history(url, LOSSES, today)
        text = EXAMPLE.read_text(encoding="utf-8")
        new = Text("new", text.replace('due = "2 business days"', 'due = "3 business days"'))
        say("replay of one file")
        alone, whole = timed(url, today, Job(url, _year(today), new))
        say("replay of one file against another")
        job = Job(url, _year(today), new, Text("in force", text))
        both, _ = timed(url, today, job)
        found = sum(whole.counts[0].losses.values())
        beside = {"losses": found, "peak_mb_of_the_first_process": own_peak_in_mb()}
        return {
            "100,000_losses.seconds": Figure(round(alone, 1), SECONDS, beside),
            "against_by_alone": Figure(round(both / alone, 2), AGAINST, {"seconds": round(both)}),
        }


def timed(url: str, today: date, job: Job) -> tuple[float, Whole]:
    engine = connect(url)
    began = time.perf_counter()
    whole = replay(job, engine, [CRM], Silent(), PROCESSES)
    took = time.perf_counter() - began
    engine.dispose()
    whole.differences.close()
    assert whole.failed == 0
    assert today == job.window.ends_on
    return took, whole


def _year(today: date) -> Window:
    return Window(today - timedelta(days=365), today)


def write_history(url: str, count: int, today: date) -> None:
    """A store with so many losses, by the rules of the shipped example."""
    upgrade(url)
    engine = connect(url)
    with BUILT_ON.open(encoding="utf-8", newline="") as file:
        notes = [row["note"] for row in csv.DictReader(file)]
    with begin(engine) as connection:
        crms.state(connection, CRM)
        revisions.ran(connection, EXAMPLE.read_text(encoding="utf-8"), datetime.now(UTC))
    _insert(engine, records, (_row(_owner(n), None) for n in range(OWNERS)))
    for first in range(0, count, AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, count))
        _insert(engine, customers, ({"id": n + 1, "crm": CRM} for n in numbers))
        _insert(engine, aliases, (_alias(n) for n in numbers))
        snapshots = (
            _row(one, n + 1) for n in numbers for one in _customer(n, today, notes[n % len(notes)])
        )
        _insert(engine, records, snapshots)
        _insert(engine, losses, (_loss(n, today) for n in numbers))
    engine.dispose()


def _insert(engine: Engine, table: sa.Table, rows: Iterator[dict[str, Any]]) -> None:
    with begin(engine) as connection:
        connection.execute(sa.insert(table), list(rows))


def _alias(number: int) -> dict[str, Any]:
    return {
        "crm": CRM,
        "type": "Account",
        "record_id": f"001{number:015d}",
        "customer_id": number + 1,
    }


def _row(snapshot: Snapshot, customer: int | None) -> dict[str, Any]:
    stored = snapshot_to_json(snapshot)
    return {
        "crm": CRM,
        "type": snapshot.ref.type,
        "record_id": snapshot.ref.id,
        "kind": snapshot.kind.value,
        "customer_id": customer,
        "snapshot": stored,
        "digest": digest(stored),
        "modified_at": None,
        "read_at": datetime.now(UTC),
    }


def _owner(number: int) -> Snapshot:
    id = f"005{number:015d}"
    owner = Owner(id, f"Rep No {number}", f"rep{number}@acme.example", timezone="Europe/Berlin")
    return Snapshot(Ref("User", id), Kind.OWNER, owner)


def _loss(number: int, today: date) -> dict[str, Any]:
    lost_on = _lost_on(number, today)
    category = CATEGORIES[number % len(CATEGORIES)]
    reason = LossReason(category, stated=_reason(number), confidence=0.9, because="as it was read")
    return {
        "id": f"loss{number}",
        "customer_id": number + 1,
        "crm": CRM,
        "type": "Opportunity",
        "record_id": f"006{number:013d}{WINS:02d}",
        "ordinal": 1,
        "watch": "closed-lost",
        "verdict": Verdict.CUSTOMER.value,
        "because": [],
        "known_on": lost_on,
        "lost_on": lost_on,
        "category": category,
        "reason": reason_to_json(reason),
        "revision": 1,
        "found_at": datetime.now(UTC),
    }


def _lost_on(number: int, today: date) -> date:
    return today - timedelta(days=number % 360 + 1)


def _reason(number: int) -> str | None:
    return REASONS[number % len(REASONS)]


def _customer(number: int, today: date, note: str) -> Iterator[Snapshot]:
    id, owner = f"001{number:015d}", f"005{number % OWNERS:015d}"
    lost_on = _lost_on(number, today)
    account = Account(id, f"Customer {number}", owner, country="Germany")
    yield Snapshot(Ref("Account", id), Kind.ACCOUNT, account, account_id=id, owner_id=owner)
    contact = Contact(f"003{number:015d}", f"Eva Bauer {number}", id, opted_out=False)
    yield Snapshot(Ref("Contact", contact.id), Kind.CONTACT, contact, account_id=id)
    won_on = (lost_on - timedelta(days=170 + 100 * n) for n in range(WINS))
    deals = itertools.chain(((day, True) for day in won_on), ((lost_on, False),))
    for place, (closed_on, won) in enumerate(deals):
        deal = Opportunity(
            id=f"006{number:013d}{place:02d}",
            name=f"Deal {place}",
            account_id=id,
            owner_id=owner,
            amount=Money(Decimal(2_000 + number % 977 * 20), "EUR"),
            created_on=closed_on - timedelta(days=45),
            closed_on=closed_on,
            closed=True,
            won=won,
            touched_on=closed_on,
            stage="Closed Won" if won else "Closed Lost",
        )
        snapshot = Snapshot(
            ref=Ref("Opportunity", deal.id),
            kind=Kind.OPPORTUNITY,
            entity=deal,
            fields={"CloseDate": closed_on, "Amount": deal.amount.amount if deal.amount else None},
            account_id=id,
            contact_id=contact.id,
            owner_id=owner,
            modified_at=datetime.combine(closed_on, datetime.min.time(), UTC),
        )
        yield snapshot if won else _with_words(snapshot, note, _reason(number))


def _with_words(snapshot: Snapshot, note: str, reason: str | None) -> Snapshot:
    words = {"Loss_Reason__c": reason, "Loss_Notes__c": note}
    return replace(snapshot, fields={**snapshot.fields, **words})
