"""The web server of `winback web`: gunicorn looks after the processes, each of which answers by
the same front as `winback run`.

gunicorn's own threads read what comes, each from one connection: eight callers who send slowly,
or nothing at all, would keep everybody out (tried with gunicorn 27).
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from multiprocessing import get_context
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from gunicorn.workers.base import Worker

from integration.web.front import Front
from integration.web.serving import url_of

DRAIN_WITHIN = 20  # seconds for requests under way at the end


class OurLogger(Logger):  # type: ignore[misc] # gunicorn has no types
    """Its lines go where all ours go."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True


class Process(Worker):  # type: ignore[misc] # gunicorn has no types
    """One that answers."""

    _front: Front | None = None

    def run(self) -> None:
        self._front = Front(self.wsgi, self.sockets[0].sock, self.cfg.threads)
        self._front.serve_while(self._is_wanted, self.cfg.graceful_timeout)

    def handle_exit(self, sig: int, frame: Any) -> None:
        super().handle_exit(sig, frame)
        if self._front is not None:
            self._front.wake()

    def _is_wanted(self) -> bool:
        self.notify()
        return bool(self.alive) and self.ppid == os.getppid()


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
        chosen = {
            "bind": f"fd://{self._listener.fileno()}",
            "workers": self._processes,
            "threads": self._threads,
            "worker_class": Process,
            "control_socket_disable": True,
            "graceful_timeout": DRAIN_WITHIN,
            "timeout": 30,
            "logger_class": OurLogger,
            "post_worker_init": self._tell_once,
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
