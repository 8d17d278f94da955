"""Callers that push without pause, as HubSpot does: signed deliveries on many connections, with
a note of every record that was acknowledged."""

from __future__ import annotations

import http.client
import itertools
import json
import statistics
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from types import TracebackType
from urllib.parse import urlsplit

import sqlalchemy as sa

from connectors.deliveries import Posted
from connectors.hubspot.signatures import SIGNATURE_V3, TIMESTAMP, signed_v3
from integration.store.engine import connect, reading
from integration.store.tables import signals
from tests.e2e.pushing import APP_SECRET

PATH = "/hooks/hub"
PORTAL = 8_675_309
EVENTS = 5  # in a delivery
ANSWER_WITHIN = 30.0  # seconds, as a router waits
SETTLED_IN = 0.01

_ids = itertools.count(1_000_000)


@dataclass
class Driver:
    """`url` is where the product answers now, and `signed_for` where it believes to be found.
    `rate` is in deliveries a second over all connections; None: as fast as they are answered."""

    url: str
    connections: int
    secret: str = APP_SECRET
    signed_for: str = ""
    rate: float | None = None
    statuses: Counter[int] = field(default_factory=Counter)
    took: list[float] = field(default_factory=list)
    acknowledged: set[str] = field(default_factory=set)
    acknowledged_at: float = 0.0  # the last time, on the monotonic clock
    _stopped: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> Driver:
        self._threads = [threading.Thread(target=self._call) for _ in range(self.connections)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    @property
    def p99_in_ms(self) -> float:
        took = sorted(self.took)
        return 1_000 * statistics.quantiles(took, n=100)[98] if len(took) > 1 else 0.0

    def _call(self) -> None:
        pause = self.connections / self.rate if self.rate else 0.0
        while not self._stopped.is_set():
            began = time.monotonic()
            try:
                self._one_connection(pause)
            except (OSError, http.client.HTTPException):
                self.statuses[0] += 1
            self._stopped.wait(max(SETTLED_IN, pause - (time.monotonic() - began)))

    def _one_connection(self, pause: float) -> None:
        """One delivery after the other, until the connection breaks."""
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(
            str(parts.hostname), parts.port, timeout=ANSWER_WITHIN
        )
        try:
            while not self._stopped.is_set():
                began = time.monotonic()
                self._deliver(connection)
                self._stopped.wait(max(0.0, pause - (time.monotonic() - began)))
        finally:
            connection.close()

    def _deliver(self, connection: http.client.HTTPConnection) -> None:
        ids = [str(next(_ids)) for _ in range(EVENTS)]
        body = json.dumps([_event(id) for id in ids]).encode()
        stamp = str(int(time.time() * 1000))
        posted = Posted("POST", (self.signed_for or self.url) + PATH, {TIMESTAMP: stamp}, body)
        headers = {TIMESTAMP: stamp, SIGNATURE_V3: signed_v3(self.secret, posted)}
        began = time.monotonic()
        connection.request("POST", PATH, body, headers)
        answer = connection.getresponse()
        answer.read()
        self.statuses[answer.status] += 1
        if answer.status == http.HTTPStatus.NO_CONTENT:
            self.acknowledged_at = time.monotonic()
            self.took.append(self.acknowledged_at - began)
            self.acknowledged.update(ids)


def _event(id: str) -> dict[str, object]:
    return {
        "eventId": int(id),
        "portalId": PORTAL,
        "subscriptionType": "deal.propertyChange",
        "objectId": int(id),
        "propertyName": "dealstage",
        "propertyValue": "closedlost",
    }


def not_stored(driver: Driver, url: str) -> int:
    """How many records that were acknowledged no signal is stored for."""
    engine = connect(url)
    with reading(engine) as connection:
        stored = set(connection.execute(sa.select(signals.c.record_id)).scalars())
    engine.dispose()
    return len(driver.acknowledged - stored)
