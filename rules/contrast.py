"""What two rule files make of the same customer, side by side: only what differs. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rules.case import TIME_ALONE
from rules.model import Owner, Ref, TaskDraft
from rules.replay import Foreseen

Changed = tuple[str, str, str]
"""What differs, by the rules in force, by the new ones: the values as words, "" for nothing."""


@dataclass(frozen=True, slots=True)
class TaskContrast:
    """A task that both make, by its rule, and what of it differs: owner, due on, priority,
    subject, body. Of a body only the lines that differ."""

    rule: str
    changed: tuple[Changed, ...]


@dataclass(frozen=True, slots=True)
class Contrast:
    """One loss of which the two say different things. `found` says which of them find it: both,
    new, in force. `changed` is of what both found; `more` and `less` are tasks by their rule, and
    `tasks` those that both make, but not alike."""

    record: Ref
    found: str
    changed: tuple[Changed, ...]
    more: tuple[str, ...]
    less: tuple[str, ...]
    tasks: tuple[TaskContrast, ...] = ()


def contrasts(
    in_force: Sequence[Foreseen], new: Sequence[Foreseen], owners: Mapping[str, Owner]
) -> tuple[Contrast, ...]:
    """Losses are paired by the record that tells them, those of time alone in their order."""
    if in_force == new:
        return ()
    before, after = _by_place(in_force), _by_place(new)
    found = (
        _contrast(place[0], before.get(place), after.get(place), owners)
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


def _contrast(
    record: Ref, before: Foreseen | None, after: Foreseen | None, owners: Mapping[str, Owner]
) -> Contrast | None:
    asked, asks = _rules(before), _rules(after)
    more, less = tuple((asks - asked).elements()), tuple((asked - asks).elements())
    if before is None or after is None:
        return Contrast(record, "new" if after else "in force", (), more, less)
    changed = tuple(_changed(_said(before), _said(after)))
    tasks = tuple(_of_both(before, after, owners))
    differs = changed or more or less or tasks
    return Contrast(record, "both", changed, more, less, tasks) if differs else None


def _rules(one: Foreseen | None) -> Counter[str]:
    return Counter(task.rule for task in one.tasks) if one else Counter()


def _said(one: Foreseen) -> dict[str, str]:
    return {
        "verdict": one.verdict.value,
        "category": one.category,
        "playbook": one.playbook or "",
        "known on": one.known_on.isoformat(),
    }


def _changed(said: Mapping[str, str], says: Mapping[str, str]) -> Iterator[Changed]:
    return ((what, said[what], says[what]) for what in said if said[what] != says[what])


def _of_both(
    before: Foreseen, after: Foreseen, owners: Mapping[str, Owner]
) -> Iterator[TaskContrast]:
    """Tasks of one rule are paired in their order."""
    had = _drafts(before)
    for rule, drafts in _drafts(after).items():
        for draft, was in zip(drafts, had.get(rule, ()), strict=False):
            said, says = _written(was, owners), _written(draft, owners)
            changed = (*_changed(said, says), *_body_changed(was.body, draft.body))
            if changed:
                yield TaskContrast(rule, changed)


def _drafts(one: Foreseen) -> Mapping[str, list[TaskDraft]]:
    found: dict[str, list[TaskDraft]] = defaultdict(list)
    for task in one.tasks:
        found[task.rule].append(task.draft)
    return found


def _written(draft: TaskDraft, owners: Mapping[str, Owner]) -> dict[str, str]:
    owner = owners.get(draft.owner_id)
    return {
        "owner": owner.name if owner else draft.owner_id,
        "due on": draft.due_on.isoformat(),
        "priority": draft.priority.value,
        "subject": draft.subject,
    }


def _body_changed(was: str, now: str) -> Iterator[Changed]:
    """From the first to the last line that differs; the last line is our own key."""
    said, says = was.splitlines()[:-1], now.splitlines()[:-1]
    if said == says:
        return
    shorter = min(len(said), len(says))
    first = next((n for n in range(shorter) if said[n] != says[n]), shorter)
    after = next(
        (n for n in range(shorter - first) if said[-1 - n] != says[-1 - n]), shorter - first
    )
    yield (
        "body",
        "\n".join(said[first : len(said) - after]).strip(),
        "\n".join(says[first : len(says) - after]).strip(),
    )
