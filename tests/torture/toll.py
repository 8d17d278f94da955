"""What a fault cost: how often it was done, what was lost or doubled, and which numbers held."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Toll:
    """Of one fault in one place. `did` says in words what was done `times` times. `figures` are
    what was measured, `broken` the sentences about what should have held and did not."""

    did: str
    times: int = 0
    lost: int = 0
    doubled: int = 0
    figures: dict[str, float] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    def hold(self, name: str, value: float, most: float) -> None:
        """Note a figure, and whether it stays within its limit."""
        self.figures[name] = round(value, 3)
        if value > most:
            self.broken.append(f"{name}: {value:.3g}, to be at most {most:.3g}")

    def expect(self, holds: object, sentence: str) -> None:
        if not holds:
            self.broken.append(sentence)

    @property
    def faults(self) -> list[str]:
        """Everything that is wrong, in sentences; empty when all held."""
        counts = [
            f"{n} {what}" for n, what in ((self.lost, "lost"), (self.doubled, "doubled")) if n
        ]
        idle = [] if self.times else ["it was never done"]
        return [*counts, *idle, *self.broken]

    def as_json(self) -> dict[str, Any]:
        told = {"did": self.did, "times": self.times, "lost": self.lost, "doubled": self.doubled}
        return {**told, "figures": self.figures, "faults": self.faults}
