"""What a worker does for the jobs that it is given: one round at a time for each CRM.

Other workers may be alive, and one that was taken for dead may come back. So every round takes a
turn first (`integration.store.turns`), and what an earlier one left under way is read back.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import replace

from integration.engine.door import Door, Wake
from integration.engine.looking_after import look_after
from integration.engine.pace import Pace
from integration.engine.progress import Stopping, StopsBetweenBatches
from integration.jobs.cycle import Round, take_over
from integration.jobs.prune import prune
from integration.logs import about
from integration.runtime import Runtime, wall_clock
from integration.store import pulse, turns
from integration.store.engine import begin
from integration.store.locks import Busy, refuse_beside_only_process
from integration.store.turns import TurnLost

log = logging.getLogger(__name__)


class Rounds:
    """The CRMs of one worker process; any thread may call `do`."""

    def __init__(self, runtime: Runtime, door: Door, stopping: threading.Event, pace: Pace) -> None:
        turns.guard(runtime.engine)
        self._engine = runtime.engine
        self._door = door
        self._pace = pace
        working = replace(runtime, progress=StopsBetweenBatches(runtime.progress, stopping))
        # rules are renewed CRM by CRM, each between two rounds of its own
        self._runtimes = {crm: working.twin() for crm in runtime.crms}
        # the queue's lock is for others: a round of ours that lost its turn may run yet
        self._at_work = {crm: threading.Lock() for crm in runtime.crms}

    def show(self) -> None:
        """This worker is alive. Raises SQLAlchemyError."""
        pulse.work(self._engine, wall_clock())

    def do(self, crm: str, kind: Wake) -> None:
        """Raises what nobody foresaw."""
        if crm not in self._runtimes:
            log.warning("this worker's rule file has no CRM %s: its job is left out", crm)
            return
        with about(crm), self._at_work[crm]:
            try:
                self._do(self._runtimes[crm], crm, kind)
            except Stopping:
                self._door.wake(crm, kind)  # for another worker, or the next start
            except (TurnLost, Busy) as reason:
                log.warning("a %s ended early: %s", kind, reason)
            except Exception:
                log.exception("a %s failed; it will be tried again", kind)
                raise

    def _do(self, runtime: Runtime, crm: str, kind: Wake) -> None:
        if kind is Wake.PRUNE:
            prune(runtime, crm)
            return
        runtime.renew()
        in_turn = self._take_turn(runtime, crm)
        orphans = take_over(in_turn, crm, call_within=self._pace.call_within)
        if orphans:
            log.info("%s rows were under way when an earlier round broke off", orphans)
        self._follow(runtime, crm, look_after(in_turn, crm, kind))

    def _take_turn(self, runtime: Runtime, crm: str) -> Runtime:
        with begin(runtime.engine) as connection:
            refuse_beside_only_process(connection)
            number = turns.take(connection, crm)
        return replace(runtime, engine=turns.in_turn(runtime.engine, crm, number))

    def _follow(self, runtime: Runtime, crm: str, done: Round) -> None:
        """Come again when there is something to do soon. What is due later, and what is due and
        does not move (an earlier row of its stream is held), the clock finds."""
        now = runtime.wall()
        if done.again_at is None or (done.again_at <= now and not done.settled):
            return
        at = done.again_at if done.again_at > now else None
        self._door.wake(crm, Wake.DRAIN if done.polled else Wake.POLL, at)
