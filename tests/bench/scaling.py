"""One, two and four workers on one PostgreSQL with eight CRMs of 100 ms a call: losses settled a
second, and what the workers, the database and the CRMs spent meanwhile.

The processes are `winback worker` and `winback clock`, and four sandboxes with both CRMs each.
History is read and a few losses are worked first, so that every worker is warm; then all eight
CRMs are woken at once, as the clock does. There is no limit: the curve says where more workers
help no longer, and what is beside it why.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import Engine

from integration.cli import clock, web, worker
from integration.engine.door import Wake
from integration.engine.queued import Queued
from integration.runtime import wall_clock
from integration.store.engine import connect, reading, upgrade
from integration.store.tables import crms as crms_table
from integration.store.tables import pushes
from tests.bench.company import company, lost_deals
from tests.bench.crm_process import CrmProcess, running_crm
from tests.bench.figures import Figure, Figures
from tests.bench.processes import PATIENCE, processor_seconds, started, until
from tests.bench.rule_file import ENVIRON, TASKS_A_LOSS, Crm, rules_of
from tests.postgres import Postgres, running_postgres

WORKERS = (1, 2, 4)
SANDBOXES = 4  # with two CRMs each
LOSSES, WARMING, WINS = 150, 8, 1  # in each CRM
LATENCY_IN_SECONDS = 0.1
AT_ONCE = 2  # CRMs of a worker: what it ships with
LOOK_EVERY = 0.1  # seconds

_ACTIVITY = sa.text(
    "SELECT count(*), count(*) FILTER (WHERE wait_event_type = 'Lock') FROM pg_stat_activity"
    " WHERE datname = current_database() AND backend_type = 'client backend'"
    " AND pid <> pg_backend_pid()"
)

Say = Callable[[str], None]


def measure(say: Say) -> Figures:
    figures: Figures = {}
    alone = 0.0
    with tempfile.TemporaryDirectory() as name, running_postgres() as postgres:
        for workers in WORKERS:
            folder = Path(name) / str(workers)
            folder.mkdir()
            say(f"{workers} workers, {2 * SANDBOXES} CRMs")
            with _installed(folder, postgres, workers) as installation:
                point = _point(installation)
            a_second = 2 * SANDBOXES * LOSSES / point.seconds
            alone = alone or a_second
            beside = {"times_one_worker": round(a_second / alone, 2), **point.beside(workers)}
            figures[f"{workers}_workers.losses_a_second"] = Figure(round(a_second, 1), None, beside)
    return figures


@dataclass(frozen=True, slots=True)
class Installation:
    """`folder` holds what is lost first, and later; `spenders` are process ids by who they are."""

    engine: Engine
    folder: Path
    sandboxes: Sequence[CrmProcess]
    crms: Sequence[Crm]
    spenders: dict[str, list[int]]

    def wake_all(self) -> None:
        door = Queued(self.engine, wall_clock)
        for crm in self.crms:
            door.wake(crm.name, Wake.POLL)

    def calls(self) -> int:
        return sum(
            sum(sandbox.calls(kind).values())
            for sandbox in self.sandboxes
            for kind in ("salesforce", "hubspot")
        )

    def spent(self) -> dict[str, float]:
        return {who: sum(map(processor_seconds, pids)) for who, pids in self.spenders.items()}

    def has_read_history(self) -> bool:
        read = sa.select(sa.func.count()).where(crms_table.c.history_read_at.is_not(None))
        with reading(self.engine) as connection:
            return connection.execute(read).scalar_one() == len(self.crms)

    def settled(self, losses: int) -> bool:
        """The tasks of so many losses in each CRM stand there, and nothing waits."""
        delivered = pushes.c.state == "delivered"
        made = sa.func.count().filter(delivered, pushes.c.kind == "task_create")
        with reading(self.engine) as connection:
            tasks, waiting = connection.execute(
                sa.select(made, sa.func.count().filter(~delivered)).select_from(pushes)
            ).one()
        return not waiting and tasks == len(self.crms) * TASKS_A_LOSS * losses

    def look(self, point: Point) -> None:
        with reading(self.engine) as connection:
            connections, waits = connection.execute(_ACTIVITY).one()
        point.looks += 1
        point.waits += waits > 0
        point.connections = max(point.connections, connections)


@dataclass(slots=True)
class Point:
    """One point of the curve. `waits` is how often somebody was seen to wait for a lock."""

    seconds: float
    calls: int
    spent: dict[str, float]
    connections: int = 0
    looks: int = 0
    waits: int = 0

    def beside(self, workers: int) -> dict[str, object]:
        at_once = min(AT_ONCE * workers, 2 * SANDBOXES)
        # each CRM's calls one after the other, as many CRMs at once as there are places for
        allowed = 2 * SANDBOXES * LOSSES * at_once / (self.calls * LATENCY_IN_SECONDS)
        small_plan = workers * worker.connections(AT_ONCE) + web.CONNECTIONS + clock.CONNECTIONS
        return {
            "calls_allow": round(allowed, 1),
            "seconds": round(self.seconds, 2),
            "processors_used": round(sum(self.spent.values()) / self.seconds, 2),
            "processors": os.cpu_count(),
            "load": round(os.getloadavg()[0], 1),
            "own_seconds": {who: round(spent, 2) for who, spent in self.spent.items()},
            "connections": self.connections,
            "connections_at_most_with_a_web": small_plan,
            "looks_with_a_lock_waited_for": f"{self.waits} of {self.looks}",
        }


def _point(at: Installation) -> Point:
    """All CRMs lose customers at once."""
    for sandbox in at.sandboxes:
        sandbox.load(at.folder / "later")
        sandbox.latency(LATENCY_IN_SECONDS)
    calls, spent = at.calls(), at.spent()
    point = Point(0.0, 0, {})
    began = time.perf_counter()
    at.wake_all()
    while not at.settled(WARMING + LOSSES):
        point.seconds = time.perf_counter() - began
        if point.seconds > PATIENCE:
            raise TimeoutError("the losses were not settled")
        time.sleep(LOOK_EVERY)
        at.look(point)
    point.seconds = time.perf_counter() - began
    point.calls = at.calls() - calls
    point.spent = {who: now - spent[who] for who, now in at.spent().items()}
    return point


@contextmanager
def _installed(folder: Path, postgres: Postgres, workers: int) -> Iterator[Installation]:
    """Processes that have read the history of their CRMs and worked a few losses."""
    accounts = WARMING + LOSSES
    start = company(folder / "start", accounts=accounts, wins=WINS)
    for name, lost in (
        ("first", range(1, WARMING + 1)),
        ("later", range(WARMING + 1, accounts + 1)),
    ):
        lost_deals(folder / name, accounts=accounts, wins=WINS, of=lost)
    url = postgres.create(f"workers_{workers}")
    upgrade(url)
    engine = connect(url, connections=1)
    with ExitStack() as running:
        running.callback(engine.dispose)
        sandboxes = [running.enter_context(running_crm(start)) for _ in range(SANDBOXES)]
        crms = [
            Crm(f"{kind}_{number}", kind, url)
            for number, sandbox in enumerate(sandboxes)
            for kind, url in sandbox.urls.items()
        ]
        environ = _environ(folder, url, crms)
        provision = [sys.executable, "-m", "integration", "provision"]
        subprocess.run(provision, env=environ, check=True, capture_output=True)
        commands = ["clock", *["worker"] * workers]
        said = [running.enter_context(started(one, folder, environ)) for one in commands]
        spenders = {
            "workers_and_clock": [int(one["pid"]) for one in said],
            "postgres": [postgres.pid],
            "crms": [sandbox.pid for sandbox in sandboxes],
        }
        installation = Installation(engine, folder, sandboxes, crms, spenders)
        _warm(installation)
        yield installation


def _environ(folder: Path, url: str, crms: Sequence[Crm]) -> dict[str, str]:
    """With a rule file that polls too seldom to disturb."""
    rules = folder / "rules.toml"
    text = rules_of(crms).replace("kind = ", "poll_every = 3600\nkind = ")
    rules.write_text(text, encoding="utf-8")
    return {**os.environ, **ENVIRON, "DATABASE_URL": url, "WINBACK_CONFIG": str(rules)}


def _warm(installation: Installation) -> None:
    installation.wake_all()
    until(installation.has_read_history)
    for sandbox in installation.sandboxes:
        sandbox.load(installation.folder / "first")
    installation.wake_all()
    until(lambda: installation.settled(WARMING))
