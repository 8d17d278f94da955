"""One wanted task made ready for the CRM: consent, who gets it, when it is due, what it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from rules.calendar import at_nine, due_after
from rules.case import TIME_ALONE, Case, KnownTask, Loss, NotMade, PlannedTask, Recovery
from rules.consent import consent
from rules.context import score, text_facts
from rules.drafting import facts_in_words, lost_in_words, skipped_in_words, task_body
from rules.model import Contact, Owner, TaskDraft
from rules.plans import Step
from rules.routing import Routed, assignee
from rules.rulebook import Rulebook
from rules.ruleset import Ask, Assign, AssignTo
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
        routed = route(self.case, self.book, step.assign, self.loss, self.today)
        if routed.owner is None:
            return Parked(NotMade(step.key, f"{step.rule}: {routed.because}"))
        if outside := _outside_pilot(self.book, routed.owner):
            return NotMade(step.rule, outside)
        handed_over = f"Hand-over: {routed.because}." if routed.handed_over_from else ""
        notes = tuple(note for note in (allowed.note, handed_over, *step.notes) if note)
        return self._draft(step, routed, routed.owner, notes)

    def _draft(
        self, step: Step, routed: Routed, owner: Owner, notes: tuple[str, ...]
    ) -> PlannedTask:
        contact = self.contact if step.ask is not Ask.INTERNAL else None
        company, account = self.book.rules.company, self.case.account
        due = due_after(
            step.due_from or self.today, step.due, company.country, frozenset(company.holidays)
        )
        texts = text_facts(
            self.case,
            self.book.rules,
            self.loss,
            self.facts,
            contact=contact,
            assignee=owner,
            playbook=self.recovery.playbook or "",
            goal=self.recovery.goal,
        )
        body = self.book.text(step.body, one_line=False).render(texts) if step.body else ""
        would_change = _would_change(self.loss, contact)
        draft = TaskDraft(
            key=step.key,
            subject=step.prefix + self.book.text(step.subject, one_line=True).render(texts),
            body=without_controls(
                task_body(
                    body,
                    notes=(*notes, *skipped_in_words(due)),
                    link=self.case.link(self.loss.record),
                    why=self._why(step),
                    would_change=would_change,
                    key=step.key,
                )
            ),
            due_on=due.on,
            due_at=at_nine(due.on, owner.timezone or company.timezone),
            owner_id=owner.id,
            account_id=account.id or None if account else None,
            contact_id=contact.id if contact else None,
            record=self.loss.record,
            priority=step.priority,
        )
        return PlannedTask(
            draft=draft,
            recovery_id=self.recovery.id,
            rule=step.rule,
            due=step.due,
            because=f"{step.because}; {routed.because}",
            facts=self.facts,
            would_change=would_change,
            score=score(self.facts),
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


@dataclass(frozen=True, slots=True)
class Parked:
    """A task that somebody should get and nobody can; `told.because` says what to do."""

    told: NotMade


def route(case: Case, book: Rulebook, assign: Assign, loss: Loss | None, today: date) -> Routed:
    owners = case.owners
    record_owner = owners.get(loss.record_owner_id or "") if loss else None
    named = None
    if assign.to is AssignTo.FIELD:
        record = next((r for r in case.records if loss and r.ref == loss.record), None)
        value = case.account_fields.get(assign.name)
        if value is None and record is not None:
            value = record.fields.get(assign.name)
        named = owners.get(str(value)) if value is not None else None
    return assignee(
        assign,
        account_owner=owners.get(case.account.owner_id or "") if case.account else record_owner,
        record_owner=record_owner,
        field_owner=named,
        owners=owners,
        people=book.rules.people,
        today=today,
    )


def _outside_pilot(book: Rulebook, owner: Owner) -> str | None:
    pilot = book.rules.pilot
    if not (pilot.only_owners or pilot.only_teams):
        return None
    mails = {mail.lower() for mail in pilot.only_owners}
    if owner.email.lower() in mails or set(owner.teams) & set(pilot.only_teams):
        return None
    return f"{owner.name} is not in the pilot"


def _would_change(loss: Loss, contact: Contact | None) -> tuple[str, ...]:
    """What would have kept this task away, in a few words each."""
    changes = ["a new purchase"]
    if loss.watch != TIME_ALONE:
        changes.append("the record being reopened")
    if contact is not None:
        changes.append(f"{contact.name} opting out")
    return tuple(changes)
