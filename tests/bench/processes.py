"""The product's commands as a host runs them: `run`, or `web`, `worker` and `clock`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PATIENCE = 180.0  # seconds, on a machine that does other things as well


@contextmanager
def started(
    command: str, folder: Path, environ: Mapping[str, str], *options: str
) -> Iterator[dict[str, Any]]:
    """A command that said it was ready, and what it said, with its `pid`; it ends with the block.
    Its log lies in the folder. Raises RuntimeError with the log where it did not come up."""
    with (folder / f"{command}.log").open("a+", encoding="utf-8") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "integration", command, *options],
            env={**os.environ, **environ},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        try:
            line = process.stdout.readline() if process.stdout else ""
            if not line:
                log.seek(0)
                raise RuntimeError(f"`winback {command}` did not come up: {log.read()[-2000:]}")
            yield {"pid": process.pid, **json.loads(line)}
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdout is not None:
                process.stdout.close()


def until(holds: Callable[[], bool], *, every: float = 0.2) -> None:
    """Wait for something. Raises TimeoutError."""
    give_up_at = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > give_up_at:
            raise TimeoutError("what was waited for did not come about")
        time.sleep(every)


def processor_seconds(pid: int) -> float:
    """What a process and those that it started have used of a processor, ended ones included."""
    spent = 0
    for one in (pid, *children(pid)):
        after_the_name = said_of(one, "stat").rpartition(")")[2].split()
        spent += sum(int(ticks) for ticks in after_the_name[11:15])
    return spent / os.sysconf("SC_CLK_TCK")


def children(pid: int) -> list[int]:
    """And theirs, whichever of its threads started them."""
    threads = [thread.name for thread in (Path("/proc") / str(pid) / "task").iterdir()]
    told = " ".join(said_of(pid, f"task/{thread}/children") for thread in threads)
    found = [int(child) for child in told.split()]
    return found + [one for child in found for one in children(child)]


def said_of(pid: int, what: str) -> str:
    """A file of /proc."""
    return (Path("/proc") / str(pid) / what).read_text("utf-8")
