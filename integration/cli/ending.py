"""How a process that runs until it is told to end does end."""

from __future__ import annotations

import logging
import os
import signal
import sys
from types import FrameType
from typing import NoReturn

log = logging.getLogger(__name__)


def end_on_signals(*, unfinished: bool = False) -> None:
    """SIGTERM and Ctrl-C unwind the main thread, once; what comes after that is ignored, so
    that the end itself is not disturbed. What is `unfinished` when it is ended exits with 128 and
    the signal's number, as shells do."""

    def end(number: int, _frame: FrameType | None) -> NoReturn:
        for sign in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sign, signal.SIG_IGN)
        raise SystemExit(128 + number if unfinished else 0)

    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, end)


def leave_at_once(why: str) -> NoReturn:
    """A batch is still waiting for its CRM. The process goes with its locks in hand, so that
    nobody else takes the store while that thread is alive; the rows are read back later."""
    log.warning(why)
    logging.shutdown()
    sys.stdout.flush()
    os._exit(0)
