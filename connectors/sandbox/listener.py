"""One listening socket on loopback, and the connections that are open on it."""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from connectors.sandbox.control import Control
from connectors.sandbox.wire import Crm
from connectors.sandbox.world import World

_LOOPBACK = "127.0.0.1"


class Listener(ThreadingHTTPServer):
    """One listening socket for one CRM; without a control nobody can play fate over HTTP."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self,
        exchange: type[BaseHTTPRequestHandler],
        port: int,
        crm: Crm,
        world: World,
        control: Control | None = None,
    ) -> None:
        self.crm = crm
        self.world = world
        self.control = control
        self.closing = threading.Event()
        self._connections: set[socket.socket] = set()
        super().__init__((_LOOPBACK, port), exchange)
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def url(self) -> str:
        return f"http://{_LOOPBACK}:{self.server_address[1]}"

    def begin(self) -> None:
        self._thread.start()

    def _serve(self) -> None:
        """Unlike `serve_forever` this does not wake up until somebody calls."""
        while not self.closing.is_set():
            self.handle_request()

    def process_request(
        self, request: socket.socket | tuple[bytes, socket.socket], client_address: object
    ) -> None:
        if isinstance(request, socket.socket):
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        if isinstance(request, socket.socket):
            self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(
        self, request: socket.socket | tuple[bytes, socket.socket], client_address: object
    ) -> None:
        """A caller that was killed is nothing to tell of."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def end(self) -> None:
        """Stop listening and drop the connections that are still open."""
        self.closing.set()
        with contextlib.suppress(OSError):
            socket.create_connection((_LOOPBACK, self.server_address[1]), 1.0).close()
        self._thread.join()
        for connection in list(self._connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.server_close()
