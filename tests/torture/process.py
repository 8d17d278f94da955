"""Our process on a bad day: `winback once` by the sandbox's clock, to its end or to its death.

Nobody really waits: waiting moves the one clock that everybody goes by. To die is to be killed
in a process of its own, out of the warm fork server, at a named point or while it waits.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

from integration.once import Run, once
from integration.runtime import Runtime, wall_clock
from tests import worlds
from tests.torture.desks import Desk
from tests.torture.nemesis import late_writes_land

LONGEST_LIFE_IN_SECONDS = 60.0

_servers = get_context("forkserver")
_servers.set_forkserver_preload(["tests.torture.process", "tests.e2e.warm"])


@dataclass(frozen=True)
class Process:
    desk: Desk
    config: Path

    def now(self) -> datetime:
        return self.desk.sandbox.world.clock.now()

    def wait(self, seconds: float) -> None:
        late_writes_land()
        self.desk.sandbox.world.clock.advance(seconds)

    def once(self) -> Run:
        with _runtime(self.desk.url, self.config, self.now) as parts:
            parts.sleep = self.wait
            return once(parts, as_of=self.now().isoformat())

    def killed(self, point: str, count: int) -> None:
        """Start a run and kill it at the `count`-th passage of a crash point, or as soon as it
        has to wait; it may be done before."""
        ahead = (self.now() - wall_clock()).total_seconds()
        arguments = (self.desk.url, self.config, ahead, f"{point}:{count}")
        child = _servers.Process(target=_live, args=arguments)
        child.start()
        child.join(LONGEST_LIFE_IN_SECONDS)
        if child.is_alive():
            child.kill()
            child.join()
            raise AssertionError("the run did not end by itself")
        assert child.exitcode in (0, -signal.SIGKILL)
        late_writes_land()


def _runtime(
    url: str, config: Path, now: Callable[[], datetime]
) -> AbstractContextManager[Runtime]:
    return worlds.runtime(url, config, now=now, wall=now, paced=False)


def _live(url: str, config: Path, ahead: float, crash: str) -> None:
    """The child's own side."""
    os.environ["WINBACK_CRASH"] = crash

    def now() -> datetime:
        return wall_clock() + timedelta(seconds=ahead)

    with _runtime(url, config, now) as parts:
        parts.sleep = _die
        once(parts, as_of=now().isoformat())


def _die(_seconds: float) -> None:
    os.kill(os.getpid(), signal.SIGKILL)
