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
        present = now.get(name) or None
        ours = name in written
        if not ours and present is not None:
            new_theirs.append(name)  # filled by a person before us, be it with the same value
            continue
        if present == (value or None):
            continue
        if ours and name in now and present != (written[name] or None):
            new_theirs.append(name)  # changed or cleared by a person
        else:
            write[name] = value
    return FieldDifference(write, tuple(new_theirs))
