"""How soon the commands are up, and how much memory each process keeps.

The processes are started as a host starts them. Memory is what stays resident (`VmRSS`) when the
company of `company.py` was read and some of its customers were lost and worked.
"""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from connectors.base import PushKind
from integration.store.engine import connect, upgrade
from integration.store.tables import pushes
from tests.bench.company import company, lost_deals
from tests.bench.crm_process import CrmProcess, running_crm
from tests.bench.figures import Figure, Figures
from tests.bench.processes import children, processor_seconds, said_of
from tests.bench.product import CRMS
from tests.bench.rule_file import ENVIRON, TASKS_A_LOSS, rules_of_both
from tests.postgres import running_postgres

TIMES = 5
HELP_WITHIN, READY_WITHIN = 0.4, 2.0  # seconds
MOST_MEMORY = 120.0  # megabytes a process
ACCOUNTS, WINS = 50, 5
WORKED_WITHIN = 120.0  # seconds

SCORING = "integration.scoring_process"

Say = Callable[[str], None]


def measure(say: Say) -> Figures:
    say("starting the command a few times")
    figures = {
        "bare_python_in_seconds": Figure(_seconds(["-c", "pass"])),
        "help_in_seconds": Figure(_seconds(["-m", "integration", "--help"]), HELP_WITHIN),
    }
    with tempfile.TemporaryDirectory() as name, running_postgres() as postgres:
        folder = Path(name)
        start = company(folder / "start", accounts=ACCOUNTS, wins=WINS)
        later = lost_deals(folder / "later", accounts=ACCOUNTS, wins=WINS)
        for what, url, commands in (
            ("embedded", f"sqlite:///{folder / 'winback.db'}", ["run"]),
            ("grown_up", postgres.create("winback"), ["web", "worker", "clock"]),
        ):
            say(f"{what}: {', '.join(commands)}")
            upgrade(url)
            with running_crm(start) as crms:
                found = _processes(folder, url, commands, crms, later)
                figures |= {f"{what}.{name}": figure for name, figure in found.items()}
    return figures


def _seconds(arguments: list[str]) -> float:
    """The median of some starts, of which the first warms the disk up and does not count."""
    took = []
    for _ in range(TIMES + 1):
        began = time.perf_counter()
        command = [sys.executable, *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        took.append(time.perf_counter() - began)
    return round(statistics.median(took[1:]), 3)


@dataclass(frozen=True, slots=True)
class Up:
    """A command that said it was ready."""

    process: subprocess.Popen[str]
    seconds: float
    own_seconds: float  # of a processor: a busy machine can be told from a slow start


def _processes(
    folder: Path, url: str, commands: list[str], crms: CrmProcess, later: Path
) -> Figures:
    """All commands of one installation up at once, and some work done."""
    rules = folder / "rules.toml"
    rules.write_text(rules_of_both(crms.urls), encoding="utf-8")
    with ExitStack() as running:
        up = {name: running.enter_context(_started(name, rules, url)) for name in commands}
        _until(lambda: _all_was_read(url))
        crms.load(later)
        _until(lambda: _all_is_written(url))
        figures = {
            f"{name}.ready_in_seconds": Figure(
                round(one.seconds, 2), READY_WITHIN, {"own_seconds": round(one.own_seconds, 2)}
            )
            for name, one in up.items()
        }
        return figures | {k: v for name, one in up.items() for k, v in _memory(name, one).items()}


@contextmanager
def _started(command: str, rules: Path, url: str) -> Iterator[Up]:
    port = ["--port", "0"] if command in ("run", "web") else []
    environ = {**os.environ, **ENVIRON, "DATABASE_URL": url, "WINBACK_CONFIG": str(rules)}
    log = rules.parent / f"{command}.log"
    began = time.perf_counter()
    with log.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "integration", command, *port],
            env=environ,
            stdout=subprocess.PIPE,
            stderr=file,
            text=True,
        )
    try:
        if process.stdout is None or not process.stdout.readline():
            raise RuntimeError(f"`winback {command}` did not come up: {log.read_text()}")
        seconds, spent = time.perf_counter() - began, processor_seconds(process.pid)
        yield Up(process, seconds, spent)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _memory(command: str, up: Up) -> Figures:
    """Of the process and those it started; a web's own children count as the web."""
    members = [up.process.pid, *children(up.process.pid)]
    scoring = [pid for pid in members if SCORING in said_of(pid, "cmdline")]
    sizes = {pid: _resident_in_mb(pid) for pid in members}
    own = [size for pid, size in sizes.items() if pid not in scoring]
    found = {f"{command}.resident_in_mb": Figure(max(own), MOST_MEMORY, {"each": own})}
    if scoring:
        largest = max(sizes[pid] for pid in scoring)
        found[f"{command}.scoring_resident_in_mb"] = Figure(largest, MOST_MEMORY)
    return found


def _resident_in_mb(pid: int) -> float:
    lines = said_of(pid, "status").splitlines()
    line = next(line for line in lines if line.startswith("VmRSS:"))
    return round(int(line.split()[1]) / 1024, 1)


def _until(holds: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + WORKED_WITHIN
    while not holds():
        if time.monotonic() > give_up_at:
            raise TimeoutError("the work was not done")
        time.sleep(0.2)


def _all_was_read(url: str) -> bool:
    return _count(url, "SELECT count(*) FROM crms WHERE history_read_at IS NOT NULL") == len(CRMS)


def _all_is_written(url: str) -> bool:
    """Nobody made our fields in these CRMs, so rows for them are parked."""
    tasks = sa.select(sa.func.count()).where(
        pushes.c.kind == PushKind.TASK_CREATE.value, pushes.c.state == "delivered"
    )
    return _count(url, tasks) == len(CRMS) * TASKS_A_LOSS * ACCOUNTS


def _count(url: str, query: str | sa.Select[Any]) -> int:
    engine = connect(url, connections=1)
    with engine.connect() as connection:
        statement = sa.text(query) if isinstance(query, str) else query
        found: int = connection.execute(statement).scalar_one()
    engine.dispose()
    return found
