"""What any server can do wrong, played by a bare socket on loopback."""

from __future__ import annotations

import contextlib
import inspect
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from connectors.base import Calls
from connectors.errors import CredentialsRefused, OutcomeUnknown, Unavailable
from connectors.guarded_body import GuardedBody
from connectors.hosts import checked_origin, refuse_private_address
from connectors.limits import OpenGate, Told
from connectors.transport import AnswerTooLarge, CallKind, NotOffered, Transport

Script = Callable[[socket.socket, int], None]


def answer(body: bytes, *extra: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *extra, "", ""]
    return "\r\n".join(lines).encode() + body


class Server:
    """Plays `script(connection, number)` after the head of every request that comes in."""

    def __init__(self, script: Script) -> None:
        self.requests = 0
        self.heads: list[bytes] = []
        self._script = script
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                while head := connection.recv(65536):
                    self.heads.append(head)
                    self.requests += 1
                    self._script(connection, self.requests)
                    if b"Connection: close" in head or self._listener.fileno() < 0:
                        break

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def serve() -> Iterator[Callable[[Script], Server]]:
    servers: list[Server] = []

    def start(script: Script) -> Server:
        servers.append(Server(script))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def transport(url: str, **options: float) -> Transport:
    return Transport(url, Calls(), read_seconds=options.pop("read_seconds", 5.0), **options)  # type: ignore[arg-type]


def say(*pieces: bytes, hang_up: bool = False) -> Script:
    def script(connection: socket.socket, _number: int) -> None:
        for piece in pieces:
            connection.sendall(piece)
        if hang_up:
            connection.shutdown(socket.SHUT_RDWR)

    return script


def test_an_answer_comes_whole_and_its_call_is_counted(serve: Callable[[Script], Server]) -> None:
    server = serve(say(answer(b'{"a": 1}', "Date: Sat, 21 Nov 2026 10:00:00 GMT")))
    crm = transport(server.url)
    assert crm.server_now() is None
    assert crm.request("GET", "/x", kind="search", params={"q": "a b"}).body() == {"a": 1}
    assert crm.calls == Calls(search=1)
    assert server.heads[0].startswith(b"GET /x?q=a+b HTTP/1.1")
    now = crm.server_now()
    assert now is not None
    assert now.isoformat().startswith("2026-11-21T10:00:0")


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        (say(answer(b"<html>", status="503 Unavailable")), "status 503"),
        (say(answer(b'{"a": 1}')[:-3], hang_up=True), "cut off"),
        (say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", hang_up=True), "cut"),
        (say(b"", hang_up=True), "broke"),
        (say(b"nonsense\r\n\r\n", hang_up=True), "broke"),
        (say(answer(b"<html>hello</html>")), "not the JSON"),
        (say(answer(b'{"a": ')), "not the JSON"),
        (say(answer(b"[" * 100_000)), "not the JSON"),
    ],
    ids=["5xx", "short", "chunk", "nothing", "no http", "html", "half json", "deep"],
)
@pytest.mark.parametrize(
    ("kind", "error"), [("read", Unavailable), ("other", Unavailable), ("write", OutcomeUnknown)]
)
def test_a_broken_answer_leaves_a_write_unknown_and_a_read_to_try_again(
    serve: Callable[[Script], Server],
    script: Script,
    sentence: str,
    kind: CallKind,
    error: type[Unavailable],
) -> None:
    crm = transport(serve(script).url)
    with pytest.raises(Unavailable, match=sentence) as caught:
        crm.request("POST", "/x", kind=kind, json={}).body()
    assert type(caught.value) is error


def test_a_call_that_the_server_does_not_know_was_not_made(
    serve: Callable[[Script], Server],
) -> None:
    crm = transport(serve(say(answer(b"{}", status="501 Not Implemented"))).url)
    with pytest.raises(NotOffered) as caught:
        crm.request("POST", "/x", kind="write")
    assert not isinstance(caught.value, OutcomeUnknown)


def test_nobody_listening_means_that_nothing_was_written() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(Unavailable, match="no connection") as caught:
        transport(f"http://127.0.0.1:{port}").request("POST", "/x", kind="write", json={})
    assert type(caught.value) is Unavailable


def test_silence_and_dripping_end(serve: Callable[[Script], Server]) -> None:
    stop = threading.Event()

    def drip(connection: socket.socket, number: int) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while not stop.wait(0.02):
            connection.sendall(b"x")

    def keep_silent(connection: socket.socket, number: int) -> None:
        stop.wait(2)

    silent = serve(keep_silent)
    with pytest.raises(OutcomeUnknown, match="did not answer in time"):
        transport(silent.url, read_seconds=0.1).request("POST", "/x", kind="write")
    with pytest.raises(Unavailable, match="did not end in time"):
        transport(serve(drip).url, total_seconds=0.3).request("GET", "/x", kind="read")
    stop.set()


def test_an_answer_beyond_the_limit_is_refused_while_it_is_read(
    serve: Callable[[Script], Server],
) -> None:
    crm = transport(serve(say(answer(b"x" * 300_000))).url, max_bytes=100_000)
    with pytest.raises(AnswerTooLarge):
        crm.request("GET", "/x", kind="read")
    with pytest.raises(OutcomeUnknown):
        crm.request("POST", "/x", kind="write")


def test_the_limits_are_those_that_are_promised() -> None:
    promised = {
        "connect_seconds": 5,
        "read_seconds": 30,
        "total_seconds": 120,
        "max_bytes": 10 * 1024 * 1024,
    }
    given = inspect.signature(Transport).parameters
    assert {name: given[name].default for name in promised} == promised


def test_a_dropped_idle_socket_is_tried_again_for_reads_only(
    serve: Callable[[Script], Server],
) -> None:
    def drop_first(connection: socket.socket, number: int) -> None:
        if number in (1, 3):
            connection.shutdown(socket.SHUT_RDWR)
        else:
            connection.sendall(answer(b"{}", "Connection: close"))
            connection.shutdown(socket.SHUT_RDWR)

    server = serve(drop_first)
    crm = transport(server.url)
    assert crm.request("GET", "/x", kind="read").body() == {}
    assert crm.calls.read == 2
    with pytest.raises(OutcomeUnknown):
        crm.request("POST", "/x", kind="write", json={})
    assert crm.calls.write == 1


def test_redirects_are_not_followed_and_cookies_not_kept(
    serve: Callable[[Script], Server],
) -> None:
    there = serve(say(answer(b"{}", "Set-Cookie: a=b")))
    here = serve(say(answer(b"", f"Location: {there.url}/", status="302 Found")))
    with pytest.raises(Unavailable, match="redirect"):
        transport(here.url).request("GET", "/x", kind="read")
    assert there.requests == 0
    crm = transport(there.url)
    crm.request("GET", "/x")
    crm.request("GET", "/x")
    assert b"Cookie" not in there.heads[1]


def test_other_hosts_get_nothing(serve: Callable[[Script], Server]) -> None:
    server, other = serve(say(answer(b"{}"))), serve(say(answer(b"{}")))
    crm = transport(server.url)
    with pytest.raises(CredentialsRefused, match="not an address of this CRM"):
        crm.request("GET", other.url + "/x")
    assert other.requests == 0
    crm.allow(other.url)
    assert crm.request("GET", other.url + "/x").ok


def test_secrets_are_not_in_errors(serve: Callable[[Script], Server]) -> None:
    server = serve(say(b"", hang_up=True))
    crm = transport(server.url)
    for token in ("canary", "canary\nX: y"):
        with pytest.raises((Unavailable, CredentialsRefused)) as caught:
            crm.request("GET", "/x?q=canary", headers={"Authorization": token}, kind="read")
        assert "canary" not in str(caught.value)
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__


class Notebook(OpenGate):
    """A gate that notes who enters and leaves, and what is heard."""

    def __init__(self) -> None:
        self.noted: list[object] = []

    def enter(self, kind: str) -> None:
        self.noted.append(kind)

    def leave(self, kind: str, *, too_many: bool = False) -> None:
        self.noted.append(f"{kind} too many" if too_many else f"{kind} over")

    def heard(self, told: Told) -> None:
        self.noted.append(told.used)


def test_the_gate_is_asked_before_each_call_and_told_of_its_end_and_its_answers_limits(
    serve: Callable[[Script], Server],
) -> None:
    def script(connection: socket.socket, number: int) -> None:
        status = ("200 OK", "503 Service Unavailable", "429 Too Many Requests")[number - 1]
        connection.sendall(answer(b"{}", f"Used: {number}", status=status))

    gate = Notebook()
    crm = Transport(
        serve(script).url, Calls(), gate=gate, told=lambda headers: Told(int(headers["Used"]), 9)
    )
    crm.request("GET", "/x", kind="search")
    with pytest.raises(OutcomeUnknown):
        crm.request("POST", "/x", kind="write")
    crm.request("GET", "/x", kind="search")
    written = ["write", 2, "write over"]
    assert gate.noted == ["search", 1, "search over", *written, "search", 3, "search too many"]


class Stopping(OpenGate):
    """A gate that lets so many parts of a write through."""

    def __init__(self, parts: int) -> None:
        self.parts = parts

    def until_sent(self) -> Callable[[], None]:
        return self._ask

    def _ask(self) -> None:
        self.parts -= 1
        if self.parts < 0:
            raise Unavailable("too late")


def test_a_write_that_comes_too_late_is_never_sent_to_its_end(
    serve: Callable[[Script], Server],
) -> None:
    got: dict[int, bytes] = {}

    def script(connection: socket.socket, number: int) -> None:
        got[number] = b""
        while not got[number].endswith(b'"}'):
            if not (part := connection.recv(65536)):
                return
            got[number] += part
        connection.sendall(answer(b"{}"))

    url, long = serve(script).url, {"words": "x" * 400_000}
    with pytest.raises(Unavailable, match="too late"):
        Transport(url, Calls(), gate=Stopping(2)).request("POST", "/x", json=long, kind="write")
    Transport(url, Calls(), gate=Stopping(99)).request("POST", "/x", json=long, kind="write")
    assert len(got[1]) < 200_000 < len(got[2])


def test_a_write_that_was_sent_to_its_end_is_not_called_undone() -> None:
    body = GuardedBody(b"abcdef", Stopping(2).until_sent())
    assert [body.read(3), body.read(3), body.read(3)] == [b"abc", b"def", b""]


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Acme.my.salesforce.com/", "https://acme.my.salesforce.com"),
        ("https://acme.my.salesforce.com:443/x?y", "https://acme.my.salesforce.com"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost:80/", "http://localhost"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_origins(url: str, origin: str) -> None:
    assert checked_origin(url) == origin


@pytest.mark.parametrize(
    "url",
    ["http://acme.my.salesforce.com", "ftp://127.0.0.1", "https://", "https://u:p@acme.com", "x"],
)
def test_addresses_that_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"https|loopback"):
        checked_origin(url)


@pytest.mark.parametrize("host", ["10.0.0.1", "192.168.1.1", "169.254.169.254", "[fd00::1]"])
def test_private_addresses_are_refused(host: str) -> None:
    with pytest.raises(CredentialsRefused, match="private"):
        refuse_private_address(f"https://{host}")
