"""The shape of one HTTP exchange, so that the two CRMs know nothing of sockets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import parse_qs


@dataclass(frozen=True, slots=True)
class Request:
    """`path` is percent-decoded and without the query; header names are lower-case."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def args(self) -> dict[str, str]:
        """The query's arguments, the first of each name."""
        return {name: values[0] for name, values in parse_qs(self.query, True).items()}

    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body.decode(), True).items()}

    def json(self) -> Any:
        """The body as JSON. Raises ValueError where it is none."""
        return json.loads(self.body) if self.body else None


@dataclass(frozen=True, slots=True)
class Response:
    """`body` is sent as it is when text (HTML), as JSON otherwise; None sends no body."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Crm(Protocol):
    """One sandbox CRM, as the server sees it."""

    name: str  # "salesforce" or "hubspot"

    def kind_of(self, request: Request) -> str:
        """auth, read, search, write or other: how the call is counted and matched by faults."""
        ...

    def handle(self, request: Request) -> Response: ...

    def refusing_rows(self) -> AbstractContextManager[None]:
        """While it is open, every other row that a batch writes is refused, as by a lock that
        passes; the caller holds the world's lock."""
        ...
