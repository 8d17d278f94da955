"""The product worked by hand, as an engine would, by a clock that waiting moves on: the CRM's own
clock goes with it, and a day takes seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from connectors.sandbox.world import Clock
from integration.jobs.cycle import run_round
from integration.runtime import Runtime
from tests import worlds
from tests.integration.jobs.stage import Stage

POLL_EVERY = timedelta(minutes=1)
GRACE = "1 second"
SHORTEST = 0.01  # seconds


@dataclass
class OurClock:
    """`shift` is how far it is off the CRM's."""

    theirs: Clock
    shift: timedelta = timedelta()

    def now(self) -> datetime:
        return self.theirs.now() + self.shift


@dataclass
class Working:
    """One CRM's rounds."""

    stage: Stage
    runtime: Runtime
    config: Path
    ours: OurClock
    poll_every: timedelta = POLL_EVERY
    rounds: int = 0
    _polled_at: datetime | None = field(default=None)
    _polled: bool = False

    def until(self, ends: Callable[[], object], within: timedelta) -> bool:
        """Rounds until that holds; False when it does not in so much of the CRM's time."""
        clock = self.stage.sandbox.world.clock
        end = clock.now() + within
        while clock.now() < end:
            again_at = self._round()
            if ends():
                return True
            seconds = (min(again_at, end + self.ours.shift) - self.ours.now()).total_seconds()
            clock.advance(max(seconds, SHORTEST))
        return False

    def for_(self, span: timedelta) -> None:
        self.until(lambda: False, span)

    def poll_next(self) -> None:
        """With the next round, as a wake-up would."""
        self._polled_at = None

    def all_done(self) -> bool:
        """Every task is made, and nothing waits but what a person has to look at."""
        waits = {state for _, state in self.stage.states()} - {"delivered", "withdrawn", "parked"}
        return not (waits or self.stage.to_decide() or self.stage.wanted() - self.stage.made())

    def _round(self) -> datetime:
        """When the next one is due, by our clock."""
        if self._polled_at is None or abs(self.ours.now() - self._polled_at) >= self.poll_every:
            self._polled, self._polled_at = False, self.ours.now()
        done = run_round(self.runtime, self.stage.crm, polled=self._polled)
        self.rounds += 1
        self._polled = done.polled
        next_poll = self._polled_at + self.poll_every
        moves = done.again_at is not None and (done.again_at > self.ours.now() or done.settled)
        return min(done.again_at, next_poll) if done.again_at and moves else next_poll


@contextmanager
def working(
    stage: Stage, *, poll_every: timedelta = POLL_EVERY, grace: str = GRACE, **choices: Any
) -> Iterator[Working]:
    ours = OurClock(stage.sandbox.world.clock)
    config = stage.config(grace=grace, **choices)
    with worlds.runtime(stage.url, config, now=ours.now, wall=ours.now) as parts:
        parts.sleep = ours.theirs.advance
        yield Working(stage, parts, config, ours, poll_every)
