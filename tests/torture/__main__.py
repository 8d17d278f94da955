"""`make torture`: 200 working days under faults, over both CRMs and both databases, by seeds that
it prints; `python -m tests.torture --days 20 --seed 7 --crm hubspot --store sqlite` runs some."""

from __future__ import annotations

import logging
import secrets
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from integration.store.engine import upgrade
from tests.postgres import running_postgres
from tests.torture.day import WorkingDay
from tests.torture.scene import DESKS, NewStore, open_scene, postgres_stores, sqlite_stores

AT_ONCE = 10
"""Days under one seed: so many are to be run again to see a failure a second time."""

STEPS = 30
DAYS = 200


@click.command()
@click.option("--days", default=DAYS, show_default=True)
@click.option("--seed", "first", default=lambda: secrets.randbelow(1_000_000), type=int)
@click.option("--crm", type=click.Choice(tuple(DESKS)))
@click.option("--store", type=click.Choice(("sqlite", "postgres")))
def main(days: int, first: int, crm: str | None, store: str | None) -> None:
    """Working days under faults, in both CRMs and on both databases unless one is chosen."""
    logging.disable(logging.CRITICAL)  # faults are what it is about
    failed: list[str] = []
    began, done = time.monotonic(), 0
    for number in range(-(-days // AT_ONCE)):
        where = crm or list(DESKS)[number % 2], store or list(_STORES)[number // 2 % 2]
        some = min(AT_ONCE, days - done)
        again = f"--days {some} --seed {first + number} --crm {where[0]} --store {where[1]}"
        fault = _days(*where, first + number, some)
        done += some
        told = "FAILED" if fault else "fine"
        click.echo(f"{done:4}/{days} {time.monotonic() - began:6.0f} s  {again}  {told}")
        if fault:
            failed.append(again)
            click.echo(fault, err=True)
    for again in failed:
        click.echo(f"again: python -m tests.torture {again}", err=True)
    sys.exit(1 if failed else 0)


def _days(crm: str, store: str, number: int, days: int) -> str:
    """So many days from one seed; what went wrong, empty if nothing."""
    with tempfile.TemporaryDirectory(prefix="winback-torture-") as name:
        folder = Path(name)
        with _STORES[store](folder) as new_store:

            class Day(WorkingDay):
                open_scene = staticmethod(lambda: open_scene(crm, folder, new_store))

            try:
                run_state_machine_as_test(seed(number)(Day), settings=_settings(days))
            except Exception as error:  # noqa: BLE001 - whatever it is, it is told
                notes = getattr(error, "__notes__", [])
                return "\n".join((f"{type(error).__name__}: {error}", *notes))
    return ""


def _settings(days: int) -> settings:
    return settings(
        max_examples=days,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


@contextmanager
def _sqlite(folder: Path) -> Iterator[NewStore]:
    template = folder / "migrated.db"
    upgrade(f"sqlite:///{template}")
    yield sqlite_stores(template, folder)


@contextmanager
def _postgres(_folder: Path) -> Iterator[NewStore]:
    with running_postgres() as server:
        upgrade(server.create("migrated"))
        yield postgres_stores(server, "migrated")


_STORES: dict[str, Callable[[Path], Any]] = {"sqlite": _sqlite, "postgres": _postgres}

if __name__ == "__main__":
    main()
