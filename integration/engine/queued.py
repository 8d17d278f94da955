"""The door of the engine for several machines: a wake-up is a job in the database's own queue.

A job only says "look at CRM X". It is written by the transaction that stores what is to be
looked at, or by none. No two jobs of one CRM run at once (`lock`), and none is queued twice
(`queueing_lock`). The queue gives a CRM's jobs out in the order in which they came, also one
that is not due yet: so only what is due within moments is queued, and whatever is due later is
found by the clock, which looks for it in the store (`integration.store.due_work`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from procrastinate import App, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from integration.engine.door import Wake
from integration.store.engine import begin

TASK = "round"
AHEAD = timedelta(seconds=5)
"""What is due later than that is not queued."""


class Queued:
    """A `Door` that any process on the store may wake a CRM by."""

    def __init__(self, engine: Engine, wall: Callable[[], datetime]) -> None:
        self._engine = engine
        self._wall = wall
        self._app = App(connector=SyncPsycopgConnector())  # never opened: our connections serve

    def wake(
        self,
        crm: str,
        kind: Wake,
        at: datetime | None = None,
        connection: Connection | None = None,
    ) -> None:
        """See `Door`. Raises SQLAlchemyError."""
        if at is not None and at > self._wall() + AHEAD:
            return
        if connection is None:
            with begin(self._engine) as own:
                self._defer(own, crm, kind, at)
        else:
            self._defer(connection, crm, kind, at)

    def _defer(self, connection: Connection, crm: str, kind: Wake, at: datetime | None) -> None:
        scheduled_at = None if at is None else _whole_second(at)
        deferrer = self._app.configure_task(
            TASK,
            queue=TASK,
            lock=f"crm:{crm}",
            queueing_lock=_queueing_lock(crm, kind, scheduled_at),
            schedule_at=scheduled_at,
            connection=connection.connection.driver_connection,
        )
        aside = connection.begin_nested()  # one that is queued already breaks nothing else
        try:
            deferrer.defer(crm=crm, kind=kind.value)
        except AlreadyEnqueued:
            aside.rollback()
        except ConnectorException as error:
            raise SQLAlchemyError("a wake-up could not be queued") from error
        else:
            aside.commit()


def _queueing_lock(crm: str, kind: Wake, at: datetime | None) -> str:
    """Wake-ups for the same second are one. Those for different seconds are not: the earlier
    one may be given out before the later transaction has committed its rows."""
    return f"{kind.value}:{crm}" if at is None else f"{kind.value}:{crm}:{int(at.timestamp())}"


def _whole_second(at: datetime) -> datetime:
    return datetime.fromtimestamp(math.ceil(at.timestamp()), UTC)
