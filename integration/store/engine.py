"""One database behind one URL: SQLite (WAL) embedded, PostgreSQL grown up.

`DATABASE_URL` decides; Heroku's `postgres://` is understood. Every write happens inside
`begin`, which on SQLite takes the write lock at once (`BEGIN IMMEDIATE`), so that reading
before writing cannot end in "database is locked".
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import make_url

DEFAULT_URL = "sqlite:///winback.db"
MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_TIMEOUT_IN_SECONDS = 30
CONNECT_TIMEOUT_IN_SECONDS = 5
_ENCODER = json.JSONEncoder(ensure_ascii=False)


def driver_url(url: str) -> str:
    """The URL with the driver that we use named in it."""
    if url.startswith("postgres://"):
        url = "postgresql://" + url.removeprefix("postgres://")
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql" and parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    return parsed.render_as_string(hide_password=False)


def connect(url: str) -> Engine:
    """An engine for the URL; nothing is opened yet."""
    url = driver_url(url)
    if url.startswith("sqlite"):
        engine = sa.create_engine(
            url, json_serializer=to_json, connect_args={"timeout": BUSY_TIMEOUT_IN_SECONDS}
        )
        _prepare_sqlite(engine)
        return engine
    return sa.create_engine(
        url,
        json_serializer=to_json,
        pool_size=5,
        max_overflow=1,
        pool_pre_ping=True,
        connect_args={"connect_timeout": CONNECT_TIMEOUT_IN_SECONDS},
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


def upgrade(url: str) -> None:
    """Bring the database to the newest revision; creates a SQLite file that is not there."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = driver_url(url)
    command.upgrade(config, "head")


def to_json(value: Any) -> str:
    """JSON that both databases keep: PostgreSQL takes no NUL and no half of a character, and one
    record with either in its name must not stop all others."""
    text = _ENCODER.encode(value)
    if "\\u0000" in text:
        text = _ENCODER.encode(_without_nul(value))
    return text.encode("utf-8", "replace").decode("utf-8")


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, Mapping):
        return {_without_nul(key): _without_nul(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nul(inner) for inner in value]
    return value
