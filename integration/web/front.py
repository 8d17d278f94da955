"""The HTTP server of each process that has one: waitress, and who may hold a connection.

One thread reads on all connections, and a request gets a working thread only when its last byte
is there: who sends slowly, or nothing, holds up nobody. When connections run out, those go that
have waited longest without a whole request; so whoever sends at once is let in.
"""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable

from flask import Flask
from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher

from integration.web.app import LARGEST_BODY

CONNECTIONS = 300
"""Far below the 1,024 files that a process may have open as a rule."""

REQUEST_WITHIN = 30.0  # seconds from its first byte to its last
IDLE_WITHIN = 100
"""Seconds. Longer than a router keeps its connections to us, or it sends a request into one that we
are closing: Heroku's keeps them for 90 (https://devcenter.heroku.com/articles/http-routing)."""

IN_MEMORY = 64 * 1024  # bytes of a body; the rest of a longer one waits in a file without a name
LINGER = 2.0  # seconds at the end, for what somebody is sending on a connection that is kept
TURN = 1.0  # seconds without any news


class _Caller(HTTPChannel):  # type: ignore[misc] # waitress has no types
    """One connection."""

    def __init__(self, *given: object, **named: object) -> None:
        super().__init__(*given, **named)
        self.waiting_since: float = self.creation_time

    def received(self, part: bytes) -> bool:
        if self.request is None:
            self.waiting_since = time.time()
        taken = bool(super().received(part))
        if self._between_chunks > IN_MEMORY:
            self.will_close = True
        return taken

    def service(self) -> None:
        if not self.server.accepting:  # else the next request may come when nobody reads any more
            self.requests[0].headers["CONNECTION"] = "close"
        super().service()

    @property
    def _between_chunks(self) -> int:
        """Bytes of a chunk's size line, or after the last chunk: these never go into a file."""
        body = self.request.body_rcv if self.request is not None else None
        return len(getattr(body, "control_line", b"")) + len(getattr(body, "trailer", b""))

    @property
    def is_late(self) -> bool:
        within: float = self.server.request_within
        return self.request is not None and self.waiting_since < time.time() - within

    @property
    def is_under_way(self) -> bool:
        """Something was asked, or is being asked, and is not answered."""
        return bool(self.requests or self.request is not None or self.total_outbufs_len)


class Front(TcpWSGIServer):  # type: ignore[misc] # waitress has no types
    """Serves an app on a socket that listens, from the thread that turns it."""

    channel_class = _Caller

    def __init__(
        self,
        app: Flask,
        listener: socket.socket,
        threads: int,
        connections: int = CONNECTIONS,
        request_within: float = REQUEST_WITHIN,
    ) -> None:
        self.connections = connections
        self.request_within = request_within
        # a line for each request that waits for a thread: many webhooks at once are no news
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        dispatcher = ThreadedTaskDispatcher()
        dispatcher.set_thread_count(threads)
        super().__init__(
            app,
            {},
            _sock=listener,
            dispatcher=dispatcher,
            adj=Adjustments(
                sockets=[listener],
                ident=None,  # no banner
                # what is a little too large is refused in the CRM's own format, by us
                max_request_body_size=2 * LARGEST_BODY,
                inbuf_overflow=IN_MEMORY,
                channel_timeout=IDLE_WITHIN,
                cleanup_interval=min(5, request_within),
                connection_limit=2 * connections,
                asyncore_use_poll=True,  # select knows no file beyond the 1,024th
                log_socket_errors=False,  # anybody can break a connection off
            ),
            sockinfo=(listener.family, listener.type, listener.proto, listener.getsockname()),
            bind_socket=False,
        )

    def readable(self) -> bool:
        """Asked before each turn."""
        excess = len(self.active_channels) - self.connections
        if excess > 0:
            waiting = [one for one in self.active_channels.values() if not one.requests]
            for one in sorted(waiting, key=lambda one: one.waiting_since)[:excess]:
                one.will_close = True
        return bool(super().readable())

    def maintenance(self, now: float) -> None:
        super().maintenance(now)
        for one in self.active_channels.values():
            one.will_close |= one.is_late

    def serve_while(self, alive: Callable[[], bool], drain_within: float) -> None:
        """Answer while `alive`, asked every second; then what is under way gets so many
        seconds. The socket stays as it is."""
        while alive():
            self._turn()
        self.accepting = False
        until = time.monotonic() + drain_within
        lingering = time.monotonic() + LINGER
        while self.active_channels and time.monotonic() < until:
            under_way = any(one.is_under_way for one in self.active_channels.values())
            if not under_way and time.monotonic() > lingering:
                break
            alive()
            self._turn()
        self.task_dispatcher.shutdown()

    def wake(self) -> None:
        """Have `alive` asked now. For other threads, and for signals."""
        self.pull_trigger()

    def leave(self) -> None:
        """Close what is open, once it serves no more; the socket goes on listening."""
        for one in list(self.active_channels.values()):
            one.handle_close()
        self.trigger.close()

    def _turn(self) -> None:
        wasyncore.loop(TURN, use_poll=True, map=self._map, count=1)
