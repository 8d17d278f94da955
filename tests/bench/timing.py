"""From poll to settled: how long a run takes beyond what the CRM's answers take.

With 100 ms a call the limit is 1.3 times the calls' own time. Without delay the figure is losses
per second; it is reported and has no limit, since it says as much about the machine.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.calls import WINS, counted
from tests.bench.company import company, lost_deals
from tests.bench.crm_process import running_crm
from tests.bench.figures import Figure, Figures
from tests.bench.product import CRMS, product

LATENCY_IN_SECONDS = 0.1
SLACK = 1.3
SIZES = (10, 100, 1_000)

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Took:
    """One run. `own_seconds` is the product's own work, whatever else the machine did."""

    seconds: float
    own_seconds: float
    calls: int

    def beside(self) -> dict[str, Any]:
        return {
            "seconds": round(self.seconds, 2),
            "own_seconds": round(self.own_seconds, 2),
            "calls": self.calls,
        }


def measure(say: Say) -> Figures:
    figures: Figures = {}
    for crm in CRMS:
        for losses in SIZES:
            say(f"{crm}: {losses} losses with {LATENCY_IN_SECONDS} s a call")
            took = _run(crm, losses, LATENCY_IN_SECONDS)
            least = took.calls * LATENCY_IN_SECONDS
            figures[f"{crm}.{losses}_losses.seconds_by_calls"] = Figure(
                round(took.seconds / least, 2), SLACK, took.beside()
            )
        say(f"{crm}: {SIZES[-1]} losses without delay")
        took = _run(crm, SIZES[-1], 0)
        figures[f"{crm}.losses_a_second"] = Figure(
            round(SIZES[-1] / took.seconds, 1), None, took.beside()
        )
    return figures


def _run(crm: str, losses: int, latency: float) -> Took:
    """The run that finds the losses."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        start = company(folder / "start", accounts=losses, wins=WINS)
        later = lost_deals(folder / "later", accounts=losses, wins=WINS)
        with running_crm(start) as process:
            one = product(folder / crm, crm, process.urls[crm])
            one.provision()
            one.once()
            process.load(later)
            process.latency(latency)
            began, worked = time.perf_counter(), time.process_time()
            spent = counted(process, one, losses)
            seconds = time.perf_counter() - began
            return Took(seconds, time.process_time() - worked, sum(spent.values()))
