"""Progress bars on standard error, where somebody watches; otherwise a line now and then."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.progress import Progress as Bars

from integration.runtime import Progress, Silent


class Bar:
    """A `runtime.Progress` that draws one bar per CRM and kind of work."""

    def __init__(self, console: Console | None = None, *, transient: bool = False) -> None:
        self._bars = Bars(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console or Console(file=sys.stderr),
            transient=transient,  # gone once they are full
        )
        self._tasks: dict[tuple[str, str], TaskID] = {}

    def step(self, crm: str, what: str, done: int, total: int | None) -> None:
        if (crm, what) not in self._tasks:
            self._tasks[crm, what] = self._bars.add_task(f"{crm}: {what}", total=total)
        self._bars.update(self._tasks[crm, what], completed=done, total=total or done)

    def __enter__(self) -> Bar:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bars.stop()


@contextmanager
def shown_progress() -> Iterator[Progress]:
    """Bars where standard error is a terminal, nothing otherwise."""
    if not sys.stderr.isatty():
        yield Silent()
        return
    with Bar() as bar:
        yield bar
