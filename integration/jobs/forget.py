"""Erase everybody who asked to be forgotten, before anything else is done for their CRM."""

from __future__ import annotations

import logging

from integration.runtime import Runtime
from integration.store import forgetting, suppressions
from integration.store.engine import begin, forget_bytes, reading
from rules.model import Ref

log = logging.getLogger(__name__)


def forget(runtime: Runtime, crm: str) -> int:
    """Erase those who were asked for; answers how many. Makes no call: what has to change in the
    CRM waits in the outbox."""
    part = runtime.crms[crm]
    with reading(runtime.engine) as connection:
        asked = suppressions.asked(connection, crm)
    for contact_id in asked:
        ref = Ref(part.types.contact, contact_id)
        with begin(runtime.engine) as connection:
            forgetting.erase(
                connection, crm, ref, task_type=part.connector.task_type, now=runtime.wall()
            )
        log.info("a person was forgotten")
    if asked:
        forget_bytes(runtime.engine)
    return len(asked)
