"""`make torture`: every fault in its full size, and 200 working days under faults, over both CRMs
and both databases. `make torture FLAGS="--fault 4 --days 0"` does one; `FLAGS=--help` says more."""

from __future__ import annotations

import logging
import secrets
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from tests.torture.days import AT_ONCE, STORES, Some, lived_through, planned
from tests.torture.faults import FAULTS, Fault
from tests.torture.place import Place, Size, Store, stores
from tests.torture.report import Held, Report
from tests.torture.scene import DESKS
from tests.torture.toll import Toll

DAYS = 200
NAMES = tuple(fault.name for fault in FAULTS)
SIZES = click.Choice([size.value for size in Size])


@click.command()
@click.option("--days", default=DAYS, show_default=True)
@click.option("--from-day", default=0, metavar="N", help="Go on at this day.")
@click.option("--seed", default=lambda: secrets.randbelow(1_000_000), type=int)
@click.option("--crm", type=click.Choice(tuple(DESKS)), help="Of the days; the faults take both.")
@click.option("--store", type=click.Choice(STORES))
@click.option(
    "--fault", "names", multiple=True, type=click.Choice((*NAMES, "none")), help="All if left out."
)
@click.option("--size", type=SIZES, default=Size.FULL.value, show_default=True, help="Of a fault.")
@click.option(
    "--json", "file", type=click.Path(path_type=Path), metavar="FILE", help="The report as JSON."
)
def main(
    days: int,
    from_day: int,
    seed: int,
    crm: str | None,
    store: Store | None,
    names: tuple[str, ...],
    size: str,
    file: Path | None,
) -> None:
    """Every fault, then working days under faults. What is broken off goes on with the same seed,
    --from-day and --fault, as it says at its end."""
    logging.disable(logging.CRITICAL)  # faults are what it is about
    wanted = [
        (fault, each)
        for fault in FAULTS
        for each in fault.stores
        if (not names or fault.name in names) and store in (None, each)
    ]
    some = planned(seed, days, from_day, crm, store)
    report = Report(seed)
    console = Console()
    with (
        tempfile.TemporaryDirectory(prefix="winback-torture-") as name,
        stores(Path(name)) as place,
    ):
        torture = _Torture(report, place, Size(size), console)
        try:
            torture.faults(wanted)
            torture.days(some)
        except KeyboardInterrupt:
            left = [fault.name for fault, _ in wanted[len(torture.done) :]] or ["none"]
            done = max(len(torture.done) - len(wanted), 0) * AT_ONCE + from_day
            faults = " ".join(f"--fault {one}" for one in dict.fromkeys(left))
            report.stopped = f"--seed {seed} --days {days} --from-day {done} {faults}"
    console.print(report.table())
    if file:
        report.write(file)
    for one in report.failed:
        console.print(f'again: make torture FLAGS="{one.again}"', soft_wrap=True)
    if report.stopped:
        console.print(f'stopped; go on: make torture FLAGS="{report.stopped}"', soft_wrap=True)
        sys.exit(130)
    sys.exit(1 if report.failed else 0)


class _Torture:
    """Does it all, with a bar for what is under way and one for all of it."""

    def __init__(
        self,
        report: Report,
        place: Callable[[Store, Size], Place],
        size: Size,
        console: Console,
    ) -> None:
        self.done: list[Held] = report.held
        self._place = place
        self._size = size
        self._console = console

    def faults(self, wanted: list[tuple[Fault, Store]]) -> None:
        for number, (fault, store) in enumerate(wanted):
            again = f"--fault {fault.name} --store {store} --days 0 --size {self._size}"
            title = f"fault {number + 1} of {len(wanted)}: {fault.what}, {store}"
            self._one(fault.name, fault.what, store, title, again, fault.drill)

    def days(self, all_of_them: list[Some]) -> None:
        for number, some in enumerate(all_of_them):
            title = f"days {number * AT_ONCE} of {len(all_of_them) * AT_ONCE}: {some.crm}"

            def live(place: Place, some: Some = some) -> Toll:
                return lived_through(some, place)

            self._one("days", some.crm, some.store, title, some.again, live)

    def _one(
        self,
        name: str,
        what: str,
        store: Store,
        title: str,
        again: str,
        drill: Callable[[Place], Toll],
    ) -> None:
        began = time.monotonic()
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self._console, transient=True) as progress:
            bar = progress.add_task(title, total=None)
            place = self._place(store, self._size)
            place.say = lambda done, total: progress.update(bar, completed=done, total=total)
            try:
                toll = drill(place)
            except Exception as error:  # noqa: BLE001 - one fault keeps no other from being tried
                toll = Toll("it broke off", times=1, broken=[_told(error)])
        held = Held(name, what, store, time.monotonic() - began, toll, again)
        self.done.append(held)
        told = "; ".join(toll.faults) if toll.faults else "held"
        self._console.print(f"{title}: {held.seconds:.0f} s, {toll.times} times, {told}")


def _told(error: Exception) -> str:
    """With the place that raised it."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {place.filename}:{place.lineno} ({place.line}): {error}"


if __name__ == "__main__":
    main()
