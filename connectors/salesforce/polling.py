"""What changed in one stream, in every clock regime, page by page.

Normally Salesforce's own `updated` tells it, with `latestDateCovered` as the watermark: the only
one that does not lose rows of long transactions. A caller whose clock is 90 minutes or more away
from the server's runs on simulated time, and there the server's windows mean nothing: then the
records' own stamps are followed instead. One cursor serves both, so that either may come next.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from connectors.base import Cursor, Page
from connectors.errors import CursorTooOld
from connectors.salesforce import refusals, soql
from connectors.salesforce.client import Client
from connectors.salesforce.cursor import Phase, Progress, from_cursor, to_cursor
from connectors.salesforce.mapping import Columns, columns, snapshot
from connectors.salesforce.names import KEY_FIELD
from connectors.salesforce.replication import Replication, WindowRefused
from connectors.salesforce.scanning import Scan
from connectors.salesforce.schema import ObjectSchema
from connectors.salesforce.streams import stamp_field
from connectors.stream import Stream
from rules.model import Kind, Ref, Snapshot

SIMULATED = timedelta(minutes=90)
LOOK_BACK = timedelta(days=30)  # as far as `updated` reaches
MARGIN = timedelta(minutes=10)
"""Late commits and skewed clocks, where no `latestDateCovered` has them in it already."""

LOOK_FOR_DELETIONS = timedelta(hours=1)
"""A call for each type: every minute it would double what polling costs."""

MANY_SHARING = 200
REFS_PER_PAGE = 2_000


class Poll:
    """One call of `changed`: one stream, from one cursor, at one moment."""

    def __init__(
        self,
        client: Client,
        replication: Replication,
        stream: Stream,
        schema: ObjectSchema,
        now: datetime,
    ) -> None:
        self._client = client
        self._replication = replication
        self._type = stream.type
        self._kind = stream.kind
        self._schema = schema
        self._columns: Columns = columns(stream, schema)
        self._stamp = stamp_field(schema)
        self._now = now
        self._server_now = client.server_now() or now
        self._simulated = abs(now - self._server_now) > SIMULATED

    def pages(self, cursor: Cursor | None) -> Iterator[Page]:
        """Raises CursorTooOld beside what the calls raise."""
        progress = from_cursor(cursor)
        if progress.phase is Phase.HISTORY:
            yield from self._first_contact(progress)
        elif self._simulated:
            yield from self._by_stamp(progress)
        else:
            yield from self._by_window(progress)

    def _first_contact(self, progress: Progress) -> Iterator[Page]:
        """The whole table by Id; the watermark is taken before the first row is read."""
        if progress.covered is None:
            progress = replace(
                progress,
                covered=self._watermark(),
                gone_from=self._server_now,
                gone_at=self._now,
            )
        if self._kind is Kind.TASK:
            # An org's tasks may be millions, and none of them is ours yet, unless somebody begins
            # anew with an empty store: one of ours is enough to tell that. Nor are they read if
            # simulated time comes later, so the newest stamp is noted in any case.
            progress = replace(progress, phase=Phase.IDLE, newest=self._newest_stamp())
            cursor = to_cursor(progress)
            yield Page(cursor, snapshots=self._one_of_ours(), history=True)
            return
        where = f"Id > {soql.text(progress.after)}" if progress.after else ""
        for rows, total, last in self._scan(where, ("Id",)):
            read = tuple(snapshot(row, self._columns) for row in rows)
            progress = progress.seen(read)
            if read:
                progress = replace(progress, after=read[-1].ref.id)
            page_progress = self._finished(progress) if last else progress
            yield Page(to_cursor(page_progress), snapshots=read, history=True, total=total)

    def _by_window(self, progress: Progress) -> Iterator[Page]:
        covered = progress.covered or self._server_now - MARGIN
        if self._server_now - covered > LOOK_BACK:
            raise CursorTooOld(
                f"{self._type} was last polled on {covered.date()}, and Salesforce tells changes"
                " of the last 30 days only"
            )
        try:
            ids, covered = self._updated(covered)
        except WindowRefused:
            # Too many ids for one answer, or a window that the org will not have.
            start = Progress(Phase.IDLE, newest=covered)
            yield from self._by_stamp(
                replace(start, gone_from=progress.gone_from, gone_at=progress.gone_at)
            )
            return
        gone, looked, done = self._deletions(progress)
        refs = self._refs(dict.fromkeys((*ids, *looked)))
        while len(refs) > REFS_PER_PAGE:
            yield Page(to_cursor(progress), refs=refs[:REFS_PER_PAGE])
            refs = refs[REFS_PER_PAGE:]
        done = replace(done, phase=Phase.IDLE, covered=covered, after=None)
        yield Page(to_cursor(done), refs=refs, gone=gone)

    def _updated(self, start: datetime) -> tuple[list[str], datetime]:
        ids, covered = self._replication.updated(self._type, start, self._server_now)
        heard = self._client.server_now() or self._server_now
        if heard - self._server_now > self._replication.reach:
            # The clock that we went by was heard before somebody moved it.
            self._server_now = heard
            return self._replication.updated(self._type, start, heard)
        return ids, covered

    def _by_stamp(self, progress: Progress) -> Iterator[Page]:
        where = self._behind(progress)
        if progress.phase is Phase.IDLE and not progress.past_newest:
            progress = replace(progress, sharing=0)  # they come again and are counted anew
        progress = replace(progress, phase=Phase.STAMPS)
        for rows, total, last in self._scan(where, (self._stamp, "Id")):
            read = tuple(snapshot(row, self._columns) for row in rows)
            progress = progress.seen(read)
            if read:
                progress = replace(progress, after=read[-1].ref.id, past_newest=False)
            if not last:
                yield Page(to_cursor(progress), snapshots=read, total=total)
                continue
            gone, looked, progress = self._deletions(progress)
            done = self._finished(replace(progress, covered=self._server_now - MARGIN))
            refs = self._refs(looked)
            yield Page(to_cursor(done), snapshots=read, refs=refs, gone=gone, total=total)

    def _behind(self, progress: Progress) -> str:
        """The condition for what `progress` has not seen."""
        if progress.newest is None:
            return ""
        newest = soql.instant(progress.newest)
        if progress.phase is Phase.STAMPS and progress.after:
            return (
                f"(({self._stamp} = {newest} AND Id > {soql.text(progress.after)})"
                f" OR {self._stamp} > {newest})"
            )
        return f"{self._stamp} {'>' if progress.past_newest else '>='} {newest}"

    def _finished(self, progress: Progress) -> Progress:
        """The cursor of a listing's end.

        The next listing begins at the newest stamp, so that a row that gets the same one later
        is seen; behind it where so many rows share it (a data set loaded at once) that they
        would be read again for ever, and the server's clock, which has no fractions, had left
        that second before the reading began.
        """
        newest = progress.newest
        second = self._server_now.replace(microsecond=0)
        left = newest is not None and not 0 <= (second - newest).total_seconds() < 1
        past = left and progress.sharing > MANY_SHARING
        return replace(progress, phase=Phase.IDLE, after=None, past_newest=past)

    def _watermark(self) -> datetime:
        if self._simulated:
            return self._server_now - MARGIN
        try:
            _, covered = self._replication.updated(
                self._type, self._server_now - timedelta(minutes=1), self._server_now
            )
        except WindowRefused:
            return self._server_now - MARGIN
        return covered

    def _one_of_ours(self) -> tuple[Snapshot, ...]:
        """A task with our key; none where the org has no field for it, or will not be asked."""
        if self._schema.find(KEY_FIELD) is None:
            return ()
        query = soql.select(tuple(self._columns.names), self._type, f"{KEY_FIELD} != NULL")
        try:
            rows = self._client.query(f"{query} LIMIT 1", kind="other")["records"]
        except refusals.Refusal:
            return ()  # a field that cannot be filtered by: nothing depends on knowing early
        return tuple(snapshot(row, self._columns) for row in rows if isinstance(row, dict))

    def _newest_stamp(self) -> datetime | None:
        query = soql.select(("Id", self._stamp), self._type, order=(self._stamp,))
        rows = self._client.query(f"{query} DESC LIMIT 1")["records"]
        newest = [snapshot(row, self._columns).modified_at for row in rows if isinstance(row, dict)]
        return newest[0] if newest else None

    def _deletions(self, progress: Progress) -> tuple[tuple[Ref, ...], list[str], Progress]:
        """Refs that are gone, ids that have to be read, and the progress: once an hour.

        The loser of a merge is told as deleted too: where a type can be merged, reading finds
        out which of the two it was.
        """
        if progress.gone_at and abs(self._now - progress.gone_at) < LOOK_FOR_DELETIONS:
            return (), [], progress
        start = progress.gone_from or self._server_now - MARGIN
        ids, covered = self._replication.deleted(self._type, start, self._server_now)
        progress = replace(progress, gone_from=covered, gone_at=self._now)
        if self._schema.find("MasterRecordId"):
            return (), ids, progress
        return self._refs(ids), [], progress

    def _refs(self, ids: Iterable[str]) -> tuple[Ref, ...]:
        return tuple(Ref(self._type, one) for one in ids)

    def _scan(self, where: str, order: tuple[str, ...]) -> Scan:
        query = soql.select(tuple(self._columns.names), self._type, where, order)
        return Scan(self._client, query)
