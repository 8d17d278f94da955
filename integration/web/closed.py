"""What `winback web` answers while its database was never seen yet: alive, and not ready."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from flask import Blueprint, Flask, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.serving import WSGIRequestHandler, make_server

from integration.web.app import create_app
from integration.web.health import NoDatabase
from integration.web.serving import LOOPBACK


@contextmanager
def answering(listener: socket.socket) -> Iterator[None]:
    """Answer on a socket that listens, in a thread, and leave it listening: what comes in between
    is answered by whoever takes over."""
    server = make_server(
        LOOPBACK, 0, closed_app(), threaded=True, request_handler=_Brief, fd=listener.fileno()
    )
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def closed_app() -> Flask:
    """Every door is there, and closed: a CRM sends again what is answered so."""
    doors = Blueprint("closed", __name__)

    @doors.post("/hooks/<path:_door>")
    def hooks(_door: str) -> ResponseReturnValue:
        request.get_data()  # a connection that is closed on unread bytes loses the answer
        return jsonify(error="service unavailable"), HTTPStatus.SERVICE_UNAVAILABLE

    return create_app(NoDatabase(), doors)


class _Brief(WSGIRequestHandler):
    """Says no more of itself than our own servers do, and waits for nobody for long."""

    timeout = 10

    def version_string(self) -> str:
        return "winback"
