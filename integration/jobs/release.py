"""What may go out now: dry run, the storm brake and each rep's budget of the day."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from sqlalchemy import Connection

from integration.runtime import Runtime
from integration.spoken import count
from integration.store import budget, crms, mirror, outbox, pilots
from integration.store.engine import begin
from rules.due import redated
from rules.model import Owner, TaskDraft
from rules.pilot import is_in, limits_writing
from rules.ruleset import Limits
from rules.spans import Span

log = logging.getLogger(__name__)


def release(runtime: Runtime, crm: str) -> int:
    """Hold or let go what is ready; answers how many tasks wait for a rep's budget."""
    with begin(runtime.engine) as connection:
        return let_go(runtime, connection, crm)


def let_go(runtime: Runtime, connection: Connection, crm: str) -> int:
    """The same in the caller's transaction."""
    part = runtime.crms[crm]
    if part.dry_run:
        outbox.hold(connection, crm, "dry run")
        return 0
    outbox.release(connection, crm, "dry run", runtime.wall())
    owners = mirror.owners(connection, crm)
    _pilot(runtime, connection, crm, owners)
    today = runtime.today(crm)

    def redate(draft: TaskDraft, due: Span) -> TaskDraft:
        return redated(draft, due, part.rules, owners.get(draft.owner_id), today)

    return budget.spend(
        connection,
        crm,
        per_day=part.rules.limits.tasks_per_rep_per_day,
        today=today,
        now=runtime.wall(),
        redate=redate,
        waits_at_most=part.rules.limits.waits_at_most,
    )


def _pilot(runtime: Runtime, connection: Connection, crm: str, owners: Mapping[str, Owner]) -> None:
    """While there is a pilot, what is for others waits. Who comes in gets what waited, within
    the budget of the day; of many customers at once a person lets it go, as in a storm."""
    rules = runtime.crms[crm].rules
    in_force = [rules.pilot, runtime.crms[crm].pilot]
    narrowing = [pilot for pilot in in_force if pilot is not None and limits_writing(pilot)]
    limited = bool(narrowing)
    inside = [
        owner.id
        for owner in owners.values()
        if all(is_in(pilot, rules.people, owner) for pilot in narrowing)
    ]
    limit = brake_limit(connection, crm, rules.limits)
    allowed = inside if limited else None
    freed, stormy = pilots.release(connection, crm, allowed, limit, runtime.wall())
    if stormy:
        crms.change(connection, crm, storm_since=runtime.wall())
        log.warning("%s: %s changes that the pilot held go with `resume-held`", crm, freed)
    if limited:
        pilots.hold(connection, crm, inside)


def brake_limit(connection: Connection, crm: str, limits: Limits) -> int:
    """How many new losses one cycle may bring before they are held (row W9)."""
    share = int(mirror.accounts(connection, crm) * limits.storm_max_share)
    return max(limits.storm_max_losses, share)


def brake(runtime: Runtime, crm: str, limits: Limits) -> None:
    """The storm brake (row W9): too many new losses at once are held until a person lets go."""
    with begin(runtime.engine) as connection:
        staged = crms.state(connection, crm).staged_losses
        stormy = staged > brake_limit(connection, crm, limits)
        outbox.unstage(connection, crm, "storm" if stormy else None)
        crms.change(connection, crm, staged_losses=0)
        if stormy:
            crms.change(connection, crm, storm_since=runtime.wall())
            held = count(staged, "new loss", "new losses")
            log.warning("storm brake: %s held in %s", held, crm)
