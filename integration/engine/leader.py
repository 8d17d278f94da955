"""Which of several clocks ticks: the one whose connection holds an advisory lock.

The lock falls with its connection. A clock that was stopped in mid-life keeps a connection on
which nothing happens, so the database is asked to end one that is silent for long.
"""

from __future__ import annotations

import logging

import sqlalchemy as sa
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

CLOCK = 0x77696E63  # "winc"
SILENT_FOR = 20.0
"""Seconds after which the database takes a leader that asks nothing for stopped."""

log = logging.getLogger(__name__)


class Leadership:
    """One process's try to be the leader. To be asked often: `SILENT_FOR` is the limit."""

    def __init__(self, engine: Engine, silent_for: float = SILENT_FOR) -> None:
        self._engine = engine
        self._silent_for = silent_for
        self._connection: Connection | None = None

    def is_ours(self) -> bool:
        """Whether this process leads, now that it was asked; tries to, if nobody does."""
        try:
            if self._connection is not None:
                self._connection.execute(sa.select(1))
                return True
            return self._try()
        except SQLAlchemyError as error:
            log.warning("the database is away (%s)", type(error).__name__)
            self.end()
            return False

    def end(self) -> None:
        """Let another one lead."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()
            connection.close()

    def _try(self) -> bool:
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        try:
            if not connection.execute(sa.select(sa.func.pg_try_advisory_lock(CLOCK))).scalar():
                connection.close()
                return False
            self._end_when_silent(connection)
        except SQLAlchemyError:
            connection.invalidate()
            connection.close()
            raise
        self._connection = connection
        return True

    def _end_when_silent(self, connection: Connection) -> None:
        limit = f"{int(self._silent_for * 1000)}ms"
        setting = sa.func.set_config("idle_session_timeout", limit, False)
        try:
            connection.execute(sa.select(setting))
        except DBAPIError:
            log.info("this PostgreSQL is older than 14: it keeps a stopped clock's lock")
