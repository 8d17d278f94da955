"""The periodic table: what happens by itself, and how often. It only wakes.

Touchpoints need no line of their own: each round looks whose day has come.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from integration.engine.door import Door, Wake

LATE = timedelta(hours=1)
"""APScheduler drops a run that is more than a second late unless it is told otherwise; ours may
come late as they like, and several missed ones count as one."""

TICK_EVERY = timedelta(seconds=10)

PRUNE_AT = CronTrigger(hour=3, minute=30, timezone=UTC)


def periodic_table(
    door: Door, poll_every: Mapping[str, timedelta], tick: Callable[[], None]
) -> BackgroundScheduler:
    """A scheduler, not started, that wakes each CRM in its own rhythm. The first poll is the
    caller's: a wake-up at the start. `tick` is done at once, and every ten seconds."""
    scheduler = BackgroundScheduler(
        timezone=UTC,
        job_defaults={
            "coalesce": True,
            "max_instances": 1,
            "misfire_grace_time": int(LATE.total_seconds()),
        },
    )
    for crm, every in poll_every.items():
        seconds = max(int(every.total_seconds()), 1)
        tables = {Wake.POLL: IntervalTrigger(seconds=seconds, timezone=UTC), Wake.PRUNE: PRUNE_AT}
        for kind, trigger in tables.items():
            scheduler.add_job(door.wake, trigger, args=(crm, kind), id=f"{kind.value}:{crm}")
    every = IntervalTrigger(seconds=int(TICK_EVERY.total_seconds()), timezone=UTC)
    scheduler.add_job(tick, every, id="tick", next_run_time=datetime.now(UTC))
    return scheduler
