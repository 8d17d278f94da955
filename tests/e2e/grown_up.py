"""Webs, workers and clocks as processes on one PostgreSQL, out of a warm fork server."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from integration.cli.main import main
from integration.cli.worker import work
from integration.engine.pace import Pace
from integration.store.engine import connect
from integration.store.tables import customers, pushes, signals
from tests.e2e.killing import PRELOADED

QUICK = Pace(
    heartbeat=0.3, stalled_after=1.5, sweep_every=0.5, silent_within=1.0, fetch_every=0.1,
    call_within=timedelta(seconds=1),
)  # fmt: skip

OTHERS = (
    "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND backend_type = 'client backend'"
)

_servers = get_context("forkserver")
_servers.set_forkserver_preload(PRELOADED)


@dataclass
class Member:
    """One process, with all it says in a file."""

    process: ForkServerProcess
    output: Path

    def ready(self) -> dict[str, Any]:
        """What it said when it was ready."""
        return dict(eventually(self._ready))

    def _ready(self) -> dict[str, Any] | None:
        assert self.process.is_alive(), self.said()
        lines = self.said().splitlines(keepends=True) if self.output.exists() else []
        whole = (line for line in lines if line.startswith('{"ready"') and line.endswith("\n"))
        return next((json.loads(line) for line in whole), None)

    def end(self, sign: signal.Signals = signal.SIGTERM, within: float = 25.0) -> int:
        """Its exit code."""
        if self.process.is_alive():
            os.kill(self.process.pid or 0, sign)
        self.process.join(within)
        assert self.process.exitcode is not None, self.said()
        return self.process.exitcode

    def said(self) -> str:
        return self.output.read_text(encoding="utf-8")


def eventually(holds: Callable[[], Any], seconds: float = 30.0) -> Any:
    """What `holds` answers, once that is anything."""
    until = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < until, "it never came about"
        time.sleep(0.05)
    return found


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as some:
        return int(some.getsockname()[1])


@dataclass
class Crew:
    """The processes of one installation."""

    url: str
    folder: Path
    config: Path
    environ: Mapping[str, str]
    members: list[Member] = field(default_factory=list)

    def web(self) -> Member:
        return self.web_at(0)

    def web_at(self, port: int) -> Member:
        return self._start("web", "--port", str(port))

    def clock(self) -> Member:
        return self._start("clock")

    def run(self) -> Member:
        """All in one, as on SQLite."""
        return self._start("run", "--port", "0")

    def worker(self, crash: str = "", stop_within: float = 14.0) -> Member:
        """At a quicker pace than is good for people's machines."""
        return self._started(_work, (str(self.config), stop_within), WINBACK_CRASH=crash)

    def _start(self, command: str, *options: str) -> Member:
        return self._started(_command, ([command, "--config", str(self.config), *options],))

    def _started(
        self, target: Callable[..., object], arguments: tuple[Any, ...], **more: str
    ) -> Member:
        output = self.folder / f"output-{len(self.members)}"
        environ = {**self.environ, "DATABASE_URL": self.url, **more}
        process = _servers.Process(target=_run, args=(target, arguments, environ, output))
        process.start()
        self.members.append(Member(process, output))
        return self.members[-1]

    def kill(self) -> None:
        for member in self.members:
            if member.process.is_alive():
                member.end(signal.SIGKILL)


def _run(
    target: Callable[..., object],
    arguments: tuple[Any, ...],
    environ: Mapping[str, str],
    output: Path,
) -> None:
    """The process's own side."""
    os.environ.update(environ)
    with output.open("w", encoding="utf-8") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    target(*arguments)


def _command(arguments: list[str]) -> None:
    main(arguments)


def _work(config: str, stop_within: float) -> None:
    work(config, at_once=2, stop_within=stop_within, log_format="text", pace=QUICK)


@contextmanager
def crew_of(url: str, folder: Path, config: Path, environ: Mapping[str, str]) -> Iterator[Crew]:
    """None of its processes is left at the end."""
    crew = Crew(url, folder, config, environ)
    try:
        yield crew
    finally:
        crew.kill()


def row_states(crew: Crew) -> list[str]:
    return list(_column(crew, sa.select(pushes.c.state).distinct()))


def idle(crew: Crew) -> bool:
    """Something was written in both CRMs, and nothing waits."""
    wrote = set(_column(crew, sa.select(pushes.c.crm).distinct()))
    waiting = sa.select(sa.literal(1)).select_from(signals)
    marked = sa.select(customers.c.id).where(customers.c.changed_at.is_not(None))
    return (
        len(wrote) == 2
        and row_states(crew) == ["delivered"]
        and not (_column(crew, waiting) or _column(crew, marked))
    )


def _column(crew: Crew, query: Any) -> list[Any]:
    engine = connect(crew.url, connections=1)
    with engine.connect() as connection:
        found = list(connection.execute(query).scalars())
    engine.dispose()
    return found


def jobs_under_way(crew: Crew) -> int:
    """Jobs that a worker has, alive or not."""
    return len(_column(crew, sa.text("SELECT id FROM procrastinate_jobs WHERE status = 'doing'")))


def connections(crew: Crew) -> int:
    """How many the processes have open; the one that asks is not counted."""
    return len(_column(crew, sa.text(f"SELECT pid {OTHERS}")))


def cut_connections(crew: Crew) -> int:
    """End all that the processes have open, as a database does that is restarted."""
    return len(_column(crew, sa.text(f"SELECT pg_terminate_backend(pid) {OTHERS}")))
