"""What is wrong with a rule file: where, what, and what would be right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Path = tuple[str | int, ...]
"""Keys and list indexes (from 0) from the top of the file: `("watch", 0, "lost_when")`."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`column` counts from 0 inside the value's own text, where the place is known. `of_key`: the
    key itself is wrong (nobody knows it), not what it says."""

    path: Path
    message: str
    suggestion: str = ""
    column: int | None = None
    of_key: bool = False

    @property
    def key(self) -> str:
        """`playbook.task.due`: the path without its indexes."""
        return ".".join(part for part in self.path if isinstance(part, str))

    def __str__(self) -> str:
        sentence = f"{self.key}: {self.message}" if self.path else self.message
        return f"{sentence}; {self.suggestion}" if self.suggestion else sentence


class RuleFaults(ValueError):
    """All that is wrong with a rule file, at once."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = tuple(faults)


class Problem(str):
    """A sentence for marshmallow to carry, with what would be right beside it."""

    __slots__ = ("suggestion",)
    suggestion: str

    def __new__(cls, message: str, suggestion: str = "") -> Problem:
        problem = super().__new__(cls, message)
        problem.suggestion = suggestion
        return problem
