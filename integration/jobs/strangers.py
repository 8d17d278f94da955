"""Customers whose account was never read: they are completed before anybody is decided.

A record may come before its account does: it was pushed, or both are newer than the poll of the
accounts and older than that of the deals. Who decided then would take a customer of years for
somebody who never bought, and hang the tasks on nothing.
"""

from __future__ import annotations

from datetime import timedelta

from integration.jobs.intake import absorb
from integration.jobs.poll import poll
from integration.runtime import Runtime
from integration.store import cases, inbox
from integration.store.engine import begin, reading
from rules.model import Ref

HIDDEN_FOR = timedelta(days=1)
"""An account that the CRM does not show is not asked for again by a process for so long."""


def get_to_know(runtime: Runtime, crm: str) -> None:
    """Read the accounts that are missing; where there are any, other records of theirs are as new,
    and a poll finds them. Nothing missing, nothing asked. Raises the connector's errors."""
    missing = _missing(runtime, crm)
    if not missing:
        return
    now = runtime.wall()
    with begin(runtime.engine) as connection:
        inbox.store(connection, crm, refs=sorted(missing, key=str), now=now)
    absorb(runtime, crm)
    hidden = _missing(runtime, crm)
    runtime.hidden_accounts |= {(crm, ref): now for ref in hidden}
    if missing - hidden:
        poll(runtime, crm)
        absorb(runtime, crm)


def _missing(runtime: Runtime, crm: str) -> set[Ref]:
    with reading(runtime.engine) as connection:
        found = cases.unread_accounts(connection, crm, runtime.crms[crm].types.account)
    since = runtime.wall() - HIDDEN_FOR
    return {
        ref
        for ref in found
        if (asked_at := runtime.hidden_accounts.get((crm, ref))) is None or asked_at < since
    }
