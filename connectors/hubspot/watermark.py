"""How far a search scan got, and where the next one starts. Pure; all instants are milliseconds
by the portal's own clock.

A scan goes through all rows modified since `since` in the order of their ids (a keyset: no cap,
and a row that changes meanwhile is still there). The next scan starts at the newest stamp seen,
but never later than a minute before this scan began, because HubSpot's index lags. Stamps that
have nothing to do with its clock (an old data set) are right by the same rule.

Starting at the newest stamp shows the rows that carry it again, so that one with an equal stamp
that comes late is not lost. Where they were last read more than a minute after that stamp, with
whatever was associated with them since, their ids are remembered (`known`) and they are left out.

A bulk change leaves thousands of rows inside that minute. They are counted before they are read
again: as long as nothing is newer and their number is what we saw, there is nothing to read. As
a count cannot tell an archived row from a late one, the window is still read once more with the
daily look at what was archived (`owed`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Self

OVERLAP: Final = 60_000
DAY: Final = 86_400_000
CROWD: Final = 200  # more rows than one search gives
_IDS: Final = ("known", "newest_ids")  # tuples here, lists in a cursor


@dataclass(frozen=True, slots=True)
class Watermark:
    """The state of one stream; `to_cursor` and `from_cursor` are its JSON.

    `began` is None between scans. `newest` is the newest stamp ever seen, `at_newest` how many
    rows of this scan carry exactly it, `newest_ids` the first of them (no more than matter),
    `recent` how many are inside the overlap.
    """

    since: int | None = None  # None: the whole history
    began: int | None = None
    after: int | None = None  # the last id of the scan under way
    history: bool = False
    total: int | None = None
    newest: int | None = None
    at_newest: int = 0
    newest_ids: tuple[str, ...] = ()
    recent: int = 0
    known: tuple[str, ...] = ()  # rows stamped exactly `since` that need not be read again
    crowd: int = 0  # rows that the last scan left between `since` and `newest`, where many
    crowd_at_newest: int = 0
    owed: int | None = None
    looked: int | None = None  # when archived rows were last looked at

    @classmethod
    def from_cursor(cls, cursor: Mapping[str, Any] | None) -> Self:
        if cursor is None:
            return cls(history=True)
        kept: dict[str, Any] = {name: cursor[name] for name in cls.__slots__ if name in cursor}
        kept |= {name: tuple(kept[name]) for name in _IDS if name in kept}
        return cls(**kept)

    def to_cursor(self) -> dict[str, Any]:
        whole = {name: getattr(self, name) for name in self.__slots__}
        ids = {name: list(whole[name]) for name in _IDS}
        return {name: value for name, value in (whole | ids).items() if value}

    def begin(self, now: int, total: int | None) -> Self:
        """The first page of a scan has come; a scan that was cut off goes on as it began."""
        if self.began is not None:
            return self
        return replace(
            self,
            began=now,
            total=total,
            at_newest=0,
            newest_ids=(),
            recent=0,
            crowd=0,
            crowd_at_newest=0,
            looked=now if self.looked is None else self.looked,
        )

    def is_known(self, id: str, stamp: int | None) -> bool:
        """Whether a row is one that was read before and has not changed."""
        return stamp is not None and stamp == self.since and id in self.known

    def saw(self, rows: Iterable[tuple[str, int | None]], last_id: int) -> Self:
        """A page of the scan was taken, up to `last_id`: the ids and stamps of its rows."""
        newest, ids, recent = self.newest, list(self.newest_ids), self.recent
        at_newest = self.at_newest
        edge = (self.began or 0) - OVERLAP
        for id, stamp in rows:
            if stamp is None:
                continue
            if newest is None or stamp > newest:
                newest, at_newest, ids = stamp, 0, []
            if stamp == newest:
                at_newest += 1
                ids.append(id)
            recent += stamp >= edge
        return replace(
            self,
            newest=newest,
            at_newest=at_newest,
            newest_ids=tuple(ids[:CROWD]),
            recent=recent,
            after=last_id,
        )

    def finish(self) -> Self:
        """The scan is through: where the next one starts."""
        ended = replace(
            self,
            began=None,
            after=None,
            history=False,
            total=None,
            at_newest=0,
            newest_ids=(),
            recent=0,
            known=(),
        )
        if self.began is None or self.newest is None:
            return ended
        edge = self.began - OVERLAP
        if self.newest < edge:
            past = self.newest + 1
            if self.at_newest > CROWD or self.since == past:
                return replace(ended, since=past)
            return replace(ended, since=self.newest, known=self.newest_ids)
        if self.recent <= CROWD:
            return replace(ended, since=edge)
        return replace(ended, since=edge, crowd=self.recent, crowd_at_newest=self.at_newest)

    def crowd_unchanged(self, now: int) -> Self:
        """Counted, and nothing is new: once the index has settled the window is left behind."""
        if self.newest is None or now < self.newest + OVERLAP:
            return self
        owed = self.since if self.owed is None else self.owed
        since = self.newest + (1 if self.crowd_at_newest > CROWD else 0)
        return replace(self, since=since, crowd=0, crowd_at_newest=0, owed=owed)

    def look_is_due(self, now: int) -> bool:
        """Whether a day has passed since archived rows were looked at."""
        return self.looked is not None and now >= self.looked + DAY

    def looked_at(self, now: int) -> Self:
        """Archived rows were looked at; an owed window is read again with the next scan."""
        if self.owed is None or self.since is None:
            return replace(self, looked=now)
        since = min(self.since, self.owed)
        return replace(
            self, looked=now, since=since, owed=None, known=(), crowd=0, crowd_at_newest=0
        )
