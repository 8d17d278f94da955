"""One process works on a store at a time: a file lock beside SQLite, an advisory lock on
PostgreSQL. Both fall with the process that held them, however it ended."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from integration.store.engine import driver_url

ADVISORY_KEY = 0x77696E62  # "winb"
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
