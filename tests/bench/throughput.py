"""Losses a second with CRM calls of 100 ms, against what batches allow, and beside plain scripts.

What they allow is one call after the other, each full: the least numbers of `calls.py`, for tasks
and for the fields on the lost record and on the account, and what does not grow (log-in,
descriptions, owners). A plain script works a few losses, as its rate does not depend on how many
there are.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.bench import plain_scripts
from tests.bench.calls import LOSSES, WINS, counted, least_read_calls, least_write_calls
from tests.bench.company import company, lost_deals
from tests.bench.crm_process import running_crm
from tests.bench.figures import Figure, Figures
from tests.bench.product import CRMS, product

LATENCY_IN_SECONDS = 0.1
MOST_TIMES_SLOWER = round(1 / 0.8, 2)
PLAIN_LOSSES = 15
PLAIN: Mapping[str, Callable[[str], int]] = {
    "salesforce": plain_scripts.salesforce,
    "hubspot": plain_scripts.hubspot,
}

Say = Callable[[str], None]


def measure(say: Say) -> Figures:
    figures: Figures = {}
    for crm in CRMS:
        say(f"{crm}: {LOSSES} losses")
        seconds, own_seconds, least = _ours(crm)
        say(f"{crm}: {PLAIN_LOSSES} losses by a plain script")
        plain = _plain(crm)
        beside = {
            "losses_a_second": round(LOSSES / seconds, 1),
            "batches_allow": round(LOSSES / least, 1),
            "own_seconds": round(own_seconds, 2),
            "plain_script": round(plain, 2),
            "times_faster": round(LOSSES / seconds / plain, 1),
        }
        name = f"{crm}.times_slower_than_full_batches"
        figures[name] = Figure(round(seconds / least, 2), MOST_TIMES_SLOWER, beside)
    return figures


def _ours(crm: str) -> tuple[float, float, float]:
    """Seconds that the losses took, those of a processor, and what the least number of calls
    would take."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        start = company(folder / "start", accounts=LOSSES, wins=WINS)
        later = lost_deals(folder / "later", accounts=LOSSES, wins=WINS)
        with running_crm(start) as process:
            one = product(folder / crm, crm, process.urls[crm])
            one.provision()
            one.once()
            process.load(later)
            process.latency(LATENCY_IN_SECONDS)
            began, worked = time.perf_counter(), time.process_time()
            spent = counted(process, one)
            seconds, own_seconds = time.perf_counter() - began, time.process_time() - worked
    apart = spent.get("auth", 0) + spent.get("other", 0)
    least = least_read_calls(crm) + least_write_calls(crm, records=2) + apart
    return seconds, own_seconds, LATENCY_IN_SECONDS * least


def _plain(crm: str) -> float:
    """Losses a second by the plain script."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        start = company(folder / "start", accounts=PLAIN_LOSSES, wins=WINS)
        later = lost_deals(folder / "later", accounts=PLAIN_LOSSES, wins=WINS)
        with running_crm(start) as process:
            product(folder / crm, crm, process.urls[crm]).provision()
            process.load(later)
            process.latency(LATENCY_IN_SECONDS)
            began = time.perf_counter()
            worked = PLAIN[crm](process.urls[crm])
            seconds = time.perf_counter() - began
    if worked != PLAIN_LOSSES:
        raise RuntimeError(f"the plain script found {worked} losses of {PLAIN_LOSSES}")
    return worked / seconds
