"""Where a process answers on HTTP: a place that cannot be had is told in a sentence."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from integration.cli.context import refuse
from integration.web.serving import Place, place


def wanted_place(host: str | None, port: int | None) -> Place:
    """See `place`."""
    try:
        return place(host, port, os.environ)
    except ValueError as error:
        refuse(str(error))


@contextmanager
def refused_places(where: Place) -> Iterator[None]:
    """Around what listens there."""
    try:
        yield
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)
        refuse(f"cannot listen on {where.host}, port {where.port}: {why}")
