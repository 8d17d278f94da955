"""The search index of one object type: what search sees, which may lag behind the records.

Two sorted lists keep searches quick: ids, and (last modified, id). A query's matches are kept
until the index changes, so that walking 100,000 records by keyset filters them once.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

Properties = Mapping[str, str]

MAX_KEPT_QUERIES = 16


@dataclass(frozen=True, slots=True)
class Pending:
    """A write that search does not see yet."""

    id: int
    properties: Properties
    written_at: datetime
    seen_at: datetime

    def due(self, now: datetime) -> bool:
        # A clock that was set back behind the write must not hide it for years.
        return now >= self.seen_at or now < self.written_at


class SearchIndex:
    def __init__(self, modified: str) -> None:
        self._modified = modified
        self._seen: dict[int, Properties] = {}
        self._pending: list[Pending] = []
        self._by_modified: list[tuple[str, int]] = []
        self._sorted = True
        self._matches: dict[Hashable, list[int]] = {}

    def write(self, id: int, properties: Properties, now: datetime, lag_seconds: float) -> None:
        """A created or changed record: seen after the lag."""
        if lag_seconds <= 0:
            self._pending = [pending for pending in self._pending if pending.id != id]
            self._put(id, properties)
            return
        seen_at = now + timedelta(seconds=lag_seconds)
        self._pending.append(Pending(id, properties, now, seen_at))

    def forget(self, id: int) -> None:
        """An archived or merged record: search never returns one."""
        self._pending = [pending for pending in self._pending if pending.id != id]
        known = self._seen.pop(id, None)
        if known is not None:
            self._matches.clear()
            self._take_out(known.get(self._modified, ""), id)

    def load(self, records: Mapping[int, Properties]) -> None:
        """Many at once, without lag."""
        self._seen.update(records)
        self._matches.clear()
        self._sorted = False

    def catch_up(self, now: datetime) -> None:
        """Let search see what is due."""
        if not self._pending:
            return
        waiting: list[Pending] = []
        for pending in self._pending:
            if pending.due(now):
                self._put(pending.id, pending.properties)
                waiting = [other for other in waiting if other.id != pending.id]
            else:
                waiting.append(pending)
        self._pending = waiting

    def properties(self, id: int) -> Properties:
        return self._seen[id]

    def matches(self, query: Hashable, find: Callable[[], list[int]]) -> list[int]:
        """The ids that `find` answers for a query, kept until the index changes."""
        if query not in self._matches:
            if len(self._matches) >= MAX_KEPT_QUERIES:
                self._matches.clear()
            self._matches[query] = find()
        return self._matches[query]

    def modified_between(self, first: str, last: str) -> list[int]:
        """Ids whose last-modified text lies in the closed range; "" and "~" are its open ends."""
        self._sort()
        start = bisect_left(self._by_modified, (first, -1))
        end = bisect_right(self._by_modified, (last, 1 << 64))
        return [record_id for _, record_id in self._by_modified[start:end]]

    def ids(self) -> list[int]:
        return list(self._seen)

    def _put(self, id: int, properties: Properties) -> None:
        self._matches.clear()
        known = self._seen.get(id)
        self._seen[id] = properties
        if known is not None:
            self._take_out(known.get(self._modified, ""), id)
        if self._sorted:
            insort(self._by_modified, (properties.get(self._modified, ""), id))

    def _take_out(self, modified: str, id: int) -> None:
        if self._sorted:
            place = bisect_left(self._by_modified, (modified, id))
            del self._by_modified[place]

    def _sort(self) -> None:
        if not self._sorted:
            modified = self._modified
            self._by_modified = sorted(
                (p.get(modified, ""), record_id) for record_id, p in self._seen.items()
            )
            self._sorted = True
