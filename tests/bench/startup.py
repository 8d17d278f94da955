"""How long `winback --help` takes, and importing what `winback once` needs. Reported only."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from tests.bench.figures import Figure, Figures

TIMES = 5

Say = Callable[[str], None]


def measure(say: Say) -> Figures:
    say("starting the command a few times")
    runs = {
        "bare_python_in_seconds": ["-c", "pass"],
        "help_in_seconds": ["-m", "integration", "--help"],
        "import_of_once_in_seconds": ["-c", "import integration.cli.once"],
    }
    return {name: Figure(_seconds(arguments)) for name, arguments in runs.items()}


def _seconds(arguments: list[str]) -> float:
    """The median of some starts, of which the first warms the disk up and does not count."""
    took = []
    for _ in range(TIMES + 1):
        began = time.perf_counter()
        command = [sys.executable, *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        took.append(time.perf_counter() - began)
    return round(statistics.median(took[1:]), 3)
