"""The periodic table: every CRM in its own rhythm, and no late run dropped."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from sqlalchemy import Connection

from integration.engine.door import Wake
from integration.scheduler import LATE, periodic_table


class Bell:
    """A door that only counts who was woken."""

    def __init__(self) -> None:
        self.rung: list[tuple[str, Wake]] = []

    def wake(
        self,
        crm: str,
        kind: Wake,
        at: datetime | None = None,
        connection: Connection | None = None,
    ) -> None:
        assert at is None
        assert connection is None
        self.rung.append((crm, kind))


def test_each_crm_is_polled_as_often_as_its_file_says() -> None:
    bell = Bell()
    poll_every = {"sales": timedelta(seconds=1), "hub": timedelta(minutes=5)}
    ticks: list[bool] = []
    scheduler = periodic_table(bell, poll_every, lambda: ticks.append(True))
    scheduler.start()
    time.sleep(1.3)
    scheduler.shutdown()
    assert bell.rung == [("sales", Wake.POLL)]
    assert ticks == [True]  # at once, and then every ten seconds


def test_every_job_is_scheduled_and_none_is_dropped_when_late() -> None:
    scheduler = periodic_table(Bell(), {"sales": timedelta(seconds=60)}, lambda: None)
    scheduler.start(paused=True)
    jobs = {job.id: job for job in scheduler.get_jobs()}
    scheduler.shutdown()
    assert set(jobs) == {"poll:sales", "prune:sales", "tick"}
    for job in jobs.values():
        assert timedelta(seconds=job.misfire_grace_time) == LATE
        assert job.coalesce
        assert job.max_instances == 1
