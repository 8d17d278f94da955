"""Wanted against written, pure: only the difference becomes pushes.

Three-way per field: what we want, what we wrote last, what stands in the CRM now. What a
person changed or cleared is theirs for ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rules.model import Field


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """What to write on one record, and which fields turn out to be a person's."""

    write: Mapping[Field, str | None] = field(default_factory=dict)
    theirs: tuple[Field, ...] = ()


def fields(
    wanted: Mapping[Field, str | None],
    now: Mapping[Field, str | None],
    written: Mapping[Field, str | None],
    theirs: frozenset[Field] = frozenset(),
) -> FieldDifference:
    """The difference on one record.

    `now` is what stands in the CRM; a field missing there does not exist or is hidden, and is
    still asked for once, so that its absence is parked with a sentence. `written` has the
    fields that the CRM ever took from us.
    """
    write: dict[Field, str | None] = {}
    new_theirs: list[Field] = []
    for name, value in wanted.items():
        if name in theirs:
            continue
        present = now.get(name)
        if name in now and not alike(present, written.get(name)):
            new_theirs.append(name)  # filled, changed or cleared by a person, be it as we want it
        elif not alike(present, value):
            write[name] = value
    return FieldDifference(write, tuple(new_theirs))


def alike(present: str | None, value: str | None) -> bool:
    """Whether what stands in the CRM is this value: a picklist shows its own spelling of it, a
    short field what fits of it, and an empty text is nothing."""
    shown, meant = _folded(present), _folded(value)
    return shown == meant or (shown.endswith("…") and meant.startswith(shown[:-1].rstrip()))


def _folded(value: str | None) -> str:
    return " ".join((value or "").split()).casefold()
