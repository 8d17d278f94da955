"""The product's store as it stands after a run: rows by state, what is parked, health."""

from __future__ import annotations

from collections import Counter
from typing import Any

import sqlalchemy as sa

from integration.store import outbox
from integration.store.engine import connect
from integration.store.tables import crms, customers, pushes, tasks


class Books:
    """Of one store, by its URL; `crm` is the rule file's name of the CRM that is looked at."""

    url: str
    crm: str

    def states(self) -> Counter[tuple[str, str]]:
        """Rows of the outbox by kind and state."""
        rows = self._rows(sa.select(pushes.c.kind, pushes.c.state))
        return Counter((row.kind, row.state) for row in rows)

    def rows(self, kind: str) -> list[Any]:
        """Those of the outbox that are of one kind."""
        return self._rows(sa.select(pushes).where(pushes.c.kind == kind))

    def parked(self) -> list[dict[str, Any]]:
        engine = connect(self.url)
        with engine.connect() as connection:
            found = outbox.parked(connection)
        engine.dispose()
        return found

    def task_states(self) -> Counter[str]:
        return Counter(row.state for row in self._rows(sa.select(tasks.c.state)))

    def health(self) -> str:
        [row] = self._rows(sa.select(crms.c.health).where(crms.c.name == self.crm))
        return str(row.health)

    def sentence(self) -> str:
        [row] = self._rows(sa.select(crms.c.sentence).where(crms.c.name == self.crm))
        return str(row.sentence)

    def to_decide(self) -> int:
        marked = sa.select(customers.c.id).where(customers.c.changed_at.is_not(None))
        return len(self._rows(marked))

    def _rows(self, query: Any) -> list[Any]:
        engine = connect(self.url)
        with engine.connect() as connection:
            rows = list(connection.execute(query))
        engine.dispose()
        return rows
