"""One database behind one URL: SQLite (WAL) embedded, PostgreSQL grown up.

`DATABASE_URL` decides; Heroku's `postgres://` is understood. Every write happens inside
`begin`, which on SQLite takes the write lock at once (`BEGIN IMMEDIATE`), so that reading
before writing cannot end in "database is locked".
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from integration.store.json_text import from_json, to_json

DEFAULT_URL = "sqlite:///winback.db"
MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_TIMEOUT_IN_SECONDS = 30
CONNECT_TIMEOUT_IN_SECONDS = 5
CONNECTIONS = 6  # of one process; small plans of PostgreSQL allow 20 in all

LOCK_WITHIN = 2.0
"""Seconds that a change of the tables waits for one that is in use."""
UPGRADE_PATIENCE, UPGRADE_PAUSE = 120.0, 1.0  # seconds
LOCK_NOT_AVAILABLE = "55P03"  # PostgreSQL's code for a lock that was not to be had in time


def driver_url(url: str) -> str:
    """The URL with the driver that we use named in it."""
    if url.startswith("postgres://"):
        url = "postgresql://" + url.removeprefix("postgres://")
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql" and parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    return parsed.render_as_string(hide_password=False)


def libpq_url(url: str) -> str:
    """The URL of a PostgreSQL as its own library takes it."""
    return driver_url(url).replace("postgresql+psycopg://", "postgresql://", 1)


def is_sqlite(url: str) -> bool:
    return make_url(driver_url(url)).get_backend_name() == "sqlite"


def connect(
    url: str,
    *,
    connections: int = CONNECTIONS,
    patience: float = 30.0,
    statement_within: float | None = None,
    silent_within: float | None = None,
) -> Engine:
    """An engine for the URL; nothing is opened yet. On PostgreSQL it opens at most so many
    connections; `patience` is how many seconds a thread waits for one, `statement_within` how
    many the database may take for one statement, and `silent_within` how long a transaction may
    ask nothing before it is taken for that of a stopped process, whose locks hold others up."""
    url = driver_url(url)
    if url.startswith("sqlite"):
        engine = sa.create_engine(
            url,
            json_serializer=to_json,
            json_deserializer=from_json,
            connect_args={"timeout": BUSY_TIMEOUT_IN_SECONDS},
        )
        _prepare_sqlite(engine)
        return engine
    limits: dict[str, Any] = {"connect_timeout": CONNECT_TIMEOUT_IN_SECONDS}
    timeouts = {
        "statement_timeout": statement_within,
        "idle_in_transaction_session_timeout": silent_within,
    }
    limits["options"] = " ".join(
        f"-c {name}={int(seconds * 1000)}" for name, seconds in timeouts.items() if seconds
    )
    return sa.create_engine(
        url,
        json_serializer=to_json,
        json_deserializer=from_json,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=patience,
        pool_pre_ping=True,
        connect_args=limits,
    )


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we begin our transactions ourselves
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("winback_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


@contextmanager
def begin(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes; committed at the end, rolled back by an exception."""
    with engine.connect().execution_options(winback_write=True) as connection, connection.begin():
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that only reads."""
    with engine.connect() as connection, connection.begin():
        yield connection


class InUse(Exception):
    """The tables were in use all the time and are as they were."""


def upgrade(
    url: str,
    to: str = "head",
    *,
    patience: float = UPGRADE_PATIENCE,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Bring the database to a revision, the newest unless another is named; creates a SQLite file
    that is not there. On PostgreSQL a change waits for a table for moments only, as everybody who
    wants the same table waits behind it: then all is given back and tried again, for `patience`
    seconds. Raises `InUse` with a sentence."""
    _for_its_owner_alone(driver_url(url))
    engine = connect(url, connections=1)
    give_up_at = time.monotonic() + patience
    try:
        while not _upgraded(engine, to):
            if time.monotonic() > give_up_at:
                raise InUse(
                    f"the tables were in use for {patience:.0f} seconds, and are as they were:"
                    " end what works on them for so long, and try again"
                )
            sleep(UPGRADE_PAUSE)
    finally:
        engine.dispose()


def _upgraded(engine: Engine, to: str) -> bool:
    """False where a table was in use; then nothing was changed."""
    try:
        with begin(engine) as connection:
            upgrade_on(connection, to)
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) == LOCK_NOT_AVAILABLE:
            return False
        raise
    return True


def _for_its_owner_alone(url: str) -> None:
    """Make a SQLite file that is not there yet, for nobody else to read; SQLite gives its side
    files the same rights. One that is there keeps those that somebody gave it."""
    file = make_url(url).database if is_sqlite(url) else None
    if file and file != ":memory:":
        with suppress(OSError):  # SQLite says better what is wrong
            os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def upgrade_on(connection: Connection, to: str = "head") -> None:
    """The same in the caller's transaction: the tables stay or go with it."""
    from alembic import command  # noqa: PLC0415 - 11 MB, in most processes for nothing
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    config.attributes["lock_within"] = LOCK_WITHIN
    command.upgrade(config, to)
