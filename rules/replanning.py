"""What an open recovery's plan would be if it were chosen today, by the rules of today. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from rules.asking import Asked
from rules.case import Case, HandedOver, KnownRecovery, KnownTask, Loss, PlannedTask
from rules.choosing import choose_playbook, names_left
from rules.consent import choose_contact
from rules.context import loss_facts
from rules.decide import decide
from rules.drafting import hand_over
from rules.playbook import Playbook, PlaybookTask
from rules.played import short_key
from rules.rulebook import Rulebook
from rules.under_way import with_reason


@dataclass(frozen=True, slots=True)
class Replanned:
    """`changes`: the plan reads otherwise than the one that is pinned. `close` are keys of open
    tasks that only the old plan asked for; `make` the tasks that the new one asks for today. A
    task that both plans have keeps its text; `reassign` are those that the new plan gives to
    somebody else."""

    recovery_id: str
    before: str | None
    after: str | None
    changes: bool
    close: tuple[str, ...]
    make: tuple[PlannedTask, ...]
    reassign: Mapping[str, HandedOver] = field(default_factory=dict)


def replanned(case: Case, book: Rulebook, today: date) -> Replanned | None:
    """None where no recovery is open, or where its loss is not lost any more."""
    known = next((r for r in case.recoveries if r.ended_on is None), None)
    loss = _loss_of(known, case, book, today) if known else None
    if known is None or loss is None:
        return None
    contact = choose_contact(case.contacts, loss.contact_id)
    facts = loss_facts(case, book.rules, loss, contact, today, Asked())
    playbook = choose_playbook(book, loss, facts, Asked(), names_left(known.left))
    old = book.playbook(known.playbook, known.revision)
    elsewhere = {t.key: t for t in known.tasks if _is_for_others(t, old, playbook)}
    moved = replace(
        known,
        playbook=playbook.name if playbook else None,
        revision=None,
        tasks=tuple(t for t in known.tasks if t.key not in elsewhere),
    )
    anew = replace(case, recoveries=tuple(moved if r is known else r for r in case.recoveries))
    wanted = [t for t in decide(anew, book, today).tasks if t.recovery_id == known.id]
    return Replanned(
        recovery_id=known.id,
        before=known.playbook,
        after=moved.playbook,
        changes=old != playbook,
        close=tuple(t.key for t in known.tasks if _is_gone(t.key, old, playbook) and not t.closed),
        make=tuple(t for t in wanted if t.draft.key not in elsewhere),
        reassign={
            t.draft.key: HandedOver(t.draft.owner_id, hand_over(_now_asks_for(playbook, t)), today)
            for t in wanted
            if t.draft.key in elsewhere and elsewhere[t.draft.key].owner_id != t.draft.owner_id
        },
    )


def _loss_of(known: KnownRecovery, case: Case, book: Rulebook, today: date) -> Loss | None:
    losses = decide(case, book, today).losses
    own = [x for x in losses if x.recovery_id == known.id and x.merged_into is None]
    standing = [x for x in own if x.undone_on is None]
    return with_reason(standing[-1], losses) if standing else None


def _is_gone(key: str, old: Playbook | None, new: Playbook | None) -> bool:
    return short_key(key) in _steps(old).keys() - _steps(new).keys()


def _is_for_others(task: KnownTask, old: Playbook | None, new: Playbook | None) -> bool:
    """An open task that both plans have and give to different people. Where both say the same,
    whoever has it keeps it, although a rota may name somebody else today."""
    before, after = _steps(old).get(short_key(task.key)), _steps(new).get(short_key(task.key))
    if task.closed or task.deleted or before is None or after is None:
        return False
    return before.assign != after.assign


def _steps(playbook: Playbook | None) -> Mapping[str, PlaybookTask]:
    return {task.key: task for task in playbook.tasks} if playbook else {}


def _now_asks_for(playbook: Playbook | None, task: PlannedTask) -> str:
    name = playbook.name if playbook else ""
    return f'the plan "{name}" was changed; {task.routed}'
