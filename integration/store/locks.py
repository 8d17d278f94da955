"""One process works on a store at a time: a file lock beside SQLite, an advisory lock on
PostgreSQL. Both fall with the process that held them, however it ended. On PostgreSQL it may be
several workers instead, but never both."""

from __future__ import annotations

import fcntl
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import sqlalchemy as sa
from sqlalchemy import Connection, Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from integration.store.engine import driver_url
from integration.store.queue_tables import workers_alive

ADVISORY_KEY = 0x77696E62  # "winb"
WORKER_SILENT_AFTER = 20.0  # seconds; it shows itself every 5
PATIENCE_IN_SECONDS = 10.0
"""PostgreSQL may need a moment to see that a killed process is gone."""

LOOK_EVERY = 3.0
"""Seconds. Less than what another process needs to start and to do something."""

Lost = Callable[[], object]

log = logging.getLogger(__name__)


class Busy(Exception):
    """Another process works on this store."""


def end_at_once() -> NoReturn:
    """What this process would still do is for the other one to do."""
    log.error("another winback process has taken the store; this one ends")
    logging.shutdown()
    os._exit(1)


@contextmanager
def only_process(
    url: str,
    engine: Engine,
    *,
    lost: Lost = end_at_once,
    look_every: float = LOOK_EVERY,
    patience: float = PATIENCE_IN_SECONDS,
) -> Iterator[None]:
    """Hold the store for this process. `lost` is called, in a thread of its own, when another
    process has it before we gave it back. Raises `Busy` with a sentence."""
    parsed = make_url(driver_url(url))
    if parsed.get_backend_name() != "sqlite":
        lock = _AdvisoryLock(engine, lost, look_every)
        lock.take(patience)
        try:
            yield
        finally:
            lock.give_back()
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


def is_taken(connection: Connection) -> bool:
    """Whether a process has this PostgreSQL for itself."""
    held = sa.text(
        "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted"
        " AND mode = 'ExclusiveLock' AND objid = :key AND classid = 0 AND objsubid = 1"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"
    )
    return bool(connection.execute(held, {"key": ADVISORY_KEY}).scalar())


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


class _AdvisoryLock:
    """The lock falls with its connection, which a restart of the database or a network may end
    at any time. So somebody looks after it, and takes it anew while nobody else has it."""

    def __init__(self, engine: Engine, lost: Lost, look_every: float) -> None:
        self._engine = engine
        self._lost = lost
        self._look_every = look_every
        self._connection: Connection | None = None
        self._ended = threading.Event()
        self._watch = threading.Thread(target=self._look_after, name="lock", daemon=True)

    def take(self, patience: float) -> None:
        """Raises `Busy` with a sentence."""
        with self._engine.connect() as connection:
            if workers_alive(connection, WORKER_SILENT_AFTER):
                raise Busy(
                    "`winback worker` is at work on this store, and does what this command does;"
                    " stop all workers first"
                )
        give_up_at = time.monotonic() + patience
        while not self._try():
            if time.monotonic() > give_up_at:
                raise Busy("another winback process works on this store; stop it first")
            time.sleep(0.2)
        self._watch.start()

    def give_back(self) -> None:
        self._ended.set()
        self._watch.join()
        self._drop()

    def _try(self) -> bool:
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        try:
            ours = bool(
                connection.execute(sa.select(sa.func.pg_try_advisory_lock(ADVISORY_KEY))).scalar()
            )
        except SQLAlchemyError:
            connection.invalidate()
            connection.close()
            raise
        if ours:
            self._connection = connection
        else:
            connection.close()
        return ours

    def _look_after(self) -> None:
        while not self._ended.wait(self._look_every):
            try:
                if self._connection is not None:
                    self._connection.execute(sa.select(1))
                elif self._try():
                    log.warning("the lock on the store was lost with its connection; taken anew")
                else:
                    self._lost()
                    return
            except SQLAlchemyError as error:
                log.warning("the database is away (%s)", type(error).__name__)
                self._drop()

    def _drop(self) -> None:
        """With its connection the lock goes, whether or not the database hears of it."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()
            connection.close()
