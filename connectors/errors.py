"""Errors of a CRM, sorted by what to do next and by nothing else.

Each carries one human sentence (`str(error)`) that ops can act on: no secret, no record's
words. Errors of one row in a batch are not raised; they stand in its `PushResult`.
"""

from __future__ import annotations

from datetime import datetime


class CrmError(Exception):
    """Anything else that a call came back with: park as internal and go on."""

    @property
    def in_our_words(self) -> str:
        """The sentence for logs. One that quotes the CRM leaves the CRM's words out: they may be
        those of a record."""
        return str(self)


class Unavailable(CrmError):
    """Not reachable, 5xx, or an answer that makes no sense: back off and count the attempt.

    Raised by a read, or by a write that certainly did not reach the CRM.
    """


class OutcomeUnknown(Unavailable):
    """A write whose answer never came (time-out, reset, 5xx, cut answer): read back first."""


class Throttled(CrmError):
    """A limit of the CRM: leave this CRM alone until `until`, by the real clock even where the
    caller's `now` is a simulated one; does not count as an attempt."""

    def __init__(self, sentence: str, until: datetime) -> None:
        super().__init__(sentence)
        self.until = until


class CredentialsRefused(CrmError):
    """Login, token or scope refused: stop this CRM, health red, rows untouched."""


class CursorTooOld(CrmError):
    """The CRM no longer tells what changed since the cursor: go the way of first contact."""
