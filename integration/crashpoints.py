"""Named instants at which a test kills the process; nothing happens unless one is asked for.

`WINBACK_CRASH=NAME:COUNT` kills at the COUNT-th passage of the point NAME. The point `sent` is
passed when a write goes out, and the kill falls a moment later, while the answer is awaited.
"""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter

POINTS = (
    "signal stored",
    "cursor moved",
    "claimed",
    "read",
    "decided",
    "batch claimed",
    "sent",
    "answered",
    "before settling",
    "after settling",
)
SENT_DELAY_IN_SECONDS = 0.03

_passed: Counter[str] = Counter()


def passing(point: str) -> None:
    """Note that the process is at a point; die here if that was asked for."""
    wanted = os.environ.get("WINBACK_CRASH")
    if not wanted:
        return
    name, _, count = wanted.partition(":")
    if name != point:
        return
    _passed[point] += 1
    if _passed[point] != int(count or 1):
        return
    if point == "sent":
        threading.Timer(SENT_DELAY_IN_SECONDS, _die).start()
    else:
        _die()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
