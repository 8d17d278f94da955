"""What a wake-up of a CRM comes to, whoever runs it."""

from __future__ import annotations

import logging

from integration.engine.door import Wake
from integration.jobs.cycle import Round, run_round
from integration.jobs.poll import is_due
from integration.runtime import Runtime

log = logging.getLogger(__name__)


def look_after(runtime: Runtime, crm: str, kind: Wake) -> Round:
    """A round over what is stored, after a poll where it is time for one."""
    before = runtime.signals.get(crm, 0)
    polls = kind is Wake.POLL and is_due(runtime, crm)
    done = run_round(runtime, crm, polled=not polls)
    found = runtime.signals.get(crm, 0) - before
    level = logging.INFO if found or done.settled else logging.DEBUG
    log.log(level, "%s: %s records to look at, %s rows settled", kind, found, done.settled)
    return done
