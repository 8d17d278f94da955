"""New plans for recoveries under way, when rules are published with `--replan`: first what would
change, with each account; then, on a person's word, the change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from integration.jobs.take_back import Taking, of_keys, take_back
from integration.runtime import Runtime
from integration.store import caseload, crms, mirror
from integration.store.engine import begin, reading
from integration.store.handing_over import hand_over
from integration.store.made import account_names, pin, with_open_recovery
from integration.store.upsert import chunks
from rules.case import Case
from rules.replanning import Replanned, replanned

CUSTOMERS_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Touching:
    """What a publish with new plans would do to tasks that stand: which it takes back, and which
    it hands on. Neither is done to a task that a person touched."""

    taking: Taking
    handing: Taking


def touched_by(runtime: Runtime, crm: str, plans: Sequence[Replan]) -> Touching:
    """Read in the CRM before anything is put in force. Raises `CrmError`."""
    close = [key for one in plans for key in one.plan.close]
    reassign = [key for one in plans for key in one.plan.reassign]
    return Touching(of_keys(runtime, crm, close), of_keys(runtime, crm, reassign))


@dataclass(frozen=True, slots=True)
class Replan:
    """One recovery whose plan changes. `hands` names who has a standing task and who would get
    it, by key."""

    crm: str
    account: str
    plan: Replanned
    hands: Mapping[str, tuple[str, str]] = field(default_factory=dict)


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
            if plan and (plan.changes or plan.close or plan.make or plan.reassign):
                hands = _hands(item.case, plan)
                found.append(Replan(crm, names.get(item.customer_id, ""), plan, hands))
    return found


def _hands(case: Case, plan: Replanned) -> dict[str, tuple[str, str]]:
    def name(owner_id: str | None) -> str:
        owner = case.owners.get(owner_id or "")
        return owner.name if owner else owner_id or "nobody"

    now = {task.key: task.owner_id for r in case.recoveries for task in r.tasks}
    return {
        key: (name(now.get(key)), name(handed.owner_id)) for key, handed in plan.reassign.items()
    }


def carry_out(
    runtime: Runtime, crm: str, plans: Sequence[Replan], touching: Touching, revision: int
) -> None:
    """Pin the new plans, take back what only the old ones asked for, hand on what they give to
    somebody else, and mark the customers, so that the next run makes what they ask for."""
    because = f"the plan was made anew by revision {revision} of the rules"
    take_back(runtime, crm, touching.taking, because)
    handed = {key: to for one in plans for key, to in one.plan.reassign.items()}
    task_type = runtime.crms[crm].connector.task_type
    for task in touching.handing.tasks:
        with begin(runtime.engine) as connection:
            to, now = handed[task.key], runtime.wall()
            hand_over(connection, crm, task_type, task.customer_id, task.key, to, now)
    for one in plans:
        with begin(runtime.engine) as connection:
            pin(connection, one.plan, revision, today=runtime.today(crm), now=runtime.wall())
