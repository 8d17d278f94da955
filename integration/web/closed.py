"""What `winback web` answers while its database was never seen yet: alive, and not ready."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from flask import Blueprint, Flask, jsonify
from flask.typing import ResponseReturnValue

from integration.web.app import create_app
from integration.web.front import Front
from integration.web.health import NoDatabase

THREADS = 2
DRAIN_WITHIN = 5.0  # seconds


@contextmanager
def answering(listener: socket.socket) -> Iterator[None]:
    """Answer on a socket that listens, in a thread, and leave it listening: what comes in between
    is answered by whoever takes over."""
    front, over = Front(closed_app(), listener, THREADS), threading.Event()
    serve = threading.Thread(
        target=front.serve_while, args=(lambda: not over.is_set(), DRAIN_WITHIN), daemon=True
    )
    serve.start()
    try:
        yield
    finally:
        over.set()
        front.wake()
        serve.join()
        front.leave()


def closed_app() -> Flask:
    """Every door is there, and closed: a CRM sends again what is answered so."""
    doors = Blueprint("closed", __name__)

    @doors.post("/hooks/<path:_door>")
    def hooks(_door: str) -> ResponseReturnValue:
        return jsonify(error="service unavailable"), HTTPStatus.SERVICE_UNAVAILABLE

    return create_app(NoDatabase(), doors)
