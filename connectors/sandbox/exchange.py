"""One connection: requests in, answers out, and the faults that are planned for them."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable
from email.utils import format_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import unquote, urlsplit

from connectors.sandbox.listener import Listener
from connectors.sandbox.wire import Request, Response
from connectors.sandbox.world import Fault

_LONGEST_BODY = 100 * 1024 * 1024
_DOWN = "<!DOCTYPE html><html><body><h1>Service Unavailable</h1></body></html>"
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER that makes close() send RST


class _BadBody(Exception):
    """The request's body cannot be read; the connection is of no more use."""


class Exchange(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "sandbox"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = -1  # one packet per answer
    server: Listener

    def log_message(self, format: str, *args: Any) -> None:
        """Silence: what was called stands in `/_sandbox/calls`."""

    def date_time_string(self, timestamp: float | None = None) -> str:
        del timestamp
        return format_datetime(self.server.world.clock.now(), usegmt=True)

    def answer(self) -> None:
        """Every method comes here."""
        try:
            request = self._request()
        except _BadBody as refused:
            self.close_connection = True
            self._send(Response(400, [{"message": str(refused)}]))
            return
        control = self.server.control
        if control is not None and request.path.startswith("/_sandbox"):
            self._send(control.handle(request, self.server.crm.name))
            return
        world, crm = self.server.world, self.server.crm
        kind = crm.kind_of(request)
        with world.lock:
            world.count(crm.name, kind)
        if world.latency:
            self._wait(world.latency)
        fault = world.strike(crm.name, kind, request.method, request.path, request.body)
        if fault is None:
            self._send(crm.handle(request))
        else:
            _STRIKES[fault.action](self, request, fault)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = do_HEAD = answer  # noqa: N815

    def _request(self) -> Request:
        split = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self._body(headers)
        return Request(self.command, unquote(split.path), split.query, headers, body)

    def _body(self, headers: dict[str, str]) -> bytes:
        if "chunked" in headers.get("transfer-encoding", "").lower():
            return self._chunks()
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > _LONGEST_BODY:
            raise _BadBody("Content-Length is wrong or too large")
        return self.rfile.read(int(length))

    def _chunks(self) -> bytes:
        body = bytearray()
        while True:
            size = self.rfile.readline(1024).split(b";")[0].strip()
            try:
                length = int(size, 16)
            except ValueError as error:
                raise _BadBody("a chunk has no length") from error
            if length < 0 or len(body) + length > _LONGEST_BODY:
                raise _BadBody("the body is too large")
            body += self.rfile.read(length)
            self.rfile.readline()
            if length == 0:
                return bytes(body)

    def _wait(self, seconds: float) -> None:
        self.server.closing.wait(seconds)

    def _send(
        self, response: Response, keep: Callable[[int], int] | None = None, over: float = 0.0
    ) -> None:
        """Send the answer; `keep` cuts its bytes, `over` lets them drip for so many seconds."""
        content, type = _encoded(response.body)
        try:
            self.send_response(response.status, _phrase(response.status))
            for name, value in response.headers.items():
                self.send_header(name, value)
            if response.status not in (204, 304):
                self.send_header("Content-Type", response.headers.get("Content-Type", type))
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if keep is not None:
                content = content[: keep(len(content))]
            if self.command != "HEAD":
                self._write(content, over)
            self.wfile.flush()
        except OSError:
            self.close_connection = True  # the caller went away

    def _write(self, content: bytes, over: float) -> None:
        if not over:
            self.wfile.write(content)
            return
        pause = over / max(len(content), 1)
        for place in range(len(content)):
            self.wfile.write(content[place : place + 1])
            self.wfile.flush()
            self._wait(pause)

    def _drop(self) -> None:
        """Close without an answer, so that the caller sees a reset."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)

    def strike_status(self, _request: Request, fault: Fault) -> None:
        self._send(Response(fault.status, fault.body, fault.headers))

    def strike_delay(self, request: Request, fault: Fault) -> None:
        self._wait(fault.seconds)
        self._send(self.server.crm.handle(request))

    def strike_reset(self, _request: Request, _fault: Fault) -> None:
        self._drop()

    def strike_hang(self, _request: Request, fault: Fault) -> None:
        self._wait(fault.seconds)
        self._drop()

    def strike_lost(self, request: Request, _fault: Fault) -> None:
        self.server.crm.handle(request)
        self._drop()

    def strike_cut(self, request: Request, _fault: Fault) -> None:
        self._send(self.server.crm.handle(request), keep=lambda length: length // 2)
        self.close_connection = True

    def strike_late(self, request: Request, fault: Fault) -> None:
        timer = threading.Timer(fault.seconds, self.server.crm.handle, (request,))
        timer.daemon = True
        timer.start()
        self._drop()

    def strike_html(self, _request: Request, _fault: Fault) -> None:
        self._send(Response(503, _DOWN))

    def strike_drip(self, request: Request, fault: Fault) -> None:
        self._send(self.server.crm.handle(request), over=fault.seconds)

    def strike_partial(self, request: Request, _fault: Fault) -> None:
        with self.server.world.lock, self.server.crm.refusing_rows():
            response = self.server.crm.handle(request)
        self._send(response)


_STRIKES: dict[str, Callable[[Exchange, Request, Fault], None]] = {
    "status": Exchange.strike_status,
    "delay": Exchange.strike_delay,
    "reset": Exchange.strike_reset,
    "hang": Exchange.strike_hang,
    "lost": Exchange.strike_lost,
    "cut": Exchange.strike_cut,
    "late": Exchange.strike_late,
    "html": Exchange.strike_html,
    "drip": Exchange.strike_drip,
    "partial": Exchange.strike_partial,
}


def _encoded(body: Any) -> tuple[bytes, str]:
    if body is None:
        return b"", "application/json;charset=UTF-8"
    if isinstance(body, str):
        return body.encode(), "text/html;charset=UTF-8"
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return content, "application/json;charset=UTF-8"


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
