"""Is the process alive, is it ready, and its figures: for hosts and monitors, without log-in.

So there are numbers and states here, and no sentence, no record and no customer.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from connectors.base import Calls
from integration.runtime import wall_clock
from integration.store.engine import reading
from integration.store.vitals import Vitals, vitals
from integration.web.metrics import MEDIA_TYPE, exposition

FAULTS_TO_WORRY = 3
"""A CRM whose rounds fail this often in a row inside winback is as good as red."""

log = logging.getLogger(__name__)


def no_faults(_crm: str) -> int:
    """For a process that runs no rounds itself."""
    return 0


@dataclass(frozen=True)
class Watched:
    """What health is asked of. `calls` are the API calls that this process made."""

    engine: Engine
    crms: tuple[str, ...]
    calls: Mapping[str, Calls]
    faults: Callable[[str], int] = no_faults
    wall: Callable[[], datetime] = wall_clock

    def vitals(self) -> list[Vitals] | None:
        """Every CRM's figures; None when the database is away."""
        try:
            with reading(self.engine) as connection:
                now = self.wall()
                return [vitals(connection, crm, now) for crm in self.crms]
        except SQLAlchemyError as error:
            log.warning("the database is away (%s)", type(error).__name__)
            return None


def health_pages(watched: Watched) -> Blueprint:
    """GET /healthz, /readyz and /metrics."""
    pages = Blueprint("health", __name__)

    @pages.get("/healthz")
    def healthz() -> ResponseReturnValue:
        """The process is alive: it asks nobody."""
        return jsonify(alive=True)

    @pages.get("/readyz")
    def readyz() -> ResponseReturnValue:
        """503 when the database is away or a CRM is red; a CRM that no round has reached yet is
        not held against us."""
        found = watched.vitals()
        if found is None:
            return jsonify(ready=False, database="away", crms={}), 503
        crms = {crm.crm: _state(crm, watched.faults(crm.crm)) for crm in found}
        ready = all(crm["health"] != "red" for crm in crms.values())
        return jsonify(ready=ready, database="ok", crms=crms), 200 if ready else 503

    @pages.get("/metrics")
    def metrics() -> ResponseReturnValue:
        text = exposition(watched.vitals(), watched.calls, watched.wall())
        return Response(text, content_type=MEDIA_TYPE)

    return pages


def _state(crm: Vitals, faults: int) -> dict[str, Any]:
    return {
        "health": "red" if faults >= FAULTS_TO_WORRY else crm.health,
        "paused": crm.paused,
        "last_success_at": _text(crm.polled_at),
        "oldest_due_at": _text(crm.oldest_due_at),
        "parked": crm.in_state("parked"),
        "held": crm.in_state("held"),
        "storm_since": _text(crm.storm_since),
    }


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
