"""Transactions that take their time: what they write is seen late, with the earlier stamps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from connectors.sandbox.world import Clock

Change = tuple[str, str | None, dict[str, Any]]
"""Object type, id (None for a new record), fields."""


class LongTransaction:
    """Changes that wait for the commit; nobody sees them before."""

    def __init__(self, clock: Clock, write: Callable[[Change], str]) -> None:
        self.began_at = clock.now()
        self._clock = clock
        self._write = write
        self._changes: list[Change] = []

    def create(self, type: str, fields: Mapping[str, Any]) -> None:
        now = self._clock.now()
        stamps = {"CreatedDate": now, "LastModifiedDate": now, "SystemModstamp": now}
        self._changes.append((type, None, {**fields, **stamps}))

    def update(self, type: str, id: str, fields: Mapping[str, Any]) -> None:
        now = self._clock.now()
        stamps = {"LastModifiedDate": now, "SystemModstamp": now}
        self._changes.append((type, id, {**fields, **stamps}))

    def written(self) -> list[str]:
        """Carry the changes out; answers the records' ids."""
        changes, self._changes = self._changes, []
        return [self._write(change) for change in changes]
