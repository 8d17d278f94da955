"""A measured figure beside its limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Number = int | float


@dataclass(frozen=True, slots=True)
class Figure:
    """`limit` is the most that is allowed; None for figures that are only reported. `beside`
    holds what the figure was made of."""

    value: Number
    limit: Number | None = None
    beside: dict[str, Any] | None = None

    @property
    def held(self) -> bool:
        return self.limit is None or self.value <= self.limit

    def as_json(self) -> dict[str, Any]:
        out: dict[str, Any] = {"value": self.value}
        if self.limit is not None:
            out |= {"limit": self.limit, "held": self.held}
        return out | (self.beside or {})


Figures = dict[str, Figure]
