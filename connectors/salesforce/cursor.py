"""How far polling of one stream got, as the small JSON that the caller stores for us. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from connectors.base import Cursor
from connectors.errors import CursorTooOld
from connectors.salesforce.values import instant
from rules.model import Snapshot


class Phase(StrEnum):
    """What the cursor stands in the middle of."""

    HISTORY = "history"  # the first reading of the whole table, by Id
    STAMPS = "stamps"  # a listing by modification stamp and Id
    IDLE = "idle"  # nothing: the last poll came to its end


@dataclass(frozen=True, slots=True)
class Progress:
    """`covered` is by the server's clock: all that was stamped before it has been seen.

    `newest` is the newest modification stamp seen on any record, whatever clock set it, and
    `sharing` how many records carried it when last looked at. `after` is the id to go on
    behind, inside a phase. `gone_from` says where the next look at deletions begins, and `gone_at`
    when the last one was made, by the caller's clock.
    """

    phase: Phase = Phase.HISTORY
    covered: datetime | None = None
    newest: datetime | None = None
    sharing: int = 0
    past_newest: bool = False  # go on behind `newest`, not at it
    after: str | None = None
    gone_from: datetime | None = None
    gone_at: datetime | None = None

    def seen(self, snapshots: Iterable[Snapshot]) -> Progress:
        """With the stamps of a page taken in."""
        newest, sharing = self.newest, self.sharing
        for one in snapshots:
            stamp = one.modified_at
            if stamp is None or (newest is not None and stamp < newest):
                continue
            sharing = sharing + 1 if stamp == newest else 1
            newest = stamp
        return replace(self, newest=newest, sharing=sharing)


def to_cursor(progress: Progress) -> Cursor:
    return {
        "phase": progress.phase.value,
        "covered": _written(progress.covered),
        "newest": _written(progress.newest),
        "sharing": progress.sharing,
        "past_newest": progress.past_newest,
        "after": progress.after,
        "gone_from": _written(progress.gone_from),
        "gone_at": _written(progress.gone_at),
    }


def from_cursor(cursor: Cursor | None) -> Progress:
    """None is first contact. Raises CursorTooOld for a cursor that cannot be read."""
    if cursor is None:
        return Progress()
    try:
        return Progress(
            Phase(cursor["phase"]),
            instant(cursor["covered"]),
            instant(cursor["newest"]),
            int(cursor["sharing"]),
            bool(cursor["past_newest"]),
            cursor["after"],
            instant(cursor["gone_from"]),
            instant(cursor.get("gone_at")),
        )
    except (KeyError, TypeError, ValueError):
        raise CursorTooOld("the stored cursor is not one of this version") from None


def _written(when: datetime | None) -> str | None:
    return when.isoformat() if when is not None else None
