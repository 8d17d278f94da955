"""What `make torture` says: for each fault what was done, how often, what was lost or doubled, and
what did not hold; on the screen and as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.table import Table

from tests.torture.toll import Toll


@dataclass(frozen=True)
class Held:
    """One fault in one place, or so many working days of one seed. `again` repeats it."""

    name: str
    what: str
    store: str
    seconds: float
    toll: Toll
    again: str

    def as_json(self) -> dict[str, Any]:
        told = {"fault": self.name, "what": self.what, "store": self.store, "again": self.again}
        return {**told, "seconds": round(self.seconds, 1), **self.toll.as_json()}


@dataclass
class Report:
    """`stopped` is how to go on where it was broken off; empty when it came to its end."""

    seed: int
    held: list[Held] = field(default_factory=list)
    stopped: str = ""

    @property
    def failed(self) -> list[Held]:
        return [one for one in self.held if one.toll.faults]

    def write(self, file: Path) -> None:
        told = {
            "seed": self.seed,
            "fine": not self.failed,
            "stopped": self.stopped,
            "faults": [one.as_json() for one in self.held],
        }
        file.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")

    def table(self) -> Table:
        table = Table(title="What was done, and what it cost")
        for name in ("fault", "store", "done", "times", "lost", "doubled", "seconds", ""):
            table.add_column(name, justify="right" if name in _NUMBERS else "left")
        for one in self.held:
            toll = one.toll
            counts = (str(toll.times), str(toll.lost), str(toll.doubled), f"{one.seconds:.0f}")
            told = "; ".join(toll.faults) if toll.faults else "held"
            table.add_row(f"{one.name} {one.what}", one.store, toll.did, *counts, told)
        return table


_NUMBERS = ("times", "lost", "doubled", "seconds")
