"""Query results that go over several pages. A cursor lives for two days."""

from __future__ import annotations

from datetime import datetime, timedelta

from connectors.sandbox.salesforce.faults import CallFault
from connectors.sandbox.salesforce.ids import IdMaker
from connectors.sandbox.salesforce.soql.run import Found
from connectors.sandbox.world import Clock

_LIFE = timedelta(days=2)


class Cursors:
    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._ids = IdMaker()
        self._open: dict[str, tuple[datetime, Found]] = {}

    def open(self, found: Found) -> str:
        """Keep a result; the name under which the next page is asked for."""
        now = self.clock.now()
        for name, (opened_at, _) in list(self._open.items()):
            if now - opened_at > _LIFE:
                del self._open[name]
        name = self._ids.next("0r8")
        self._open[name] = (now, found)
        return name

    def find(self, name: str) -> Found:
        """Raises CallFault INVALID_QUERY_LOCATOR."""
        opened = self._open.get(name)
        if opened is None or self.clock.now() - opened[0] > _LIFE:
            raise CallFault(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        return opened[1]
