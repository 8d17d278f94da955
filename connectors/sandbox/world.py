"""What both sandbox CRMs share: a clock, a ledger of every write, call counts, planned faults.

State in memory, guarded by one lock (`World.lock`): a request handler holds it while it
touches records, never while it sleeps for a planned delay.
"""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any


class Clock:
    """The CRM's own clock: real time until somebody moves it, then it runs on from there."""

    def __init__(self) -> None:
        self._shift = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._shift

    def set(self, instant: datetime) -> None:
        self._shift = instant - datetime.now(UTC)

    def reset(self) -> None:
        self._shift = timedelta()

    def advance(self, seconds: float) -> None:
        self._shift += timedelta(seconds=seconds)


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One write as it was committed. `by` is "api" for callers and "person" for `/_sandbox`."""

    number: int
    at: datetime
    crm: str
    verb: str  # create, update, delete, restore, merge, schema
    type: str
    id: str
    fields: Mapping[str, Any]
    by: str = "api"


@dataclass(slots=True)
class Fault:
    """A planned fault. It strikes calls that match, after `skip` of them, `times` times.

    `kind` matches the call's kind (auth, read, search, write, other), `path` is a substring of
    the request's path, `within` one of its body, `method` its verb; None matches all. `action`:
    "status" (answer `status` with `body` and `headers`), "delay" (`seconds`, then go on),
    "reset" (drop the connection before anything is done), "hang" (`seconds` of silence, then
    drop), "lost" (do it, then drop the connection without an answer), "cut" (do it, send half
    of the answer), "late" (drop now, do it `seconds` later), "html" (a 503 HTML page),
    "drip" (the answer a byte at a time over `seconds`), "partial" (every other row of a batch
    write, the first among them, is refused as by a lock that passes).
    """

    action: str
    crm: str | None = None
    kind: str | None = None
    path: str | None = None
    within: str | None = None
    method: str | None = None
    skip: int = 0
    times: int = 1
    status: int = 503
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    def matches(self, crm: str, kind: str, method: str, path: str, body: bytes) -> bool:
        return (
            (self.crm is None or self.crm == crm)
            and (self.kind is None or self.kind == kind)
            and (self.method is None or self.method == method)
            and (self.path is None or self.path in path)
            and (self.within is None or self.within.encode() in body)
        )


class World:
    """One sandbox process: both CRMs live in it and share its clock, ledger and faults."""

    def __init__(self, latency: float = 0.0) -> None:
        self.lock = threading.RLock()
        self.clock = Clock()
        self.latency = latency  # seconds added to every API call
        self.ledger: list[LedgerEntry] = []
        self.calls: Counter[tuple[str, str]] = Counter()  # (crm, kind) -> API calls
        self.faults: list[Fault] = []
        self._numbers = itertools.count(1)

    def restart(self) -> None:
        """Real time again, nothing written, counted or planned. The caller holds the lock."""
        self.clock.reset()
        self.ledger.clear()
        self.calls.clear()
        self.faults.clear()
        self._numbers = itertools.count(1)

    def record(
        self, crm: str, verb: str, type: str, id: str, fields: Mapping[str, Any], by: str = "api"
    ) -> None:
        """Note a write that has just been committed."""
        entry = LedgerEntry(
            next(self._numbers), self.clock.now(), crm, verb, type, id, dict(fields), by
        )
        self.ledger.append(entry)

    def count(self, crm: str, kind: str) -> None:
        self.calls[crm, kind] += 1

    def strike(self, crm: str, kind: str, method: str, path: str, body: bytes) -> Fault | None:
        """The fault that hits this call, if one is planned; it is used up by the hit."""
        with self.lock:
            for fault in self.faults:
                if not fault.matches(crm, kind, method, path, body):
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                fault.times -= 1
                if fault.times <= 0:
                    self.faults.remove(fault)
                return fault
        return None
