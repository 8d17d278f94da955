"""One customer in, the whole wanted state out: same case, same rules, same day, same answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from rules.answer import Answer
from rules.answers import interviewed, permission_fields, with_answers
from rules.case import Case, Decision, Loss
from rules.choosing import choose_playbook
from rules.chosen import chosen_reason, known_loss
from rules.consent import choose_contact
from rules.context import loss_facts
from rules.contracts import with_running
from rules.facts import with_lost_deals_closed
from rules.interview import NONE, interview_of, told_losses
from rules.losses import new_losses, undone
from rules.planning import close_tasks, plan_recovery
from rules.playbook import Playbook
from rules.recover import recover
from rules.rulebook import Rulebook
from rules.verdict import will_be_lost_on


def decide(case: Case, book: Rulebook, today: date) -> Decision:
    """The whole wanted state of one customer as of `today`."""
    case = with_lost_deals_closed(with_running(case, book.rules, today), today)
    reopened = undone(case, book.rules, today)
    known = tuple(known_loss(case, book, loss, reopened, today) for loss in case.losses)
    case = replace(
        case,
        losses=tuple(replace(k, undone_on=today) if k.id in reopened else k for k in case.losses),
    )
    found = tuple(
        replace(x, reason=chosen_reason(case, book, x))
        for x in new_losses(case, book.rules, book.categoriser, today)
    )
    losses = tuple(sorted((*known, *found), key=lambda x: (x.lost_on, x.known_on, x.id)))

    answer = Answer()
    asked = answer.asked

    def choose(loss: Loss) -> Playbook | None:
        contact = choose_contact(case.contacts, loss.contact_id)
        facts = loss_facts(case, book.rules, loss, contact, today, asked)
        return choose_playbook(book, loss, facts, asked)

    recovered = recover(case, book.rules, losses, choose, today)
    current = next((r for r in recovered.recoveries if r.ended_on is None), None)
    heard = interview_of(case, current)
    told = told_losses(recovered.losses, current, heard, book)
    person = interviewed(case, told, current, heard)
    case = with_answers(case, heard, person)
    recoveries = tuple(
        plan_recovery(
            case, book, recovery, told, heard if recovery is current else NONE, today, answer
        )
        for recovery in recovered.recoveries
    )
    answer.fields |= permission_fields(case, book.rules, heard, person, today)
    for known_recovery in case.recoveries:
        if known_recovery.ended_on is not None:
            ended = f"the recovery ended: {known_recovery.end}"
            close_tasks(case, known_recovery.tasks, ended, answer)
    if not any(r.ended_on is None for r in recoveries):
        answer.look_again.append(will_be_lost_on(case, book.rules, today))
    later = [day for day in answer.look_again if day is not None and day > today]
    return Decision(
        losses=told,
        undone=reopened,
        recoveries=recoveries,
        tasks=tuple(answer.tasks),
        close=answer.close,
        reassign=answer.reassign,
        fields=answer.fields,
        not_made=tuple(answer.not_made),
        parked=tuple(answer.parked),
        missing=asked.missing,
        look_again_on=min(later, default=None),
    )
