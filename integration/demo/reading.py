"""Counts what is read at first contact, and lets bars show it where somebody watches."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

from integration.cli.progress import Bar
from integration.runtime import Progress, Silent


class Counted:
    """A `runtime.Progress` that remembers how far each kind of work got, and passes it on."""

    def __init__(self, shown: Progress) -> None:
        self._shown = shown
        self.done: dict[tuple[str, str], int] = {}

    def step(self, crm: str, what: str, done: int, total: int | None) -> None:
        self.done[crm, what] = done
        self._shown.step(crm, what, done, total)


@contextmanager
def counted(console: Console) -> Iterator[Counted]:
    """With bars on a terminal, without when piped."""
    if not console.is_terminal:
        yield Counted(Silent())
        return
    with Bar(console, transient=True) as bar:
        yield Counted(bar)
