"""Where a single run works: on the store, which has to be free, or for a rehearsal on a copy.

The store's lock keeps two from working on the same CRM: they would move each other's cursors and
decide the same customers. A rehearsal keeps nothing, so it needs the store as it is at one moment
and no more.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import click
from sqlalchemy import Engine

from integration.cli.context import database_url
from integration.cli.ending import end_on_signals
from integration.runtime import Progress
from integration.spoken import count
from integration.store import backups
from integration.store.engine import connect, reading
from integration.store.locks import PATIENCE_IN_SECONDS, Busy, only_process
from integration.store.moving import counts

PREFIX = "winback-dry-run-"
"""Of the folder of a copy."""

COPY = "copy.db"


@contextmanager
def store_to_work_on(engine: Engine, dry_run: bool, progress: Progress) -> Iterator[Engine]:
    """Raises `Busy` where somebody else works on the store, and it is no dry run."""
    with ExitStack() as held:
        try:
            patience = 0.0 if dry_run else PATIENCE_IN_SECONDS
            held.enter_context(only_process(database_url(), engine, patience=patience))
        except Busy:
            if not dry_run:
                raise
            engine = held.enter_context(_copy(engine, progress))
        yield engine


@contextmanager
def _copy(engine: Engine, progress: Progress) -> Iterator[Engine]:
    """In a folder that only we may enter, and that is gone at the end: it holds what customers
    said."""
    end_on_signals(unfinished=True)
    _sweep()
    with reading(engine) as connection:
        rows = sum(counts(connection).values())
    click.echo(
        f"winback is at work on this store: the dry run works on a copy ({count(rows, 'row')}),"
        " and nothing of it is kept",
        err=True,
    )
    with tempfile.TemporaryDirectory(prefix=PREFIX) as folder, _held(Path(folder)):
        file = Path(folder) / COPY
        backups.copy(engine, file, lambda table, done, of: progress.step("copy", table, done, of))
        copied = connect(f"sqlite:///{file}")
        try:
            yield copied
        finally:
            copied.dispose()


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Raises OSError where another process has it. The lock goes with its process, however that
    ends; a number of the process would be another one's some day, or is of another container."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)


def _sweep() -> None:
    """Copies whose process was killed. A folder without one may be new and not held yet."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):  # at work, or somebody else's
            if (folder / COPY).exists():
                with _held(folder):
                    shutil.rmtree(folder, ignore_errors=True)
