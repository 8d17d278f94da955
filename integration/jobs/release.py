"""What may go out now: dry run, the storm brake and each rep's budget of the day."""

from __future__ import annotations

from dataclasses import replace

from integration.runtime import Runtime
from integration.store import budget, mirror, outbox
from integration.store.engine import begin
from rules.calendar import at_nine, due_after
from rules.model import TaskDraft
from rules.ruleset import Span, Unit


def release(runtime: Runtime, crm: str) -> int:
    """Hold or let go what is ready; answers how many tasks wait for a rep's budget."""
    part = runtime.crms[crm]
    with begin(runtime.engine) as connection:
        if part.dry_run:
            outbox.hold(connection, crm, "dry run")
            return 0
        outbox.release(connection, crm, "dry run", runtime.wall())
        owners = mirror.owners(connection, crm)
        company = part.rules.company
        today = runtime.today(crm)

        def redate(draft: TaskDraft, due: Span) -> TaskDraft:
            if due == Span(0, Unit.BUSINESS_DAY):  # a touch keeps the day of its cadence
                due_on = max(draft.due_on, today)
            else:
                days_off = frozenset(company.holidays)
                due_on = due_after(today, due, company.country, days_off).on
            owner = owners.get(draft.owner_id)
            zone = (owner.timezone if owner else None) or company.timezone
            return replace(draft, due_on=due_on, due_at=at_nine(due_on, zone))

        return budget.spend(
            connection,
            crm,
            per_day=part.rules.limits.tasks_per_rep_per_day,
            today=today,
            now=runtime.wall(),
            redate=redate,
        )
