"""Is the process alive, is all well, and the figures: for hosts and monitors, without log-in.

So there are numbers and states here, and no sentence, no record and no customer.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from integration.runtime import wall_clock
from integration.store.engine import reading
from integration.store.pulse import CLOCK_LATE, WORKER_SILENT
from integration.store.queue_tables import workers_alive
from integration.store.vitals import Installation, Vitals, installation
from integration.web.metrics import MEDIA_TYPE, exposition
from integration.web.patient import Patient

LOOK_WITHIN = 5.0
"""Seconds. Hosts and monitors give up soon after, and a router after 30."""

FAULTS_TO_WORRY = 3
"""A CRM whose rounds fail this often in a row inside winback is as good as red."""

log = logging.getLogger(__name__)


def one_worker(_connection: Connection) -> int:
    """For a process that does the work itself."""
    return 1


def workers_of_queue(connection: Connection) -> int:
    """For a process that only queues work."""
    return workers_alive(connection, WORKER_SILENT.total_seconds())


@dataclass(frozen=True)
class Found:
    """What there is to tell at one moment."""

    installation: Installation
    workers: int
    now: datetime
    since: datetime  # when whoever tells began to look

    @property
    def lag(self) -> timedelta | None:
        """Since the clock last ticked; None where none ever did."""
        at = self.installation.ticked_at
        return None if at is None else max(self.now - at, timedelta(0))

    @property
    def is_clock_late(self) -> bool:
        """Also where none ever ticked, once there was time enough for it."""
        return (self.now - self.since if self.lag is None else self.lag) > CLOCK_LATE


class Watching(Protocol):
    """What health is asked of."""

    def look(self) -> Found | None:
        """None when the database is away."""
        ...

    @property
    def wall(self) -> Callable[[], datetime]: ...


class NoDatabase:
    """For a process that never saw its database yet."""

    wall = staticmethod(wall_clock)

    def look(self) -> Found | None:
        return None


@dataclass(frozen=True)
class Watched:
    """The installation on one store."""

    engine: Engine
    crms: tuple[str, ...]
    workers: Callable[[Connection], int] = one_worker
    wall: Callable[[], datetime] = wall_clock
    since: datetime = field(default_factory=wall_clock)

    def look(self) -> Found | None:
        """None when the database is away."""
        now = self.wall()
        try:
            with reading(self.engine) as connection:
                found = installation(connection, self.crms, now)
                return Found(found, self.workers(connection), now, self.since)
        except SQLAlchemyError as error:
            log.warning("the database is away (%s)", type(error).__name__)
            return None


def health_pages(watched: Watching, look_within: float = LOOK_WITHIN) -> Blueprint:
    """GET /healthz, /readyz and /metrics. A database that does not answer within so many seconds
    is away."""
    pages = Blueprint("health", __name__)
    patient = Patient(watched.look, look_within)

    def look() -> Found | None:
        try:
            return patient()
        except TimeoutError:
            log.warning("the database is silent")
            return None

    @pages.get("/healthz")
    def healthz() -> ResponseReturnValue:
        """The process is alive: it asks nobody."""
        return jsonify(alive=True)

    @pages.get("/readyz")
    def readyz() -> ResponseReturnValue:
        """503 with a word for each cause while something needs a person."""
        found = look()
        if found is None:
            because = ["database away"]
            return jsonify(ready=False, because=because, database="away", crms={}), 503
        because, lag = list(_wrong(found)), found.lag
        answer = {
            "ready": not because,
            "because": because,
            "database": "ok",
            "clock": {
                "ticked_at": _text(found.installation.ticked_at),
                "lag_in_seconds": None if lag is None else round(lag.total_seconds(), 1),
            },
            "workers": found.workers,
            "crms": {crm.crm: _state(crm) for crm in found.installation.crms},
        }
        return jsonify(answer), 503 if because else 200

    @pages.get("/metrics")
    def metrics() -> ResponseReturnValue:
        found = look()
        if found is None:
            text = exposition(None, 0, watched.wall())
        else:
            text = exposition(found.installation, found.workers, found.now)
        return Response(text, content_type=MEDIA_TYPE)

    return pages


def _wrong(found: Found) -> Iterator[str]:
    """A first round that has not come about yet is not held against us."""
    if found.is_clock_late:
        yield "clock late"
    if not found.workers:
        yield "no worker"
    for crm in found.installation.crms:
        if crm.faults >= FAULTS_TO_WORRY:
            yield f"rounds fail: {crm.crm}"
        elif crm.health == "red":
            yield f"red: {crm.crm}"


def _state(crm: Vitals) -> dict[str, Any]:
    return {
        "health": "red" if crm.faults >= FAULTS_TO_WORRY else crm.health,
        "faults": crm.faults,
        "paused": crm.paused,
        "last_success_at": _text(crm.polled_at),
        "oldest_due_at": _text(crm.oldest_due_at),
        "parked": sum(crm.parked.values()),
        "held": crm.kept_back,
        "storm_since": _text(crm.storm_since),
    }


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
