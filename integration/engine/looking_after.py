"""What a wake-up of a CRM comes to, whoever runs it."""

from __future__ import annotations

import logging

from sqlalchemy.exc import SQLAlchemyError

from integration.engine.door import Wake
from integration.engine.progress import Stopping
from integration.jobs.cycle import Round, run_round
from integration.jobs.poll import is_due
from integration.runtime import Runtime
from integration.spoken import count
from integration.store import crms
from integration.store.engine import begin
from integration.store.turns import TurnLost

log = logging.getLogger(__name__)


def look_after(runtime: Runtime, crm: str, kind: Wake) -> Round:
    """A round over what is stored, after a poll where it is time for one. Rounds in a row that
    fail by no fault of the CRM's are counted in the store, for those who watch."""
    try:
        done = _round(runtime, crm, kind)
    except (Stopping, TurnLost):
        raise
    except Exception:
        _note_fault(runtime, crm)
        raise
    with begin(runtime.engine) as connection:
        crms.no_fault(connection, crm)
    return done


def _note_fault(runtime: Runtime, crm: str) -> None:
    try:
        with begin(runtime.engine) as connection:
            crms.fault(connection, crm)
    except (SQLAlchemyError, TurnLost) as error:
        log.warning("a fault is not counted (%s)", type(error).__name__)


def _round(runtime: Runtime, crm: str, kind: Wake) -> Round:
    before = runtime.signals.get(crm, 0)
    polls = kind is Wake.POLL and is_due(runtime, crm)
    done = run_round(runtime, crm, polled=not polls)
    found = runtime.signals.get(crm, 0) - before
    level = logging.INFO if found or done.settled else logging.DEBUG
    looked_at, settled = count(found, "record"), count(done.settled, "row")
    log.log(level, "%s: %s to look at, %s settled", kind, looked_at, settled)
    return done
