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
    """A command that said it was ready, and what it said; it ends with the block. Its log lies in
    the folder. Raises RuntimeError with the log where it did not come up."""
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
            yield json.loads(line)
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
