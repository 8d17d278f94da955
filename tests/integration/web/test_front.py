"""Who may hold a connection: nobody keeps others out by sending slowly, or nothing."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
import requests
from flask import Flask, request

from integration.web.front import Front
from integration.web.serving import Place, listen, url_of

Start = Callable[..., str]


@contextmanager
def _front(**limits: float) -> Iterator[str]:
    app = Flask("winback")
    app.post("/")(lambda: str(len(request.get_data())))
    with listen(Place("127.0.0.1", 0)) as listener:
        front, over = Front(app, listener, 2, **limits), threading.Event()  # type: ignore[arg-type]
        thread = threading.Thread(target=front.serve_while, args=(lambda: not over.is_set(), 5.0))
        thread.start()
        yield url_of(listener)
        over.set()
        front.wake()
        thread.join()
        front.leave()


@pytest.fixture
def start() -> Iterator[Start]:
    """Begins to serve, and tells where."""
    with ExitStack() as all_of_them:
        yield lambda **limits: all_of_them.enter_context(_front(**limits))


@pytest.fixture
def caller() -> Iterator[Callable[[str, bytes], socket.socket]]:
    """Connects, and sends what there is to send so far."""
    with ExitStack() as calls:

        def call(url: str, so_far: bytes = b"") -> socket.socket:
            place = ("127.0.0.1", int(url.rsplit(":", 1)[1]))
            connection = calls.enter_context(socket.create_connection(place, 5))
            connection.sendall(so_far)
            return connection

        yield call


def answered(url: str) -> bool:
    return requests.post(url, data=b"three", timeout=5).text == "5"


HEROKUS_ROUTER_WAITS = 90  # seconds, for the next request
HEAD = b"POST / HTTP/1.1\r\nHost: x\r\n"


@pytest.mark.parametrize(
    "so_far",
    [
        b"",
        HEAD + b"X-",
        HEAD + b"Content-Length: 9\r\n\r\nx",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n9\r\nx",
    ],
)
def test_nobody_is_kept_out_by_those_who_wait(
    start: Start, caller: Callable[[str, bytes], socket.socket], so_far: bytes
) -> None:
    url = start(connections=20)
    slow = [caller(url, so_far) for _ in range(50)]
    assert answered(url)
    assert slow[0].recv(1) == b""  # who has waited longest goes first
    slow[-1].settimeout(0.2)
    with pytest.raises(TimeoutError):
        slow[-1].recv(1)


def test_a_request_that_drips_has_an_end(
    start: Start, caller: Callable[[str, bytes], socket.socket]
) -> None:
    url = start(request_within=0.3)
    connection = caller(url, HEAD + b"Content-Length: 900\r\n\r\n")
    with pytest.raises(ConnectionError):
        _drip(connection)


@pytest.mark.parametrize("begun", [b"1;", b"0\r\nX: "])
def test_what_is_no_body_between_chunks_is_not_heaped_up(
    start: Start, caller: Callable[[str, bytes], socket.socket], begun: bytes
) -> None:
    connection = caller(start(), HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + begun)
    with pytest.raises(ConnectionError):
        _drip(connection, b"x" * 8192, every=0.005)


def _drip(connection: socket.socket, drop: bytes = b"x", every: float = 0.05) -> None:
    for _ in range(100):
        connection.sendall(drop)
        time.sleep(every)


def test_what_is_under_way_at_the_end_is_answered(
    caller: Callable[[str, bytes], socket.socket],
) -> None:
    with _front() as url:
        connection = caller(url, HEAD + b"Content-Length: 2\r\n\r\nx")
        threading.Timer(0.3, connection.sendall, [b"y"]).start()
    answer = connection.recv(1000)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"\r\nConnection: close\r\n" in answer  # or a next request would come to nobody


def test_a_router_is_the_first_to_let_go_of_an_idle_connection(
    caller: Callable[[str, bytes], socket.socket],
) -> None:
    with listen(Place("127.0.0.1", 0)) as listener:
        front = Front(Flask("winback"), listener, 1)
        caller(url_of(listener), b"")
        front.serve_while(iter([True, False]).__next__, 0)
        (kept,) = front.active_channels.values()
        front.maintenance(time.time() + HEROKUS_ROUTER_WAITS)
        assert not kept.will_close
        front.maintenance(time.time() + 1.5 * HEROKUS_ROUTER_WAITS)
        assert kept.will_close
        front.leave()
