"""Peak memory of a first contact with ten times as many opportunities.

The product runs in a process of its own, which tells its own peak: `ru_maxrss` of a child begins
with the peak of the process that started it, so Linux is asked for this address space's alone.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.bench.company import company
from tests.bench.crm_process import running_crm
from tests.bench.figures import Figure, Figures
from tests.bench.product import CRMS, Product, product

DEALS_AN_ACCOUNT = 25
SMALL, LARGE = 10_000, 100_000
MOST_GROWTH = 1.15

Say = Callable[[str], None]


def measure(say: Say) -> Figures:
    peaks = {deals: _peaks(deals, say) for deals in (SMALL, LARGE)}
    return {
        f"{crm}.peak_memory_growth": Figure(
            round(peaks[LARGE][crm] / peaks[SMALL][crm], 3),
            MOST_GROWTH,
            {f"{deals}_opportunities_in_mb": peaks[deals][crm] for deals in peaks},
        )
        for crm in CRMS
    }


def _peaks(deals: int, say: Say) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        say(f"a company with {deals} opportunities")
        accounts = deals // DEALS_AN_ACCOUNT
        start = company(folder / "start", accounts=accounts, wins=DEALS_AN_ACCOUNT)
        with running_crm(start) as process:
            found = {}
            for crm in CRMS:
                say(f"{crm}: first contact with {deals} opportunities")
                found[crm] = _peak(product(folder / crm, crm, process.urls[crm]))
            return found


def _peak(one: Product) -> float:
    """Megabytes, as a first contact in a process of its own needed at most."""
    told = [one.crm, one.address, str(one.config), one.store]
    ran = subprocess.run(
        [sys.executable, "-m", "tests.bench.memory", *told],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    found: float = json.loads(ran.stdout)
    return found


def own_peak_in_mb() -> float:
    status = Path("/proc/self/status")
    if not status.exists():
        return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
    line = next(x for x in status.read_text("ascii").splitlines() if x.startswith("VmHWM:"))
    return round(int(line.split()[1]) / 1024, 1)


def _first_contact(crm: str, address: str, config: str, store: str) -> None:
    Product(crm, address, Path(config), store).once()
    print(json.dumps(own_peak_in_mb()))


if __name__ == "__main__":
    _first_contact(*sys.argv[1:])
