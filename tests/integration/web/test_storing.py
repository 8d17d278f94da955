"""Many deliveries at once: in one commit where that pays, and nobody is told too much."""

from __future__ import annotations

import http.client
import json
import threading
import time
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import sqlalchemy as sa

from connectors.deliveries import Delivery
from integration.store.engine import connect
from integration.web.serving import Place, Server
from integration.web.storing import Inbox, OneByOne, Received, Together, storing
from integration.web.webhooks import LARGEST_DELIVERY
from rules.model import Ref
from tests.integration.web.doors import NOW, Bell, Stage, signed
from tests.payloads import payload


def delivery(number: int) -> Received:
    return Received("hub", "tasks", Delivery((Ref("deals", str(number)),)))


class SlowBell(Bell):
    """Rung once in each transaction, which it makes a long one."""

    def wake(self, *args: Any, **more: Any) -> None:
        time.sleep(0.05)
        super().wake(*args, **more)


def test_many_deliveries_share_a_commit_and_a_round(acme: Stage) -> None:
    bell = SlowBell()
    together = Together(Inbox(acme.engine, bell, lambda: NOW))
    callers = [threading.Thread(target=together.store, args=(delivery(n),)) for n in range(30)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    together.close()
    assert len(acme.waiting("hub")) == 30
    assert len(bell.rung) < 10


def test_everybody_in_a_group_hears_of_its_failure(away: Stage) -> None:
    together = Together(Inbox(away.engine, away.bell, lambda: NOW))
    failed = []

    def call(number: int) -> None:
        with pytest.raises(sa.exc.OperationalError):
            together.store(delivery(number))
        failed.append(number)

    callers = [threading.Thread(target=call, args=(n,)) for n in range(5)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    together.close()
    assert sorted(failed) == list(range(5))


def test_each_database_has_the_way_that_suits_it(postgres_url: str, acme: Stage) -> None:
    for engine, way in ((connect(postgres_url), OneByOne), (acme.engine, Together)):
        made = storing(Inbox(engine, acme.bell, lambda: NOW))
        assert isinstance(made, way)
        made.close()
        engine.dispose()


def test_whoever_waits_for_a_silent_database_hears_of_it_in_time(postgres_url: str) -> None:
    other, ours = connect(postgres_url), connect(postgres_url, connections=1, statement_within=5.0)
    one_by_one = OneByOne(Inbox(ours, Bell(), lambda: NOW), patience=1.0)
    with other.begin() as connection:
        connection.execute(sa.text("LOCK TABLE signals"))
        with pytest.raises(TimeoutError):
            one_by_one.store(delivery(1))
    one_by_one.store(delivery(2))  # after the first, which had the connection
    one_by_one.close()
    for engine in (other, ours):
        engine.dispose()


def test_over_a_real_server(acme: Stage) -> None:
    """Chunked bodies, a body that is too long, and many callers at once."""
    server = Server(acme.app, Place("127.0.0.1", 0))
    threading.Thread(target=server.serve, daemon=True).start()
    bodies = [_creation(number) for number in range(40)]
    callers = [
        threading.Thread(target=lambda b=body: statuses.append(_post(server.url, b)))
        for body in bodies
    ]
    statuses: list[int] = []
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert statuses == [204] * 40
    assert len(acme.waiting("hub")) == 40
    assert _chunked(server.url, _creation(77).ljust(LARGEST_DELIVERY + 1)) == 413
    assert _chunked(server.url, _creation(77).ljust(3 * LARGEST_DELIVERY)) == 413
    assert ("contacts", "77") not in acme.waiting("hub")
    assert _post(server.url, _creation(79).ljust(LARGEST_DELIVERY)) == 204
    assert _chunked(server.url, _creation(78)) == 204
    assert ("contacts", "78") in acme.waiting("hub")
    server.close()


def _creation(number: int) -> bytes:
    (event,) = json.loads(payload("hubspot/creation.json"))
    return json.dumps([{**event, "objectId": number}]).encode()


def _post(url: str, body: bytes) -> int:
    return requests.post(
        f"{url}/hooks/hub", data=body, headers=signed(body), timeout=10
    ).status_code


def _chunked(url: str, body: bytes) -> int:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=10)
    pieces = (body[at : at + 65_536] for at in range(0, len(body), 65_536))
    connection.request("POST", "/hooks/hub", pieces, signed(body), encode_chunked=True)
    status = connection.getresponse().status
    connection.close()
    return status
