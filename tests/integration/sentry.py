"""A Sentry on this machine, which takes in what is sent to it."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import sentry_sdk


class Sentry(ThreadingHTTPServer):
    """Takes in what is sent to it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Takes)
        self.received: list[str] = []

    @property
    def dsn(self) -> str:
        return f"http://key@127.0.0.1:{self.server_port}/1"

    def events(self) -> list[dict[str, Any]]:
        sentry_sdk.flush(5)
        lines = [line for text in self.received for line in text.splitlines()]
        return [found for line in lines if "logger" in (found := json.loads(line))]


class _Takes(BaseHTTPRequestHandler):
    server: Sentry

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self.server.received.append(body.decode())
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Not a word."""


@contextmanager
def listening() -> Iterator[Sentry]:
    """Somebody who listens; reports that were begun meanwhile end with it."""
    server = Sentry()
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        sentry_sdk.init()
        server.shutdown()
        server.server_close()
        thread.join()
