"""`winback web`, gunicorn and all: what is pushed is queued with the rows, and worked at once."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import requests

from connectors.sandbox.hubspot.owners import PortalOwner
from connectors.sandbox.salesforce.setup import ORGANIZATION_ID
from connectors.sandbox.server import Sandbox
from integration.web.webhooks import LARGEST_DELIVERY
from tests.e2e.grown_up import Crew, crew_of, eventually
from tests.e2e.pushing import PATH_SECRET, Player
from tests.e2e.test_push_wakes import DOORS, HUB_KEYS, POLLED, SALES_KEYS
from tests.integration.lost_customer import (
    HUBSPOT,
    SALESFORCE,
    SECRETS,
    lose_in_hubspot,
    lose_in_salesforce,
    rule_file,
    tasks_in,
)
from tests.integration.test_run import settled

pytestmark = pytest.mark.slow


@pytest.fixture
def crew(sandbox: Sandbox, postgres_url: str, tmp_path: Path) -> Iterator[Crew]:
    sales = (SALESFORCE % sandbox.salesforce_url).replace(POLLED, SALES_KEYS)
    hub = (HUBSPOT % sandbox.hubspot_url).replace(POLLED, HUB_KEYS)
    sandbox.hubspot.token = SECRETS["HUBSPOT_TOKEN"]
    sandbox.hubspot.add_owner(PortalOwner("77", "ann@x.example"))  # owners have no webhooks
    sandbox.salesforce.sessions.client_id = SECRETS["SF_CLIENT_ID"]
    sandbox.salesforce.sessions.client_secret = SECRETS["SF_SECRET"]
    file = rule_file(tmp_path, sales, hub)
    with crew_of(postgres_url, tmp_path, file, {**SECRETS, **DOORS}) as crew:
        yield crew


def test_what_is_pushed_is_worked_without_a_clock(sandbox: Sandbox, crew: Crew) -> None:
    web, clock = crew.web(), crew.clock()
    crew.worker()
    url = web.ready()["url"]
    eventually(lambda: settled(url))
    clock.end(signal.SIGKILL)
    player = Player(sandbox, ORGANIZATION_ID)
    lose_in_salesforce(sandbox)
    lose_in_hubspot(sandbox)
    for request in player.requests():
        request.send(url)
    eventually(lambda: tasks_in(sandbox) == {"sales": 1, "hub": 1})
    assert web.end() == 0
    for secret in (*SECRETS.values(), *DOORS.values()):
        assert not any(secret in member.said() for member in crew.members)


def test_bodies_that_are_too_large_are_refused_however_they_come(crew: Crew) -> None:
    url = crew.web().ready()["url"]
    body = b"x" * (LARGEST_DELIVERY + 1)
    told = f"Content-Length: {len(body)}\r\n\r\n".encode() + body
    drop = b"8000\r\n" + b"x" * 0x8000 + b"\r\n"
    untold = b"Transfer-Encoding: chunked\r\n\r\n" + drop * (LARGEST_DELIVERY // 0x8000)
    for rest in (told, untold + b"1\r\nx\r\n0\r\n\r\n"):
        with pushing(url, rest) as connection:
            answer = connection.recv(4096)
        assert answer.startswith(b"HTTP/1.1 413 ")
        assert b"gunicorn" not in answer
        assert b"waitress" not in answer


def test_who_sends_slowly_keeps_nobody_out(crew: Crew) -> None:
    url = crew.web().ready()["url"]
    head = b"Content-Length: 1000\r\n"
    with ExitStack() as slow:
        for so_far in (b"", head, head + b"\r\nx"):
            for _ in range(20):  # more than there are threads
                slow.enter_context(pushing(url, so_far))
        assert requests.get(f"{url}/healthz", timeout=5).json() == {"alive": True}


@contextmanager
def pushing(url: str, rest: bytes) -> Iterator[socket.socket]:
    """A request that is sent so far; the server has all there is when it answers."""
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 20) as connection:
        head = f"POST /hooks/sales/{PATH_SECRET} HTTP/1.1\r\nHost: x\r\n"
        connection.sendall(head.encode() + rest)
        yield connection


def test_a_web_that_is_told_to_end_answers_what_is_under_way(crew: Crew) -> None:
    web = crew.web()
    with pushing(web.ready()["url"], b"Content-Length: 4\r\n\r\nno") as connection:
        time.sleep(0.5)  # it waits for the rest now
        web.process.terminate()
        connection.sendall(b"ne")
        assert connection.recv(4096).startswith(b"HTTP/1.1 ")
    assert web.end() == 0
