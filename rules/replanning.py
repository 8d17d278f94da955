"""What an open recovery's plan would be if it were chosen today, by the rules of today. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from rules.asking import Asked
from rules.case import Case, KnownRecovery, Loss, PlannedTask
from rules.consent import choose_contact
from rules.context import loss_facts
from rules.decide import choose_playbook, decide
from rules.playbook import Playbook
from rules.played import short_key
from rules.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class Replanned:
    """`changes`: the plan reads otherwise than the one that is pinned. `close` are keys of open
    tasks that only the old plan asked for; `make` the tasks that the new one asks for today. A
    task that both plans have stays as it is."""

    recovery_id: str
    before: str | None
    after: str | None
    changes: bool
    close: tuple[str, ...]
    make: tuple[PlannedTask, ...]


def replanned(case: Case, book: Rulebook, today: date) -> Replanned | None:
    """None where no recovery is open, or where its loss is not lost any more."""
    known = next((r for r in case.recoveries if r.ended_on is None), None)
    loss = _loss_of(known, case, book, today) if known else None
    if known is None or loss is None:
        return None
    contact = choose_contact(case.contacts, loss.contact_id)
    facts = loss_facts(case, book.rules, loss, contact, today, Asked())
    playbook = choose_playbook(book, loss, facts, Asked())
    old = book.playbook(known.playbook, known.revision)
    moved = replace(known, playbook=playbook.name if playbook else None, revision=None)
    anew = replace(case, recoveries=tuple(moved if r is known else r for r in case.recoveries))
    decision = decide(anew, book, today)
    return Replanned(
        recovery_id=known.id,
        before=known.playbook,
        after=moved.playbook,
        changes=old != playbook,
        close=tuple(t.key for t in known.tasks if _is_gone(t.key, old, playbook) and not t.closed),
        make=tuple(t for t in decision.tasks if t.recovery_id == known.id),
    )


def _loss_of(known: KnownRecovery, case: Case, book: Rulebook, today: date) -> Loss | None:
    losses = decide(case, book, today).losses
    own = [x for x in losses if x.recovery_id == known.id and x.merged_into is None]
    standing = [x for x in own if x.undone_on is None]
    return standing[-1] if standing else None


def _is_gone(key: str, old: Playbook | None, new: Playbook | None) -> bool:
    def asks(playbook: Playbook | None) -> set[str]:
        return {task.key for task in playbook.tasks} if playbook else set()

    return short_key(key) in asks(old) - asks(new)
