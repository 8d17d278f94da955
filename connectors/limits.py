"""What a CRM's answers say of its limits, and who is asked before each call.

A connector reads the limits off its answers and keeps none of them: whoever counts the calls of
all processes stands behind a `Gate`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Told:
    """Limits as one answer tells them; None where it does not.

    Of the day's `of` calls everybody who uses the API has made `used`, this app `ours` of them.
    Of `burst` calls in any `burst_seconds` this app has `burst_left`. `zone`: where the CRM's
    day begins at midnight; None while that is not known, and where the day is the last 24 hours.
    """

    used: int | None = None
    of: int | None = None
    ours: int | None = None
    burst: int | None = None
    burst_left: int | None = None
    burst_seconds: float | None = None
    zone: tzinfo | None = None


class Gate(Protocol):
    """Stands before every call of a connector."""

    def enter(self, kind: str) -> None:
        """Before a call of this kind (`transport.CallKind`). May block, to pace; raises Throttled
        where no call may be made."""
        ...

    def until_sent(self) -> Callable[[], None] | None:
        """What is asked before each part of a write is sent, if anything: it raises Unavailable
        where the rest must not be sent any more."""
        ...

    def leave(self, kind: str, *, too_many: bool = False) -> None:
        """After the call, however it ended; not after one that was not allowed. `too_many`: the
        CRM answered that there were too many (status 429)."""
        ...

    def heard(self, told: Told) -> None:
        """After an answer that tells limits."""
        ...


class OpenGate:
    """Lets every call through at once."""

    def enter(self, kind: str) -> None:
        """Nobody counts."""

    def until_sent(self) -> Callable[[], None] | None:
        """Nobody asks."""
        return None

    def leave(self, kind: str, *, too_many: bool = False) -> None:
        """Nobody waits."""

    def heard(self, told: Told) -> None:
        """Nobody listens."""
