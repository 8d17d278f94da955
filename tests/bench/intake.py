"""Webhook intake: deliveries and events a second, beside a bare app that checks nothing.

The bare app inserts the same rows with the same server, threads and durable commit, one for each
delivery. Five runs of each in turn; the limit is on how many times faster the bare one is, by the
medians: 1 / 0.6. Twenty SIGKILLs under load lose no acknowledged event.
"""

from __future__ import annotations

import itertools
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import sqlalchemy as sa

from connectors.deliveries import Posted
from connectors.hubspot.signatures import SIGNATURE_V3, TIMESTAMP, signed_v3
from integration.store.engine import connect, reading, upgrade
from integration.store.tables import signals
from tests.bench.figures import Figure, Figures
from tests.integration.web.doors import ENVIRON, PUBLIC_URL

CONNECTIONS = 16
RUNS = 5
SECONDS_A_RUN = 2.0
SIZES = (1, 100)
MOST_TIMES_SLOWER = round(1 / 0.6, 2)
KILLS = 20
SECONDS_TO_KILL = 0.7

Say = Callable[[str], None]

_ids = itertools.count(1)


@dataclass
class Load:
    """What a run brought: how long each delivery took, and the records acknowledged."""

    seconds: float = 0.0
    took: list[float] = field(default_factory=list)
    acknowledged: list[int] = field(default_factory=list)

    @property
    def deliveries_a_second(self) -> float:
        return len(self.took) / self.seconds

    @property
    def p99_in_ms(self) -> float:
        return 1000 * statistics.quantiles(self.took, n=100)[98] if len(self.took) > 1 else 0.0


def measure(say: Say) -> Figures:
    figures: Figures = {}
    with tempfile.TemporaryDirectory(prefix="winback-intake-") as name:
        for events in SIZES:
            figures |= _beside_bare(Path(name), events, say)
        figures["acknowledged_and_lost"] = _killed(Path(name), say)
    return figures


def _beside_bare(folder: Path, events: int, say: Say) -> Figures:
    runs: dict[str, list[Load]] = {"winback": [], "bare": [], "bare_together": []}
    for number in range(RUNS):
        for kind, loads in runs.items():
            say(f"{events} events a delivery, {kind}, run {number + 1} of {RUNS}")
            with _serving(kind, _store(folder), folder) as (_, url):
                loads.append(_loaded(url, events, SECONDS_A_RUN))
    rates = {
        kind: statistics.median(load.deliveries_a_second for load in loads)
        for kind, loads in runs.items()
    }
    beside = {
        "deliveries_a_second": {kind: round(rate) for kind, rate in rates.items()},
        "events_a_second": {kind: round(rate * events) for kind, rate in rates.items()},
        "p99_in_ms": {
            kind: round(statistics.median(load.p99_in_ms for load in loads), 1)
            for kind, loads in runs.items()
        },
    }
    slower = round(rates["bare"] / rates["winback"], 2)
    return {f"times_slower_than_bare_{events}": Figure(slower, MOST_TIMES_SLOWER, beside)}


def _killed(folder: Path, say: Say) -> Figure:
    store, acknowledged = _store(folder), set[int]()
    for number in range(KILLS):
        say(f"killed under load, {number + 1} of {KILLS}")
        with _serving("winback", store, folder) as (process, url):
            timer = threading.Timer(SECONDS_TO_KILL, process.kill)
            timer.start()
            acknowledged |= set(_loaded(url, 10, 10.0).acknowledged)
    engine = connect(store)
    with reading(engine) as connection:
        stored = {int(id) for id in connection.execute(sa.select(signals.c.record_id)).scalars()}
    engine.dispose()
    return Figure(len(acknowledged - stored), 0, {"acknowledged": len(acknowledged)})


def _store(folder: Path) -> str:
    url = f"sqlite:///{folder}/{next(_ids)}.db"
    upgrade(url)
    return url


@contextmanager
def _serving(kind: str, store: str, folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-m", "tests.bench.intake_server", kind, store, str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        yield process, process.stdout.readline().strip()
    finally:
        process.kill()
        process.communicate()


def _loaded(url: str, events: int, seconds: float) -> Load:
    """Some connections at once, each sending one delivery after the other until time is up or
    the server is gone."""
    load, until, parts = Load(), time.perf_counter() + seconds, urlsplit(url)
    place = (str(parts.hostname), int(parts.port or 80))

    def send() -> None:
        with socket.create_connection(place, 10) as connection:
            while time.perf_counter() < until:
                ids, request = _request(events)
                began = time.perf_counter()
                connection.sendall(request)
                status = connection.recv(65_536)[9:12]
                if status != b"204":
                    return
                load.took.append(time.perf_counter() - began)
                load.acknowledged.extend(ids)

    began = time.perf_counter()
    callers = [threading.Thread(target=_until_gone, args=(send,)) for _ in range(CONNECTIONS)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    load.seconds = time.perf_counter() - began
    return load


def _until_gone(send: Callable[[], None]) -> None:
    try:
        send()
    except OSError:
        return


def _request(events: int) -> tuple[list[int], bytes]:
    """New records each time, in one signed request as HubSpot writes it."""
    ids = [next(_ids) for _ in range(events)]
    told = [
        {
            "eventId": id,
            "portalId": 8675309,
            "subscriptionType": "deal.propertyChange",
            "objectId": id,
            "propertyName": "dealstage",
            "propertyValue": "closedlost",
        }
        for id in ids
    ]
    body = json.dumps(told).encode()
    stamp = str(int(time.time() * 1000))
    posted = Posted("POST", f"{PUBLIC_URL}/hooks/hub", {TIMESTAMP: stamp}, body)
    head = (
        f"POST /hooks/hub HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
        f"{TIMESTAMP}: {stamp}\r\n"
        f"{SIGNATURE_V3}: {signed_v3(ENVIRON['APP_SECRET'], posted)}\r\n\r\n"
    )
    return ids, head.encode() + body
