"""The product worked by hand, as an engine would, by a clock that waiting moves on: the CRM's own
clock goes with it, and a day takes seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from integration.jobs.cycle import run_round
from integration.runtime import Runtime
from tests import worlds
from tests.integration.jobs.stage import Stage

POLL_EVERY = timedelta(minutes=1)
GRACE = "1 second"
SHORTEST = 0.01  # seconds


@dataclass
class Working:
    """One CRM's rounds. `shift` is how far our clock is off the CRM's."""

    stage: Stage
    runtime: Runtime
    poll_every: timedelta = POLL_EVERY
    shift: timedelta = timedelta()
    rounds: int = 0
    _polled_at: datetime | None = field(default=None)
    _polled: bool = False

    def now(self) -> datetime:
        return self.stage.sandbox.world.clock.now() + self.shift

    def until(self, ends: Callable[[], object], within: timedelta) -> bool:
        """Rounds until that holds; False when it does not in so much of the CRM's time."""
        clock = self.stage.sandbox.world.clock
        end = clock.now() + within
        while clock.now() < end:
            again_at = self._round()
            if ends():
                return True
            seconds = (min(again_at, end + self.shift) - self.now()).total_seconds()
            clock.advance(max(seconds, SHORTEST))
        return False

    def for_(self, span: timedelta) -> None:
        self.until(lambda: False, span)

    def all_done(self) -> bool:
        """Every task is made, and nothing waits but what a person has to look at."""
        waits = {state for _, state in self.stage.states()} - {"delivered", "withdrawn", "parked"}
        return not (waits or self.stage.to_decide() or self.stage.wanted() - self.stage.made())

    def _round(self) -> datetime:
        """When the next one is due, by our clock."""
        if self._polled_at is None or abs(self.now() - self._polled_at) >= self.poll_every:
            self._polled, self._polled_at = False, self.now()
        done = run_round(self.runtime, self.stage.crm, polled=self._polled)
        self.rounds += 1
        self._polled = done.polled
        next_poll = self._polled_at + self.poll_every
        return min(done.again_at or next_poll, next_poll)


@contextmanager
def working(
    stage: Stage, *, poll_every: timedelta = POLL_EVERY, **choices: Any
) -> Iterator[Working]:
    clock = stage.sandbox.world.clock
    with worlds.runtime(stage.url, stage.config(grace=GRACE, **choices)) as parts:
        made = Working(stage, parts, poll_every)
        parts.now = parts.wall = made.now
        parts.sleep = clock.advance
        yield made
