"""What the leading clock does: the periodic table, and a sweep over what the store says is due.

The sweep is why a lost job does no harm, and why nothing far off needs to be queued.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import Engine

from integration.engine.door import Door, Wake
from integration.engine.leader import Leadership
from integration.scheduler import periodic_table
from integration.store import pulse
from integration.store.due_work import Due, due_work
from integration.store.engine import begin

WAKES = {Due.ROWS: Wake.DRAIN, Due.CALL: Wake.POLL}

log = logging.getLogger(__name__)


class Ticking:
    """Ticks while this process leads. `poll_every` names all CRMs."""

    def __init__(
        self,
        engine: Engine,
        door: Door,
        poll_every: Mapping[str, timedelta],
        wall: Callable[[], datetime],
    ) -> None:
        self._engine = engine
        self._door = door
        self._poll_every = poll_every
        self._wall = wall
        self._scheduler: BackgroundScheduler | None = None

    def run(self, leadership: Leadership, look_every: float) -> None:
        """For ever: tick while we lead, and wait for our turn while another one does."""
        try:
            while True:
                leads = leadership.is_ours()
                if leads and self._scheduler is None:
                    log.info("this clock leads")
                    self._start()
                elif not leads and self._scheduler is not None:
                    log.warning("this clock no longer leads")
                    self.stop()
                time.sleep(look_every)
        finally:
            leadership.end()

    def stop(self) -> None:
        scheduler, self._scheduler = self._scheduler, None
        if scheduler is not None:
            scheduler.shutdown(wait=False)

    def _start(self) -> None:
        self._scheduler = periodic_table(self._door, self._poll_every, self.tick)
        for crm in self._poll_every:
            self._scheduler.add_job(self._door.wake, args=(crm, Wake.POLL))
        self._scheduler.start()

    def tick(self) -> None:
        """Leave a sign of life, and wake every CRM that has work which is due."""
        pulse.tick(self._engine, self._wall())
        for crm in self._poll_every:
            with begin(self._engine) as connection:
                wake = WAKES.get(due_work(connection, crm, self._wall()))
                if wake is not None:
                    self._door.wake(crm, wake, connection=connection)
