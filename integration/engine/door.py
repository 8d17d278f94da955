"""The small door in front of whoever runs the jobs: callers say what wants to be looked at.

The rows of inbox and outbox are the truth. A wake-up only says where to look, so that a lost or
repeated one does no harm: the periodic table wakes every CRM again.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Protocol

from sqlalchemy import Connection


class Wake(StrEnum):
    """What a CRM is woken for."""

    POLL = "poll"  # a whole round: ask the CRM what changed, decide, send
    DRAIN = "drain"  # a round over what is stored already: signals, due rows
    PRUNE = "prune"  # forget what has been settled for long


class Door(Protocol):
    """An engine as everybody else sees it."""

    def wake(
        self,
        crm: str,
        kind: Wake,
        at: datetime | None = None,
        connection: Connection | None = None,
    ) -> None:
        """Have a CRM looked at, now or `at` an instant. With `connection` the wake-up belongs to
        the transaction that stores what is to be looked at."""
        ...
