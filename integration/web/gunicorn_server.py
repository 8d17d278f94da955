"""The web server of `winback web`: gunicorn with threads, for a host's router or a proxy.

The router gives a request up after 30 seconds, so nothing here takes as long: a body that comes
in drops is cut off, and the database has its own limits (`integration.cli.web`).
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from multiprocessing import get_context
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from gunicorn.http import wsgi

from integration.web.serving import url_of

BODY_WITHIN = 15.0  # seconds between two parts of a request
DRAIN_WITHIN = 20  # seconds for requests under way at the end


class OurLogger(Logger):  # type: ignore[misc] # gunicorn has no types
    """Its lines go where all ours go."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True


class WebServer(BaseApplication):  # type: ignore[misc] # gunicorn has no types
    """Serves on a socket that listens. `make_app` runs in each process, after it was forked: no
    connection is ever shared. `at_end` runs in the first process, when all others have ended."""

    def __init__(
        self,
        make_app: Callable[[], Flask],
        listener: socket.socket,
        *,
        processes: int,
        threads: int,
        when_ready: Callable[[str], None],
        at_end: Callable[[], None],
    ) -> None:
        self._make_app = make_app
        self._listener = listener
        self._processes = processes
        self._threads = threads
        self._when_ready = when_ready
        self._at_end = at_end
        self._ready = get_context("fork").Event()
        super().__init__()

    def load_config(self) -> None:
        wsgi.SERVER = "winback"  # answers name no software that somebody could look holes up for
        chosen = {
            "bind": f"fd://{self._listener.fileno()}",
            "workers": self._processes,
            "threads": self._threads,
            "worker_class": "gthread",
            "control_socket_disable": True,
            "graceful_timeout": DRAIN_WITHIN,
            "timeout": 30,
            "keepalive": 75,  # longer than a router keeps its connections to us
            "logger_class": OurLogger,
            "post_worker_init": self._tell_once,
            "pre_request": _cut_off_slow_bodies,
            "on_exit": lambda _server: self._at_end(),
            "proc_name": "winback-web",
        }
        for name, value in chosen.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self._make_app()

    def _tell_once(self, process: Any) -> None:
        """In the first of the processes that can answer."""
        if not self._ready.is_set():
            self._ready.set()
            self._when_ready(url_of(process.sockets[0]))


def _cut_off_slow_bodies(_worker: Any, request: Any) -> None:
    request.unreader.sock.settimeout(BODY_WITHIN)
