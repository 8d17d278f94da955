"""New plans for recoveries under way, when rules are published with `--replan`: first what would
change, with each account; then, on a person's word, the change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from integration.jobs.take_back import Taking, take_back
from integration.runtime import Runtime
from integration.store import caseload, crms, mirror
from integration.store.engine import begin, reading
from integration.store.made import account_names, pin, with_open_recovery
from integration.store.upsert import chunks
from rules.replanning import Replanned, replanned

CUSTOMERS_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Replan:
    """One recovery whose plan changes."""

    crm: str
    account: str
    plan: Replanned


def preview(runtime: Runtime, crm: str) -> list[Replan]:
    """Every open recovery of a CRM that would have another plan by the rules of this runtime, or
    of whose plan a task would go or come."""
    part, today = runtime.crms[crm], runtime.today(crm)
    with begin(runtime.engine) as connection:
        first_contact_on = crms.state(connection, crm).first_contact_on
        owners = mirror.owners(connection, crm)
        ids = with_open_recovery(connection, crm)
    book = runtime.book(crm, first_contact_on or today)
    found: list[Replan] = []
    for batch in chunks(ids, CUSTOMERS_AT_ONCE):
        with reading(runtime.engine) as connection:
            stored = caseload.load(
                connection,
                crm,
                [(customer, None) for customer in batch],
                types=part.types,
                owners=owners,
                link=part.connector.link,
            )
            names = account_names(connection, batch)
        for item in stored:
            plan = replanned(item.case, book, today)
            if plan and (plan.changes or plan.close or plan.make):
                found.append(Replan(crm, names.get(item.customer_id, ""), plan))
    return found


def carry_out(
    runtime: Runtime, crm: str, plans: Sequence[Replan], taking: Taking, revision: int
) -> None:
    """Pin the new plans, take back what only the old ones asked for, and mark the customers, so
    that the next run makes what the new ones ask for."""
    take_back(runtime, crm, taking, f"the plan was made anew by revision {revision} of the rules")
    for one in plans:
        with begin(runtime.engine) as connection:
            pin(connection, one.plan.recovery_id, one.plan.after, revision, runtime.wall())
