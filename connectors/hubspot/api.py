"""Calls to HubSpot: token, paths, and an answer that is either good JSON or a sorted error."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any, Final

from connectors.errors import Unavailable
from connectors.hubspot import bodies
from connectors.hubspot.answers import failure
from connectors.hubspot.paths import Routes
from connectors.transport import AnswerTooLarge, CallKind, Transport, lost

LIST_LIMIT: Final = 100


class Api:
    """One portal's API. `zone` is the account's, None until it is known."""

    def __init__(
        self, transport: Transport, routes: Routes, token: str, clock: Callable[[], datetime]
    ) -> None:
        self.transport = transport
        self.routes = routes
        self.zone: tzinfo | None = None
        self._clock = clock
        # exactly this form: a lower-case scheme or a second space is a 401
        self._headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}

    def server_now(self) -> datetime | None:
        return self.transport.server_now()

    def call(
        self,
        kind: CallKind,
        method: str,
        path: str,
        *,
        json: Any = None,
        params: Mapping[str, str] | None = None,
        creates: bool = False,
    ) -> Mapping[str, Any]:
        """The answer's JSON object. Raises `connectors.errors`, or Refusal for 400, 404, 409."""
        answer = self.transport.request(
            method, path, kind=kind, json=json, params=params, headers=self._headers
        )
        if not answer.ok:
            now = self._clock()
            raise failure(
                answer,
                creates=creates,
                now=now,
                server_now=self.server_now() or now,
                zone=self.zone or UTC,
            )
        body = answer.body()
        if not isinstance(body, Mapping):
            raise lost(kind, "HubSpot's answer is not a JSON object")
        return body

    def search(
        self,
        type: str,
        groups: Sequence[bodies.Filters],
        properties: Sequence[str],
        limit: int = bodies.SEARCH_LIMIT,
    ) -> Mapping[str, Any]:
        """One page in the order of ids; a page too large to take is asked for in halves."""
        path = self.routes.object_(type, "search")
        while True:
            try:
                json = bodies.search(groups, properties, limit)
                return self.call("search", "POST", path, json=json)
            except AnswerTooLarge:
                if limit == 1:
                    raise
                limit //= 2

    def batch_read(
        self,
        type: str,
        ids: Sequence[str],
        properties: Sequence[str],
        *,
        id_property: str | None = None,
        archived: bool = False,
        kind: CallKind = "read",
    ) -> Iterator[Mapping[str, Any]]:
        """The records that HubSpot shows, 100 a call; those that it does not are left out."""
        path = self.routes.object_(type, "batch", "read")
        params = {"archived": "true" if archived else "false"}
        for some in chunks(ids, bodies.OBJECT_BATCH):
            json = bodies.batch_read(some, properties, id_property)
            yield from records(self.call(kind, "POST", path, json=json, params=params))

    def associations(
        self, from_type: str, to_type: str, ids: Sequence[str], kind: CallKind = "read"
    ) -> dict[str, list[Mapping[str, Any]]]:
        """Record id -> what it is associated with, 1,000 records a call. A record without any
        comes as a row of a 207's errors, or not at all; long lists come in pages."""
        path = self.routes.association(from_type, to_type, "batch", "read")
        found: dict[str, list[Mapping[str, Any]]] = {}
        todo: dict[str, str | None] = dict.fromkeys(ids)
        asked: set[tuple[str, str | None]] = set()
        while todo:
            some = dict(list(todo.items())[: bodies.ASSOCIATION_BATCH])
            todo = dict(list(todo.items())[bodies.ASSOCIATION_BATCH :])
            asked.update(some.items())
            answer = self.call(kind, "POST", path, json=bodies.associations_of(some))
            for row in rows(answer):
                origin, targets = row.get("from"), row.get("to") or []
                if not isinstance(origin, Mapping) or not isinstance(targets, list):
                    raise Unavailable("HubSpot's answer does not say whose associations they are")
                found.setdefault(str(origin.get("id", "")), []).extend(
                    one for one in targets if isinstance(one, Mapping)
                )
                after = next_page(row)
                if after is not None:
                    _refuse_repeat((str(origin.get("id", "")), after), asked)
                    todo[str(origin.get("id", ""))] = after
        return found

    def listed(
        self, kind: CallKind, path: str, params: Mapping[str, str]
    ) -> Iterator[list[Mapping[str, Any]]]:
        """The pages of a list endpoint."""
        asked: set[tuple[str, str | None]] = set()
        after: str | None = None
        while True:
            asked.add(("", after))
            paged = {**params, "limit": str(LIST_LIMIT), **({"after": after} if after else {})}
            answer = self.call(kind, "GET", path, params=paged)
            yield records(answer)
            after = next_page(answer)
            if after is None:
                return
            _refuse_repeat(("", after), asked)


def rows(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """`results`, where it is a list of objects. Raises Unavailable where it is not."""
    found = answer.get("results")
    if not isinstance(found, list) or not all(isinstance(row, Mapping) for row in found):
        raise Unavailable("HubSpot's answer has no list of results")
    return found


def records(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """`results` as CRM records. Raises Unavailable where one of them is none: to leave it out
    would lose it for good."""
    found = rows(answer)
    if not all(map(is_record, found)):
        raise Unavailable("HubSpot's answer has results that are no records")
    return found


def is_record(row: Any) -> bool:
    """Whether it has an id, and its properties, if any came, are an object."""
    if not isinstance(row, Mapping) or not row.get("id"):
        return False
    return row.get("properties") is None or isinstance(row["properties"], Mapping)


def next_page(answer: Mapping[str, Any]) -> str | None:
    paging = answer.get("paging")
    following = paging.get("next") if isinstance(paging, Mapping) else None
    after = following.get("after") if isinstance(following, Mapping) else None
    return None if after in (None, "") else str(after)


def chunks(items: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _refuse_repeat(page: tuple[str, str | None], asked: set[tuple[str, str | None]]) -> None:
    if page in asked:
        raise Unavailable("HubSpot gave the same page token twice; stopped before it loops")
