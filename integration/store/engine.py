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
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from integration.store.json_text import from_json, to_json

if TYPE_CHECKING:
    import psycopg

DEFAULT_URL = "sqlite:///winback.db"
MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_TIMEOUT_IN_SECONDS = 30
CONNECT_TIMEOUT_IN_SECONDS = 5
CONNECTIONS = 6  # of one process; small plans of PostgreSQL allow 20 in all
WHOLE_TRANSACTION = 20
"""Times `silent_within` that a whole transaction may take. Many rows of one statement go out as a
pipeline, and one whose sender was stopped half-way is not silent to PostgreSQL, but active."""

LOST_LINE = {
    "keepalives_idle": "10",  # seconds without a word, after which we ask whether it is there
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "25000",  # milliseconds, for what we sent; by Linux alone
}
"""A database whose machine or network went away without a word is taken for lost after 25 seconds,
and connected to anew; by default it takes two hours. The URL may say otherwise
(https://www.postgresql.org/docs/current/libpq-connect.html)."""

SQLITE_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "secure_delete=ON",  # what is deleted or overwritten leaves no bytes behind in the file
)

MIGRATING = 0x77696E6D  # "winm": the advisory lock of whoever migrates
LOCK_WITHIN = 2.0
"""Seconds that a change of the tables waits for one that is in use."""
UPGRADE_PATIENCE, UPGRADE_PAUSE = 120.0, 1.0  # seconds
TRANSACTION_TIMEOUT_SINCE = 170_000  # PostgreSQL 17.0
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
    """The URL of a PostgreSQL as its own library takes it, for connections that notice that they
    are lost."""
    return _noticing(driver_url(url)).replace("postgresql+psycopg://", "postgresql://", 1)


def _noticing(url: str) -> str:
    parsed = make_url(url)
    ours = {name: value for name, value in LOST_LINE.items() if name not in parsed.query}
    return parsed.update_query_dict(ours).render_as_string(hide_password=False)


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
    ask nothing before it is taken for that of a stopped process, whose locks hold others up; from
    PostgreSQL 17 on it takes no longer than `WHOLE_TRANSACTION` times that in all."""
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
    engine = sa.create_engine(
        _noticing(url),
        json_serializer=to_json,
        json_deserializer=from_json,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=patience,
        pool_pre_ping=True,
        connect_args=limits,
    )
    if silent_within is not None:
        _end_long_transactions(engine, WHOLE_TRANSACTION * silent_within)
    return engine


def _end_long_transactions(engine: Engine, seconds: float) -> None:
    @event.listens_for(engine, "connect")
    def _on_connect(connection: psycopg.Connection, _record: Any) -> None:
        if connection.info.server_version >= TRANSACTION_TIMEOUT_SINCE:
            connection.execute(f"SET transaction_timeout = {int(seconds * 1000)}")
            connection.commit()


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we begin our transactions ourselves
        for pragma in SQLITE_PRAGMAS:
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


def forget_bytes(engine: Engine) -> None:
    """What was erased stands in SQLite's write-ahead log until that is written over: cut it off
    now. A reader who takes long keeps it; the log then goes with the last connection."""
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that only reads."""
    with engine.connect() as connection, connection.begin():
        yield connection


class InUse(Exception):
    """A table was in use all the time. What was changed before it stays, and does no harm."""


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
        while (done := _stepped(engine, to)) is not True:
            if done is None:
                if time.monotonic() > give_up_at:
                    raise InUse(
                        f"a table was in use for {patience:.0f} seconds and could not be changed:"
                        " end what works on it for so long, and try again"
                    )
                sleep(UPGRADE_PAUSE)
    finally:
        engine.dispose()


def _stepped(engine: Engine, to: str) -> bool | None:
    """One revision further, in a transaction of its own, so that no table is held for longer than
    its change takes. True once there is none left; None where a table was in use, and nothing was
    changed."""
    try:
        with begin(engine) as connection:
            _alone(connection)
            following = _following(connection, to)
            _migrate(connection, following or to, with_queue=following is None)
            return following is None
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) == LOCK_NOT_AVAILABLE:
            return None
        raise


def _following(connection: Connection, to: str) -> str | None:
    """The next revision on the way; None at its end, and for a store that is beyond it."""
    from alembic.migration import MigrationContext  # noqa: PLC0415 - see `_migrate`
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    stands = MigrationContext.configure(connection).get_current_revision()
    scripts = ScriptDirectory(str(MIGRATIONS)).walk_revisions(head=to)
    way = [script.revision for script in scripts][::-1]
    if stands is None:
        return way[0]
    left = way[way.index(stands) + 1 :] if stands in way else []
    return left[0] if left else None


def _for_its_owner_alone(url: str) -> None:
    """Make a SQLite file that is not there yet, for nobody else to read; SQLite gives its side
    files the same rights. One that is there keeps those that somebody gave it."""
    file = make_url(url).database if is_sqlite(url) else None
    if file and file != ":memory:":
        with suppress(OSError):  # SQLite says better what is wrong
            os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def upgrade_on(connection: Connection) -> None:
    """All of it in the caller's transaction: the tables stay or go with it."""
    _alone(connection)
    _migrate(connection, "head", with_queue=True)


def _alone(connection: Connection) -> None:
    """Two processes may migrate at once on PostgreSQL: the second waits. Neither waits long for a
    table, as all who come later would wait behind it."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATING)))
        limit = f"{LOCK_WITHIN * 1000:.0f}ms"
        connection.execute(sa.select(sa.func.set_config("lock_timeout", limit, True)))


def _migrate(connection: Connection, to: str, *, with_queue: bool) -> None:
    from alembic import command  # noqa: PLC0415 - 11 MB, in most processes for nothing
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    config.attributes["with_queue"] = with_queue
    command.upgrade(config, to)
