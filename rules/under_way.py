"""One recovery with all that its tasks depend on: gathered once, before anything is wanted."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from rules.asking import Asked
from rules.case import BenchmarkState, Case, KnownRecovery, KnownTask, Loss, Recovery
from rules.choosing import carried_on, choose_playbook, found_out
from rules.consent import choose_contact, permission_of
from rules.context import loss_facts
from rules.interview import Interview
from rules.model import Contact, Permission
from rules.plans import slug
from rules.playbook import APPROVAL, Ask, Playbook
from rules.progress import Progress, met_on, progress_of
from rules.reasons import UNKNOWN
from rules.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class Plan:
    """`own` are the recovery's losses, `loss` the latest that stands. `before` is the playbook
    that was left in this decision; None where none was."""

    case: Case
    book: Rulebook
    recovery: Recovery
    own: tuple[Loss, ...]
    loss: Loss
    tasks: tuple[KnownTask, ...]
    contact: Contact | None
    facts: Mapping[str, Any]
    made: Progress
    before: Playbook | None
    heard: Interview
    today: date

    @property
    def permission(self) -> Permission:
        return permission_of(self.contact, self.today) if self.contact else Permission.UNKNOWN


def plan_under_way(
    case: Case,
    book: Rulebook,
    recovery: Recovery,
    losses: Sequence[Loss],
    heard: Interview,
    today: date,
    asked: Asked,
) -> Plan | None:
    """None where the recovery has no loss."""
    own = tuple(x for x in losses if x.recovery_id == recovery.id and x.merged_into is None)
    standing = [x for x in own if x.undone_on is None] or own
    if not standing:
        return None
    loss = with_reason(standing[-1], losses)
    known = next((r for r in case.recoveries if r.id == recovery.id), None)
    contact = choose_contact(case.contacts, loss.contact_id)
    facts = loss_facts(case, book.rules, loss, contact, today, asked, heard)

    def choose(left: Container[str]) -> Playbook | None:
        return choose_playbook(book, loss, facts, asked, left)

    tasks = known.tasks if known else ()
    followed = book.playbook(recovery.playbook, recovery.revision)
    made = _progress(tasks, followed, loss)
    recovery = _measured(recovery, known, made, today)
    because = found_out(followed, loss.reason, book.rules)
    moved = carried_on(recovery, followed, loss.reason, choose, because=because, today=today)
    if moved is not recovery:
        made = _progress(tasks, book.playbook(moved.playbook, moved.revision), loss)
        moved = _measured(moved, None, made, today)
    moved = replace(moved, goal=made.playbook.goal if made.playbook else "")
    left = len(moved.left) > len(recovery.left)
    before = followed if left else None
    return Plan(case, book, moved, own, loss, tasks, contact, facts, made, before, heard, today)


def with_reason(latest: Loss, losses: Sequence[Loss]) -> Loss:
    """The latest loss of a recovery; where nobody says there why, with what another lost record
    of the same recovery says: a rep writes the reason into one of them."""
    if latest.reason.category != UNKNOWN:
        return latest
    others = [
        x.reason
        for x in losses
        if x.recovery_id == latest.recovery_id
        and x.undone_on is None
        and x.reason.category != UNKNOWN
    ]
    return replace(latest, reason=others[-1]) if others else latest


def _progress(tasks: tuple[KnownTask, ...], playbook: Playbook | None, loss: Loss) -> Progress:
    return progress_of(tasks, playbook, loss.reason.category, loss.reason.provenance)


def _measured(
    recovery: Recovery, known: KnownRecovery | None, made: Progress, today: date
) -> Recovery:
    """The recovery with its plan's benchmarks as they stand today."""
    met = {b.what: b.met_on for b in known.benchmarks if b.met_on} if known else {}
    wanted = made.playbook.benchmarks if made.playbook else ()
    states = (BenchmarkState(str(b), b.day, met_on(b, made, met, today)) for b in wanted)
    return replace(recovery, benchmarks=tuple(states))


def steps_only_before(plan: Plan) -> frozenset[str]:
    """The steps of the playbook that was left which the present one does not have, the questions
    for a yes to their offers included."""
    if plan.before is None:
        return frozenset()
    now = {task.key for task in plan.made.playbook.tasks} if plan.made.playbook else set()
    gone = {task.key for task in plan.before.tasks} - now
    return frozenset(gone | {f"{key}{APPROVAL}" for key in gone})


def steps_asking_why(plan: Plan) -> frozenset[str]:
    """The steps of the present playbook and of those before it that ask the customer why they
    left: interviews, and the calls of a playbook that is there to find out."""
    left = (plan.book.playbook(one.name, one.revision) for one in plan.recovery.left)
    followed = [playbook for playbook in (plan.made.playbook, *left) if playbook]
    return frozenset(
        task.key
        for playbook in followed
        for task in playbook.tasks
        if task.ask is Ask.INTERVIEW or (playbook.until and task.ask is Ask.FOLLOW_UP)
    )


def steps_asked_for(plan: Plan) -> frozenset[str]:
    """The steps of the present playbook and of the cadences. Another one that stands is of a plan
    that was left."""
    playbook = plan.made.playbook.tasks if plan.made.playbook else ()
    cadences = (slug(cadence.name) for cadence in plan.book.rules.cadences)
    return frozenset((*(task.key for task in playbook), *cadences))
