"""What changed in a stream: search by keyset inside a last-modified window, page by page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from connectors.base import Cursor, Page
from connectors.errors import Unavailable
from connectors.hubspot.answers import Refusal
from connectors.hubspot.api import Api, next_page, records
from connectors.hubspot.bodies import ASSOCIATION_BATCH, Filters, fits_search
from connectors.hubspot.drafts import key_of, property_name
from connectors.hubspot.mapping import merged_snapshots, modified_at
from connectors.hubspot.paths import OWNERS, TASKS, last_modified_name
from connectors.hubspot.reading import Reader
from connectors.hubspot.schema import Schema
from connectors.hubspot.values import instant, milliseconds
from connectors.hubspot.watermark import Watermark
from connectors.stream import Stream
from rules.model import Field, Ref

_KEY: Final = property_name(Field.KEY)
# without a Date header the caller's clock has to do, which may be some minutes ahead
_UNTRUSTED_CLOCK: Final = timedelta(minutes=10)

Row = Mapping[str, Any]


class Poller:
    def __init__(self, api: Api, schema: Schema, reader: Reader) -> None:
        self._api = api
        self._schema = schema
        self._reader = reader

    def changed(self, stream: Stream, cursor: Cursor | None, now: datetime) -> Iterator[Page]:
        if stream.type == OWNERS:
            owners = self._reader.owners()
            yield Page({}, tuple(owners), history=cursor is None, total=len(owners))
            return
        mark = Watermark.from_cursor(cursor)
        if mark.began is None and mark.crowd and self._crowd_is_unchanged(stream, mark):
            yield Page(mark.crowd_unchanged(self._server_now(now)).to_cursor())
            return
        yield from self._scan(stream, mark, now)

    def _scan(self, stream: Stream, mark: Watermark, now: datetime) -> Iterator[Page]:
        """One whole scan; a page gathers as many rows as one association call takes."""
        properties = self._reader.asked_properties(stream)
        stamps = ("hs_object_id", last_modified_name(stream.type))
        gathered: list[Row] = []
        more = True
        while more:
            groups = self._groups(stream, mark)
            whole = fits_search(groups, properties)
            answer = self._api.search(stream.type, groups, properties if whole else stamps)
            found = records(answer)
            mark = mark.begin(self._server_now(now), _total(answer))
            stamped = [(str(row.get("id")), _stamp(row, stream.type)) for row in found]
            mark = mark.saw(stamped, _last_id(found, mark))
            news = [
                row
                for row, (id, stamp) in zip(found, stamped, strict=True)
                if not mark.is_known(id, stamp)
            ]
            gathered += news if whole else self._read_whole(stream.type, news, properties)
            more = _more(answer, found)
            if more and len(gathered) + _coming(answer, found) > ASSOCIATION_BATCH:
                yield self._page(stream, gathered, mark, mark)
                gathered = []
        ended, gone = self._with_archived(stream, mark)
        yield self._page(stream, gathered, mark, ended, gone)

    def _read_whole(
        self, type: str, found: Sequence[Row], properties: Sequence[str]
    ) -> Iterator[Row]:
        """Where the names of all properties do not fit into a search, it tells the rows only;
        one that was archived or merged since is told by other ways."""
        ids = [str(row.get("id")) for row in found]
        return self._api.batch_read(type, ids, properties)

    def _page(
        self,
        stream: Stream,
        found: Sequence[Row],
        mark: Watermark,
        following: Watermark,
        gone: Sequence[Ref] = (),
    ) -> Page:
        if stream.type == TASKS:
            found = [row for row in found if key_of(row.get("properties") or {})]
        snapshots = self._reader.snapshots(stream, found)
        return Page(
            following.to_cursor(),
            (*snapshots, *merged_snapshots(stream, found)),
            gone=tuple(gone),
            history=mark.history,
            total=mark.total,
        )

    def _groups(self, stream: Stream, mark: Watermark) -> list[Filters]:
        window: list[tuple[str, str, str | None]] = []
        if mark.since is not None:
            window.append((last_modified_name(stream.type), "GTE", str(mark.since)))
        if mark.after is not None:
            window.append(("hs_object_id", "GT", str(mark.after)))
        return self._with_ours(stream, window)

    def _with_ours(
        self, stream: Stream, window: Sequence[tuple[str, str, str | None]]
    ) -> list[Filters]:
        """Of tasks only ours: a portal holds hundreds of thousands of other people's. By our
        property where tasks have it, and by the marker in the body for those made before."""
        if stream.type != TASKS:
            return [window] if window else []
        ours: list[tuple[str, str, str | None]] = [
            ("hs_task_body", "CONTAINS_TOKEN", "winback"),
            ("hs_task_body", "CONTAINS_TOKEN", "winback*"),  # where `winback:KEY` is one token
        ]
        if _KEY in self._schema.properties(TASKS):
            ours.insert(0, (_KEY, "HAS_PROPERTY", None))
        return [[one, *window] for one in ours]

    def _crowd_is_unchanged(self, stream: Stream, mark: Watermark) -> bool:
        """Two searches of one row each instead of reading a bulk change again."""
        name = last_modified_name(stream.type)
        newer = self._with_ours(stream, [(name, "GT", str(mark.newest))])
        if _total(self._api.search(stream.type, newer, ["hs_object_id"], 1)) != 0:
            return False
        window = [(name, "GTE", str(mark.since)), (name, "LTE", str(mark.newest))]
        counted = self._api.search(
            stream.type, self._with_ours(stream, window), ["hs_object_id"], 1
        )
        return _total(counted) == mark.crowd

    def _with_archived(self, stream: Stream, mark: Watermark) -> tuple[Watermark, list[Ref]]:
        """The end of a scan; once a day with what was archived since, which search never shows.

        Not for tasks: the list has everybody's, and ours are asked for by id.
        """
        ended, began = mark.finish(), mark.began or 0
        if mark.history or not mark.look_is_due(began):
            return ended, []
        gone = [] if stream.type == TASKS else self._archived_since(stream, mark.looked or 0)
        return ended.looked_at(began), gone

    def _archived_since(self, stream: Stream, looked: int) -> list[Ref]:
        path = self._api.routes.object_(stream.type)
        found: list[Ref] = []
        try:
            for page in self._api.listed("read", path, {"archived": "true"}):
                found += [
                    Ref(stream.type, str(row.get("id", "")))
                    for row in page
                    if _milliseconds(row.get("archivedAt")) >= looked
                ]
        except Refusal:
            return []  # "Paging through deleted objects is not yet supported" for some types
        return found

    def _server_now(self, now: datetime) -> int:
        return milliseconds(self._api.server_now() or now - _UNTRUSTED_CLOCK)


def _stamp(row: Row, type: str) -> int | None:
    at = modified_at(row, type)
    return None if at is None else milliseconds(at)


def _milliseconds(raw: Any) -> int:
    at = instant(raw)
    return 0 if at is None else milliseconds(at)


def _total(answer: Mapping[str, Any]) -> int | None:
    total = answer.get("total")
    return total if isinstance(total, int) else None


def _more(answer: Mapping[str, Any], found: Sequence[Row]) -> bool:
    """Whether rows are left; by the count, or by a page token where HubSpot gives no count."""
    total = _total(answer)
    if not found:
        return False
    return next_page(answer) is not None or (total is not None and total > len(found))


def _coming(answer: Mapping[str, Any], found: Sequence[Row]) -> int:
    """How many rows the next page may have at most."""
    total = _total(answer)
    return len(found) if total is None else min(len(found), total - len(found))


def _last_id(found: Sequence[Row], mark: Watermark) -> int:
    """The keyset's next start. Raises Unavailable where the rows do not go on from the last."""
    try:
        ids = [int(str(row.get("id"))) for row in found]
    except ValueError:
        raise Unavailable("HubSpot's search gave a record without a numeric id") from None
    last = mark.after if mark.after is not None else -1
    if ids and min(ids) <= last:
        raise Unavailable("HubSpot's search gave the same page twice; stopped before it loops")
    return max(ids, default=last)
