"""A process that starts while the database is away waits for it.

It would be started anew by its host in any case, each time a little later, and be taken for broken.
A database that answers and refuses us is not waited for: new credentials come with a restart.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from typing import TypeVar

from sqlalchemy.exc import InterfaceError, OperationalError

from integration.backoff import pause
from integration.store.away import is_unreached, why_away

LONGEST_PAUSE = 5.0
"""Seconds: the database is back for us within ten."""

T = TypeVar("T")
Meanwhile = Callable[[], AbstractContextManager[object]]

log = logging.getLogger(__name__)


def once_it_answers(ask: Callable[[], T], meanwhile: Meanwhile = nullcontext) -> T:
    """What `ask` of the database answers. `meanwhile` is entered where that takes a while. Raises
    `DatabaseRefuses`, and whatever is no absence. A line in the log says when and why we begin to
    wait, another one when the reason changes, and a last one when it is over."""
    told, failures, began = "", 0, time.monotonic()
    with ExitStack() as waiting:
        while True:
            try:
                found = ask()
            except (OperationalError, InterfaceError) as error:
                if not (is_unreached(error) or error.connection_invalidated):
                    raise
                words = why_away(error)
            else:
                if failures:
                    log.info("the database answers, after %.0f s", time.monotonic() - began)
                return found
            if words != told:
                log.warning("the database is away (%s): waiting for it", words)
                told = words
            if not failures:
                waiting.enter_context(meanwhile())
            failures += 1
            time.sleep(min(pause(failures).total_seconds(), LONGEST_PAUSE))
