"""Make one customer of those whom two CRMs share, before anybody is decided (row W11)."""

from __future__ import annotations

import logging

from sqlalchemy import Connection

from integration.runtime import Runtime
from integration.store import crms, joining
from integration.store.engine import begin

log = logging.getLogger(__name__)


def join_home(runtime: Runtime, crm: str) -> int:
    """Customers of this CRM who are the home CRM's too become one with them, before anybody is
    decided; the home CRM joins those of all others. Answers how many."""
    home = runtime.home
    if home is None:
        return 0

    def accounts(name: str) -> joining.Accounts:
        return joining.Accounts(name, runtime.crms[name].types.account)

    others = [crm] if crm != home else [name for name in runtime.crms if name != home]
    with begin(runtime.engine) as connection:
        joined = sum(
            joining.join(connection, accounts(name), accounts(home), runtime.wall())
            for name in others
        )
    if joined:
        log.info("%s customers are known in %s too and are worked there", joined, home)
    return joined


def waits_for_others(runtime: Runtime, connection: Connection) -> bool:
    """Where one CRM is home, nobody is decided before the history of each is read: half of a
    customer would be judged. A CRM that is paused is not waited for."""
    if runtime.home is None:
        return False
    states = [crms.state(connection, name) for name in runtime.crms]
    return any(state.history_read_at is None and not state.paused for state in states)
