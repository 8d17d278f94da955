"""What a store of many losses costs: a round, a sweep over touchpoints, a look at health, the disk.

Each size is filled by `cloning.py`, on both databases. The rounds ask a sandbox CRM that knows
nothing of the clones, so that they show what the store alone adds. A touchpoint is the day on
which a customer is looked at again; the sweep marks those whose day has come, and is rolled back.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Engine, event

from connectors.sandbox.server import Sandbox, start
from integration.assembly import assemble
from integration.config import read_config
from integration.jobs.cycle import run_round
from integration.runtime import Runtime
from integration.store import cases, vitals
from integration.store.engine import begin, connect, reading, upgrade
from integration.store.tables import customers
from tests import worlds
from tests.bench.cloning import clone, pattern
from tests.bench.figures import Figure, Figures
from tests.bench.plans import plan, watched
from tests.bench.rule_file import ENVIRON, NAMES, rule_text
from tests.postgres import running_postgres

SIZES = (10_000, 100_000, 1_000_000)
DATABASES = ("sqlite", "postgresql")
TOUCHPOINTS, DUE = 1_000_000, 2_000
SWEEP_WITHIN = 2.0  # seconds
LOST = 10
TIMES = 5
SLOWEST = 3
CRM = NAMES["salesforce"]

Say = Callable[[str], None]


def measure(say: Say) -> Figures:
    figures: Figures = {}
    with running_postgres() as postgres:
        for database in DATABASES:
            for size in SIZES:
                name = f"{database}.{size:,}_losses"
                with tempfile.TemporaryDirectory() as made, start() as crm:
                    folder = Path(made)
                    url = f"sqlite:///{folder / 'winback.db'}"
                    if database == "postgresql":
                        url = postgres.create(f"of_{size}")
                    say(f"{name}: filling")
                    store = Grown(folder, url, crm, size)
                    say(f"{name}: measuring")
                    figures |= {f"{name}.{key}": found for key, found in store.figures().items()}
                    store.close()
                    if database == "postgresql":
                        postgres.drop(f"of_{size}")
    return figures


class Grown:
    """A store of one size with a CRM in which a few customers were lost."""

    def __init__(self, folder: Path, url: str, sandbox: Sandbox, size: int) -> None:
        upgrade(url)
        self._org = sandbox.salesforce
        self._engine = connect(url)
        self._runtime = _runtime(folder, sandbox, self._engine)
        self._provision()
        worlds.salesforce_losses(self._org, LOST)
        self._round()
        began = time.perf_counter()
        with _in_a_hurry(self._engine):
            clone(self._engine, pattern(self._engine), size, lambda _done: None)
        self._filled_in = time.perf_counter() - began
        self._size = size

    def figures(self) -> Figures:
        """What is measured, in an order in which nothing spoils what follows."""
        with watched(self._engine) as statements:
            idle = [self._timed(self._round) for _ in range(TIMES)]
        beside: dict[str, Any] = {"slowest": statements.slowest(self._engine, SLOWEST)}
        found = {"idle_round_seconds": Figure(_median(idle), None, beside)}
        worlds.salesforce_losses(self._org, LOST)
        with watched(self._engine) as statements:
            seconds = self._timed(self._round)
        beside = {"losses": LOST, "slowest": statements.slowest(self._engine, SLOWEST)}
        found["round_with_losses_seconds"] = Figure(round(seconds, 3), None, beside)
        looks = [self._timed(self._look) for _ in range(TIMES)]
        found["health_seconds"] = Figure(_median(looks))
        found["bytes_a_loss"] = Figure(
            round(self._bytes() / self._size), None, {"filled_in_seconds": round(self._filled_in)}
        )
        return found | self._sweep()

    def close(self) -> None:
        self._engine.dispose()

    def _sweep(self) -> Figures:
        """With customers without a loss added until there are enough touchpoints."""
        today = self._runtime.today(CRM)
        with _in_a_hurry(self._engine), begin(self._engine) as connection:
            missing = TOUCHPOINTS - self._size
            if missing > 0:
                connection.execute(sa.text(_BARE.format(count=missing)), {"crm": CRM})
            every = max(self._size, TOUCHPOINTS) // DUE
            due = sa.update(customers).where(customers.c.id % every == 0)
            connection.execute(due.values(look_again_on=today))
        if self._engine.dialect.name == "postgresql":
            with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as one:
                one.exec_driver_sql("VACUUM ANALYZE customers")
        took, marked, how = [], 0, [""]
        for _ in range(TIMES):
            with self._engine.connect() as connection, watched(self._engine) as statements:
                transaction = connection.begin()
                began = time.perf_counter()
                marked = cases.mark_due(connection, CRM, today, datetime.now(UTC))
                took.append(time.perf_counter() - began)
                transaction.rollback()
                how = plan(connection, *statements.seen[0][1:])
        beside = {"touchpoints": max(self._size, TOUCHPOINTS), "due": marked, "plan": how}
        return {"sweep_seconds": Figure(_median(took), SWEEP_WITHIN, beside)}

    def _provision(self) -> None:
        part = self._runtime.crms[CRM]
        reasons = [(reason.id, reason.label) for reason in part.rules.reasons]
        part.connector.provision(reasons, plan_only=False)

    def _round(self) -> None:
        done = run_round(self._runtime, CRM)
        if done.trouble:
            raise RuntimeError(f"not the round that was to be measured: {done}")

    def _look(self) -> None:
        with reading(self._engine) as connection:
            vitals.vitals(connection, CRM, datetime.now(UTC))

    def _bytes(self) -> int:
        size = {
            "sqlite": "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
            "postgresql": "SELECT pg_database_size(current_database())",
        }
        with reading(self._engine) as connection:
            found: int = connection.exec_driver_sql(size[self._engine.dialect.name]).scalar_one()
            return found

    def _timed(self, work: Callable[[], None]) -> float:
        began = time.perf_counter()
        work()
        return time.perf_counter() - began


_BARE = """WITH RECURSIVE numbers(n) AS
 (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count})
 INSERT INTO customers (id, crm, look_again_on)
 SELECT 100000000 + n, :crm, '2030-01-01' FROM numbers"""


def _runtime(folder: Path, sandbox: Sandbox, engine: Engine) -> Runtime:
    text = rule_text("salesforce", sandbox.salesforce_url)
    one_task = text[: text.index('[[playbook.task]]\nkey = "apologise"')]
    (config := folder / "config.toml").write_text(one_task, encoding="utf-8")
    return assemble(read_config(config, ENVIRON), ENVIRON, engine)


@contextmanager
def _in_a_hurry(engine: Engine) -> Iterator[None]:
    """SQLite without waiting for the disk while it is filled."""
    engine.dispose()
    if engine.dialect.name != "sqlite":
        yield
        return

    def hurry(connection: Any, _record: Any) -> None:
        for pragma in ("synchronous=OFF", "cache_size=-400000"):
            connection.execute(f"PRAGMA {pragma}")

    event.listen(engine, "connect", hurry)
    yield
    event.remove(engine, "connect", hurry)
    engine.dispose()


def _median(seconds: list[float]) -> float:
    return round(statistics.median(seconds), 3)
