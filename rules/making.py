"""One wanted task made ready for the CRM: consent, who gets it, when it is due, what it says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from rules.assigning import route_step
from rules.bought import unread
from rules.calendar import at_nine
from rules.case import TIME_ALONE, Case, KnownTask, Loss, NotMade, PlannedTask, Recovery
from rules.consent import consent
from rules.context import text_facts
from rules.drafting import (
    facts_in_words,
    hand_over,
    lost_in_words,
    skipped_in_words,
    task_body,
)
from rules.due import customers_country, due_for
from rules.how_to_answer import STOPPING, STOPPING_BY_DELETING
from rules.model import Contact, Owner, TaskDraft
from rules.plans import Step
from rules.playbook import AfterKind, Ask
from rules.routing import Routed
from rules.rulebook import Rulebook
from rules.score import score
from rules.standard_texts import standard_body
from rules.task_lengths import BODY_LIMIT, SUBJECT_LIMIT, fitted
from rules.template_facts import without_controls


@dataclass(frozen=True, slots=True)
class Making:
    """What all tasks of one recovery are made from."""

    case: Case
    book: Rulebook
    recovery: Recovery
    loss: Loss
    contact: Contact | None
    facts: Mapping[str, Any]
    tasks: tuple[KnownTask, ...]
    today: date

    def make(self, step: Step) -> PlannedTask | NotMade | Parked:
        """The task, or why there is none: forbidden, or nobody can get it."""
        allowed = consent(
            step.ask,
            self.contact,
            anyone=bool(self.case.contacts),
            known_on=self.loss.known_on,
            today=self.today,
            window=self.book.rules.limits.contact_window,
        )
        if not allowed.allowed:
            return NotMade(step.rule, allowed.because)
        routed = route_step(
            step,
            self.case,
            self.book,
            self.loss,
            self.facts.get("tier"),
            self.tasks,
            self.today,
        )
        if routed.owner is None and step.not_to:  # nobody is above them: no fault to mend
            return NotMade(step.rule, routed.because)
        if routed.owner is None:
            return Parked(NotMade(step.key, f"{step.rule}: {routed.because}"))
        handed_over = hand_over(routed.because) if routed.handed_over_from else ""
        notes = tuple(note for note in (allowed.note, handed_over, *step.notes) if note)
        return self._draft(step, routed, routed.owner, notes)

    def _draft(
        self, step: Step, routed: Routed, owner: Owner, notes: tuple[str, ...]
    ) -> PlannedTask:
        contact_asked = step.ask is not Ask.INTERNAL
        contact = self.contact if contact_asked else None
        rules, account = self.book.rules, self.case.account
        company = rules.company
        country = customers_country(account) if contact else ""
        due = due_for(
            rules,
            step.due,
            owner,
            start=step.due_from or self.today,
            today=self.today,
            customer=country,
        )
        worth = score(self.facts, rules.score, company.currency)
        on_account = self.case.account_ref is not None
        source = step.body or standard_body(step.ask, rules, on_account=on_account)
        written = step.subject + source
        texts = text_facts(
            self.case,
            self.book.rules,
            self.loss,
            self.facts,
            contact=contact,
            assignee=owner,
            playbook=self.recovery.playbook or "",
            goal=self.recovery.goal,
            offers=any(name in written for name in ("offer.", "smaller.", "bought.")),
        )
        subject = step.prefix + self.book.text(step.subject, one_line=True).render(texts)
        body = self.book.text(source, one_line=False).render(texts) if source else ""
        would_change = _would_change(step, self.loss, contact)
        draft = TaskDraft(
            key=step.key,
            subject=fitted(subject, SUBJECT_LIMIT),
            body=without_controls(
                task_body(
                    fitted(body, BODY_LIMIT),
                    notes=(*notes, *skipped_in_words(due)),
                    link=self.case.link(self.loss.record),
                    why=self._why(step),
                    would_change=would_change,
                    key=step.key,
                    how_to_stop=STOPPING if contact_asked else STOPPING_BY_DELETING,
                )
            ),
            due_on=due.on,
            due_at=at_nine(due.on, owner.timezone or company.timezone),
            owner_id=owner.id,
            account_id=account.id or None if account else None,
            contact_id=contact.id if contact else None,
            record=self.loss.record,
            priority=step.priority,
            customer_country=country,
        )
        return PlannedTask(
            draft=draft,
            recovery_id=self.recovery.id,
            rule=step.rule,
            due=step.due,
            because="; ".join([step.because, routed.because, *_cut(subject, body)]),
            routed=routed.because,
            facts=self.facts,
            would_change=would_change,
            score=worth.total,
            score_parts=worth.parts,
            unread=unread(self.case, written),
        )

    def _why(self, step: Step) -> tuple[str, ...]:
        who = self.case.account.name if self.case.account else "This customer"
        loss, currency = self.loss, self.book.rules.company.currency
        lost = lost_in_words(who, loss.watch, loss.known_on, loss.lost_on, self.today)
        return (
            f"{lost}.",
            f"Read in the CRM: {facts_in_words(self.facts, currency)}.",
            f"{step.because[:1].upper()}{step.because[1:]}.",
        )


def _cut(subject: str, body: str) -> Iterator[str]:
    """What of the task's texts had no room."""
    for what, text, limit in (("subject", subject, SUBJECT_LIMIT), ("text", body, BODY_LIMIT)):
        if len(text) > limit:
            yield f"its {what} had {len(text):,} characters and is cut after {limit:,}"


_FOUND_OUT = {
    AfterKind.REASON_KNOWN: "the reason being known",
    AfterKind.REASON_CONFIRMED: "the reason being confirmed",
}


@dataclass(frozen=True, slots=True)
class Parked:
    """A task that somebody should get and nobody can; `told.because` says what to do."""

    told: NotMade


def _would_change(step: Step, loss: Loss, contact: Contact | None) -> tuple[str, ...]:
    """What would have kept this task away, in a few words each."""
    changes = [_FOUND_OUT[step.until]] if step.until else []
    changes.append("a new purchase")
    if loss.watch != TIME_ALONE:
        changes.append("the record being reopened")
    if contact is not None:
        changes.append(f"{contact.name} opting out")
    return tuple(changes)
