"""A query read to its end, one page at a time, that can neither loop nor grow too large."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connectors.errors import Unavailable
from connectors.salesforce.client import Client
from connectors.transport import AnswerTooLarge, CallKind

Row = dict[str, Any]
SMALL_BATCH = 200  # the least that Salesforce takes


class Scan:
    """Iterating gives (rows, total, is it the last page); the total is the first page's."""

    def __init__(
        self, client: Client, query: str, *, all_rows: bool = False, kind: CallKind = "read"
    ) -> None:
        self._client = client
        self._query = query
        self._all_rows = all_rows
        self._kind = kind

    def __iter__(self) -> Iterator[tuple[list[Row], int | None, bool]]:
        batch = 0
        try:
            page = self._first_page()
        except AnswerTooLarge:  # long texts: fewer rows at a time
            batch = SMALL_BATCH
            page = self._first_page(batch)
        total = page.get("totalSize")
        seen: set[str] = set()
        while True:
            following = _following(page)
            yield _rows(page), total if isinstance(total, int) else None, following is None
            if following is None:
                return
            if following in seen:
                raise Unavailable("Salesforce names a page of the query twice; reading stopped")
            seen.add(following)
            page = self._client.query_more(following, kind=self._kind, batch=batch)

    def _first_page(self, batch: int = 0) -> dict[str, Any]:
        return self._client.query(
            self._query, kind=self._kind, all_rows=self._all_rows, batch=batch
        )


def _following(page: dict[str, Any]) -> str | None:
    """The address of the next page, None after the last one."""
    if page.get("done") is True:
        return None
    following = page.get("nextRecordsUrl")
    if not following and page.get("done") is False:
        raise Unavailable("Salesforce has more rows of the query and does not say where")
    return str(following) if following else None


def _rows(page: dict[str, Any]) -> list[Row]:
    """A row that cannot be read ends the reading: to leave it out would lose it for good."""
    rows = page["records"]
    if not all(isinstance(row, dict) and row.get("Id") for row in rows):
        raise Unavailable("rows of the query are no records with an Id; reading stopped")
    return list(rows)
