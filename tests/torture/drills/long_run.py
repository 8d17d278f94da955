"""An hour of deliveries at 50 events a second, and a new release under that load (fault 15). What
follows on yesterday's backup is in tests/integration/cli/test_backup.py."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.torture.doors import ROOT, Doors
from tests.torture.driver import EVENTS, not_stored
from tests.torture.place import Place
from tests.torture.toll import Toll

EVENTS_A_SECOND = 50
CONNECTIONS = 4
MOST_GROWTH = 0.05
P99_IN_MS = 100.0
EXIT_WITHIN = 25.0
WARM = 0.25  # of the time, before memory is looked at


def long_run(place: Place) -> Toll:
    seconds = place.size.of(2.0, 3_600.0)
    toll = Toll(f"{seconds:.0f} s at {EVENTS_A_SECOND} events a second, then a new release")
    with place.fresh() as (url, folder):
        doors = Doors(url, folder)
        with doors.open() as (old, where):
            rate = EVENTS_A_SECOND / EVENTS
            with doors.driver(where, CONNECTIONS, rate) as driver:
                _go_on(place, seconds * WARM)
                before = memory_in_mb(old.pid)
                _go_on(place, seconds * (1 - WARM))
                growth = memory_in_mb(old.pid) / before - 1
                toll.hold("memory growth", growth, MOST_GROWTH * place.size.patience)
                toll.hold("p99 in ms", driver.p99_in_ms, P99_IN_MS * place.size.patience)
                _upgrade(url)
                with doors.open() as (_, driver.url):
                    old.send_signal(signal.SIGTERM)
                    code = old.wait(EXIT_WITHIN * place.size.patience)
                    # the bare server that stands for `winback run` here has no end of its own
                    toll.expect(code in (0, -signal.SIGTERM), f"the old one ended with {code}")
                    told = driver.acknowledged_at
                    while driver.acknowledged_at == told:
                        time.sleep(0.01)
                toll.times += 1
        toll.lost = not_stored(driver, url)
        toll.figures["events acknowledged"] = len(driver.acknowledged)
    return toll


def _go_on(place: Place, seconds: float) -> None:
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        place.say(seconds - left, seconds)
        time.sleep(min(left, 1.0))


def _upgrade(url: str) -> None:
    """The release phase."""
    subprocess.run(
        [sys.executable, "-m", "integration", "db", "upgrade"],
        env={**os.environ, "DATABASE_URL": url}, cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip


def memory_in_mb(group: int) -> float:
    """What all processes of a group hold in memory."""
    found = 0
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            if os.getpgid(int(status.parent.name)) != group:
                continue
            lines = status.read_text("ascii").splitlines()
        except OSError:
            continue  # it has just ended
        found += sum(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))
    return found / 1024
