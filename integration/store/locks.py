"""One process works on a store at a time: a file lock beside SQLite, an advisory lock on
PostgreSQL. Both fall with the process that held them, however it ended. On PostgreSQL it may be
several workers instead, but never both."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import Connection, Engine
from sqlalchemy.engine import make_url

from integration.store.engine import driver_url
from integration.store.queue_tables import workers_at_work

ADVISORY_KEY = 0x77696E62  # "winb"
WORKER_SILENT_AFTER = 20.0  # seconds; it shows itself every 5
PATIENCE_IN_SECONDS = 10.0
"""PostgreSQL may need a moment to see that a killed process is gone."""


class Busy(Exception):
    """Another process works on this store."""


@contextmanager
def only_process(url: str, engine: Engine) -> Iterator[None]:
    """Hold the store for this process. Raises `Busy` with a sentence."""
    parsed = make_url(driver_url(url))
    if parsed.get_backend_name() != "sqlite":
        with _advisory(engine):
            yield
        return
    if not parsed.database or parsed.database == ":memory:":
        yield
        return
    with _file(Path(f"{parsed.database}.lock")):
        yield


def refuse_beside_only_process(connection: Connection) -> None:
    """Raises `Busy` where a process has the store for itself. None gets it before this
    transaction ends."""
    free = sa.func.pg_try_advisory_xact_lock_shared(ADVISORY_KEY)
    if not connection.execute(sa.select(free)).scalar():
        raise Busy("another process has the store for itself (`winback run` or `winback once`)")


@contextmanager
def _file(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Busy(
                f"another winback process works on this store ({path}); stop it first,"
                " or use PostgreSQL to run several"
            ) from None
        yield


@contextmanager
def _advisory(engine: Engine) -> Iterator[None]:
    with engine.connect() as connection:
        if workers_at_work(connection, WORKER_SILENT_AFTER):
            raise Busy(
                "`winback worker` is at work on this store, and does what this command does;"
                " stop all workers first"
            )
        give_up_at = time.monotonic() + PATIENCE_IN_SECONDS
        while not connection.execute(
            sa.select(sa.func.pg_try_advisory_lock(ADVISORY_KEY))
        ).scalar():
            connection.rollback()
            if time.monotonic() > give_up_at:
                raise Busy("another winback process works on this store; stop it first")
            time.sleep(0.2)
        connection.commit()
        try:
            yield
        finally:
            connection.execute(sa.select(sa.func.pg_advisory_unlock(ADVISORY_KEY)))
            connection.commit()
