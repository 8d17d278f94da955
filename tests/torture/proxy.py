"""A fault proxy on loopback: stands before a CRM or a database and breaks what passes.

It knows bytes and whose turn it is to speak, no protocol; only where it counts HTTP answers does
it look at a status line. Whatever it breaks, both sides see what a bad network shows them.
"""

from __future__ import annotations

import contextlib
import random
import socket
import threading
import time
from collections import Counter
from pathlib import Path
from types import TracebackType

PIECE = 65_536
Target = tuple[str, int] | Path
"""Host and port, or a unix socket."""


class FaultProxy:
    """Passes everything on until it is told to do otherwise; what is told holds from the next
    bytes on. Threads of its own; `close` ends them."""

    def __init__(self, target: Target) -> None:
        self.answers: Counter[int] = Counter()  # HTTP answers by their status
        self.answers_lost = 0
        self.latency = 0.0  # seconds, before each answer
        self._target = target
        self._away = False
        self._silent = False
        self._share, self._chance = 0.0, random.Random(0)
        self._cut_after: int | None = None
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._door = socket.create_server(("127.0.0.1", 0), backlog=64)
        threading.Thread(target=self._welcome, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self._door.getsockname()[1])

    # ---- what to break

    def lose_answers(self, share: float, seed: int) -> None:
        """Drop so many of the answers: what was asked is done, and nobody hears of it."""
        self._share, self._chance = share, random.Random(seed)

    def cut_after(self, count: int) -> None:
        """Cut one answer after so many bytes."""
        self._cut_after = count

    def fall_silent(self) -> None:
        """Half open: connections stand, new ones too, and nothing passes."""
        self._silent = True

    def go_away(self) -> None:
        """Cut every connection, and take no other one until `mend`."""
        self._away = True
        self.cut()

    def cut(self) -> None:
        with self._lock:
            open_ones = list(self._open)
        for one in open_ones:
            _end(one)

    def mend(self) -> None:
        """Pass everything on again. What fell silent is cut: its bytes are lost."""
        was_silent, self._silent, self._away = self._silent, False, False
        self._share, self._cut_after, self.latency = 0.0, None, 0.0
        if was_silent:
            self.cut()

    def close(self) -> None:
        self._away = True
        self._silent = False
        _end(self._door)
        self.cut()

    def __enter__(self) -> FaultProxy:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # ---- how it passes things on

    def _welcome(self) -> None:
        while True:
            try:
                caller, _ = self._door.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(caller,), daemon=True).start()

    def _serve(self, caller: socket.socket) -> None:
        if self._away:
            _end(caller)
            return
        try:
            server = self._connect()
        except OSError:
            _end(caller)
            return
        with self._lock:
            self._open |= {caller, server}
        talk = _Talk()
        back = threading.Thread(target=self._answers, args=(server, caller, talk), daemon=True)
        back.start()
        self._requests(caller, server, talk)
        back.join()
        with self._lock:
            self._open -= {caller, server}

    def _connect(self) -> socket.socket:
        if isinstance(self._target, tuple):
            return socket.create_connection(self._target, 10)
        server = socket.socket(socket.AF_UNIX)
        server.connect(str(self._target))
        return server

    def _requests(self, caller: socket.socket, server: socket.socket, talk: _Talk) -> None:
        with contextlib.suppress(OSError):
            while piece := caller.recv(PIECE):
                self._hold()
                talk.answered = False
                server.sendall(piece)
        _end(server)
        _end(caller)

    def _answers(self, server: socket.socket, caller: socket.socket, talk: _Talk) -> None:
        with contextlib.suppress(OSError):
            while piece := server.recv(PIECE):
                self._hold()
                if not talk.answered:
                    talk.answered = True
                    if not self._lets_through(piece):
                        break
                if self._cut_after is not None:
                    part, self._cut_after = piece[: self._cut_after], None
                    caller.sendall(part)
                    break
                caller.sendall(piece)
        _end(caller)
        _end(server)

    def _lets_through(self, piece: bytes) -> bool:
        """Whether an answer that begins with this piece is passed on."""
        if piece.startswith(b"HTTP/1.1 "):
            self.answers[int(piece[9:12])] += 1
        if self.latency:
            time.sleep(self.latency)
        with self._lock:
            lost = self._share > 0 and self._chance.random() < self._share
            self.answers_lost += lost
        return not lost

    def _hold(self) -> None:
        while self._silent:
            time.sleep(0.01)


class _Talk:
    """Whether the server has begun to answer the last request of a connection."""

    answered = False


def _end(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
