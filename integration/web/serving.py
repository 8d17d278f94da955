"""The embedded web server: where it listens, and serving until the process is told to end."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask

from integration.web.front import Front

LOOPBACK = "127.0.0.1"
EVERYWHERE = "0.0.0.0"  # noqa: S104 - behind a platform's router, see `place`
USUAL_PORT = 8350
THREADS = 16  # those that wait for one commit share it (see `storing`)


@dataclass(frozen=True, slots=True)
class Place:
    """Where to listen; port 0 takes any that is free."""

    host: str
    port: int


def place(host: str | None, port: int | None, environ: Mapping[str, str]) -> Place:
    """Loopback, unless somebody says otherwise.

    A platform says so by `PORT`: its router reaches us from outside, on that port. So we listen
    everywhere when `PORT` is set and no other port is asked for, and on loopback else. `--host`
    beats both. Raises ValueError where `PORT` is no port.
    """
    given = environ.get("PORT", "").strip()
    if given and not (given.isdecimal() and int(given) <= 65535):
        raise ValueError(f"PORT is {given[:20]!r}: it must be a number up to 65535")
    platform = int(given) if given else None
    if port is None:
        port = platform if platform is not None else USUAL_PORT
    if host is None:
        host = EVERYWHERE if port == platform else LOOPBACK
    return Place(host, port)


def url_of(listening: Any) -> str:
    """An address of a socket that opens on this machine."""
    host, port = listening.getsockname()[:2]
    host = {EVERYWHERE: LOOPBACK, "::": "::1"}.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def listen(where: Place) -> socket.socket:
    """A socket that listens there. Raises OSError when the place cannot be had."""
    family = socket.AF_INET6 if ":" in where.host else socket.AF_INET
    return socket.create_server((where.host, where.port), family=family, backlog=128)


class Server:
    """A socket that listens as soon as this exists, and answers once `serve` runs."""

    def __init__(self, app: Flask, where: Place) -> None:
        """Raises OSError when the place cannot be had."""
        self._socket = listen(where)
        self._front = Front(app, self._socket, THREADS)

    @property
    def url(self) -> str:
        return url_of(self._socket)

    def serve(self) -> None:
        """Answer until SystemExit is raised in this thread (by a signal), then finish the
        requests under way."""
        self._front.run()

    def close(self) -> None:
        self._front.close()
