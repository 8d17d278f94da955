"""Salesforce's `updated` and `deleted`: ids in a window of time, and up to when it is complete."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.errors import Unavailable
from connectors.salesforce import refusals
from connectors.salesforce.client import Client
from connectors.salesforce.values import instant
from connectors.transport import AnswerTooLarge, NotOffered

_SECOND = timedelta(seconds=1)
_MINUTE = timedelta(minutes=1)
_DELETED_REACH = timedelta(days=15)

_AHEAD = timedelta(minutes=10)
_WINDOWS = (
    (_AHEAD, _SECOND),
    (_SECOND, _SECOND),
    (timedelta(), _SECOND),
    (timedelta(), 2 * _MINUTE),
)
"""How far a window ends ahead of the server's clock, and how long it is at least; tried in this
order. The documentation says that seconds are ignored, and the CRM's clock may run ahead of its
web server's, so only an end that lies ahead surely brings what has just been changed. That every
org takes one is not confirmed, nor that a window may be shorter than a minute."""

_NO_WINDOW = frozenset({"EXCEEDED_ID_LIMIT", "INVALID_TYPE", "NOT_FOUND"})


class WindowRefused(Exception):
    """The window cannot be had: too many ids in it, or the org will not have its bounds."""


class Replication:
    """Both calls for one org. Remembers which kind of window it takes."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._window = 0

    @property
    def reach(self) -> timedelta:
        """How far behind the server's clock a caller's idea of it may be without harm."""
        ahead, _ = _WINDOWS[self._window]
        return max(ahead - _MINUTE, _MINUTE)

    def updated(
        self, type: str, start: datetime, server_now: datetime
    ) -> tuple[list[str], datetime]:
        """Ids changed since `start`, and the instant up to which that is all.

        Raises WindowRefused.
        """
        for number in range(self._window, len(_WINDOWS)):
            ahead, least = _WINDOWS[number]
            end = server_now + ahead
            try:
                ids, covered = self._updated(type, min(start, end - least), end)
            except refusals.Refusal as refusal:
                if refusal.code in _NO_WINDOW:
                    break
                continue
            self._window = number
            if covered is None or covered >= end.replace(second=0, microsecond=0):
                # Only our own end said back. Where that lies ahead, it covers nothing: what was
                # stamped by a slow clock, or commits late, has to fall into the next window.
                covered = server_now - (_AHEAD if ahead == _AHEAD else timedelta())
            return ids, covered
        raise WindowRefused

    def _updated(
        self, type: str, start: datetime, end: datetime
    ) -> tuple[list[str], datetime | None]:
        try:
            answer = self._client.call(
                "GET",
                f"sobjects/{type}/updated/",
                kind="read",
                params={"start": _written(start), "end": _written(end)},
            )
        except (AnswerTooLarge, NotOffered):
            raise WindowRefused from None
        ids = [str(one) for one in _listed(answer, "ids")]
        return ids, instant(answer.get("latestDateCovered"))

    def deleted(
        self, type: str, start: datetime, server_now: datetime
    ) -> tuple[list[str], datetime]:
        """Ids deleted since `start` (15 days at most), and where to begin the next time.

        A type or a window that the org does not tell about is none deleted: `read` finds out
        about a single record at any time.
        """
        start = max(start, server_now - _DELETED_REACH + _MINUTE)
        start = min(start, server_now - 2 * _MINUTE)
        try:
            answer = self._client.call(
                "GET",
                f"sobjects/{type}/deleted/",
                kind="read",
                params={"start": _written(start), "end": _written(server_now)},
            )
        except (refusals.Refusal, AnswerTooLarge, NotOffered):
            return [], server_now
        rows = _listed(answer, "deletedRecords")
        covered = instant(answer.get("latestDateCovered")) or start
        ids = [str(row["id"]) for row in rows if isinstance(row, dict) and row.get("id")]
        return ids, min(covered, server_now)


def _listed(answer: Any, name: str) -> list[Any]:
    rows = answer.get(name) if isinstance(answer, dict) else None
    if rows is None and isinstance(answer, dict) and "latestDateCovered" in answer:
        return []
    if not isinstance(rows, list):
        raise Unavailable(f"Salesforce's list of changes has no {name} in it")
    return rows


def _written(at: datetime) -> str:
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "+00:00"
