"""What two rule files make of the same customer, side by side: only what differs. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rules.case import TIME_ALONE
from rules.model import Ref
from rules.replay import Foreseen


@dataclass(frozen=True, slots=True)
class Contrast:
    """One loss of which the two say different things. `found` says which of them find it: both,
    new, in force. `changed` holds (what, in force, new) of what both found, the values as words
    and "" for nothing; `more` and `less` are tasks by their rule, and `moved` those that both make,
    for different people."""

    record: Ref
    found: str
    changed: tuple[tuple[str, str, str], ...]
    more: tuple[str, ...]
    less: tuple[str, ...]
    moved: tuple[str, ...] = ()


def contrasts(in_force: Sequence[Foreseen], new: Sequence[Foreseen]) -> tuple[Contrast, ...]:
    """Losses are paired by the record that tells them, those of time alone in their order."""
    if in_force == new:
        return ()
    before, after = _by_place(in_force), _by_place(new)
    found = (
        _contrast(place[0], before.get(place), after.get(place))
        for place in dict.fromkeys([*before, *after])
    )
    return tuple(one for one in found if one is not None)


def _by_place(foreseen: Iterable[Foreseen]) -> dict[tuple[Ref, bool, int], Foreseen]:
    seen: Counter[tuple[Ref, bool]] = Counter()
    found = {}
    for one in foreseen:
        place = one.record, one.watch == TIME_ALONE
        found[*place, seen[place]] = one
        seen[place] += 1
    return found


def _contrast(record: Ref, before: Foreseen | None, after: Foreseen | None) -> Contrast | None:
    asked, asks = _tasks(before), _tasks(after)
    more, less = tuple((asks - asked).elements()), tuple((asked - asks).elements())
    if before is None or after is None:
        return Contrast(record, "new" if after else "in force", (), more, less)
    said, says = _said(before), _said(after)
    changed = tuple((what, said[what], says[what]) for what in said if said[what] != says[what])
    moved = _moved(before, after)
    differs = changed or more or less or moved
    return Contrast(record, "both", changed, more, less, moved) if differs else None


def _moved(before: Foreseen, after: Foreseen) -> tuple[str, ...]:
    """The tasks of both that other people get."""
    had, have = _people(before), _people(after)
    return tuple(rule for rule in had if rule in have and had[rule] != have[rule])


def _people(one: Foreseen) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for task in one.tasks:
        found.setdefault(task.rule, set()).add(task.owner_id)
    return found


def _said(one: Foreseen) -> dict[str, str]:
    return {
        "verdict": one.verdict.value,
        "category": one.category,
        "playbook": one.playbook or "",
        "known on": one.known_on.isoformat(),
    }


def _tasks(one: Foreseen | None) -> Counter[str]:
    return Counter(task.rule for task in one.tasks) if one else Counter()
