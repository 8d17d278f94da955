"""Our own tasks as they stand in a CRM: which of them are open, as far as we know."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Connection

from integration.store.tables import tasks


def open_ids(connection: Connection, crm: str) -> list[str]:
    """The CRM's ids of those that were written and not closed or deleted since."""
    standing = sa.select(tasks.c.crm_id).where(
        tasks.c.crm == crm, tasks.c.state == "written", tasks.c.crm_id.is_not(None)
    )
    return list(connection.execute(standing).scalars())
