"""What people answered about being contacted, and what we write of it on the contact (row P10).

A rep's answer on a task and the interview's "may we keep in touch" are kept by us and hold even
where the CRM has no field for them. A stop outlasts every later recovery, until a person sets
our permission field from no to yes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from rules.calendar import add_span
from rules.case import Case, KnownTask, Loss, Recovery
from rules.consent import choose_contact
from rules.interview import Interview
from rules.model import Contact, Field, Kind, Outcome, Permission, Ref
from rules.ruleset import RuleSet

_MEANS = {Outcome.ASKED_TO_STOP: Permission.NO, Outcome.GAVE_PERMISSION: Permission.YES}


@dataclass(frozen=True, slots=True)
class Answer:
    """One person's last word. `on` None: the interview has it, which keeps no day."""

    permission: Permission
    on: date | None


def last_words(case: Case) -> dict[str, Answer]:
    """By contact; of two answers of one day the no counts."""
    found: dict[str, Answer] = {}
    for task in sorted(_answered(case), key=lambda t: (t.done_on or date.min, _is_no(t), t.key)):
        if task.contact_id and task.outcome:
            found[task.contact_id] = Answer(_MEANS[task.outcome], task.done_on)
    return found


def _answered(case: Case) -> Iterator[KnownTask]:
    for recovery in case.recoveries:
        yield from (t for t in recovery.tasks if t.outcome in _MEANS)


def _is_no(task: KnownTask) -> bool:
    return task.outcome is Outcome.ASKED_TO_STOP


def asked_to_stop(case: Case) -> str | None:
    """Why nobody of this customer may be contacted: a stop that was asked for on a task that
    named no person."""
    days = [t.done_on or t.made_on for t in _answered(case) if _is_no(t) and not t.contact_id]
    if not days or any(c.permission is Permission.YES for c in case.contacts):
        return None
    return f"they asked to stop on {min(days).day} {min(days):%B %Y}"


def interviewed(
    case: Case, losses: tuple[Loss, ...], current: Recovery | None, heard: Interview
) -> str | None:
    """Whom the interview was held with: the contact of the lost record, else of our latest task,
    else the only one there is. A yes that came before our first task is of the person whom that
    task will name; a no stays nobody's. It must not change with their answer."""
    own = [x.contact_id for x in losses if current and x.recovery_id == current.id]
    named = [contact for contact in own if contact]
    if named:
        return named[-1]
    known = next((r for r in case.recoveries if current and r.id == current.id), None)
    asked = [t.contact_id for t in known.tasks if t.contact_id] if known else []
    if asked:
        return asked[-1]
    if len(case.contacts) == 1:
        return case.contacts[0].id
    if heard.keep_in_touch is not Permission.YES:
        return None
    first = choose_contact(tuple(_as_answered(case, each) for each in case.contacts), None)
    return first.id if first else None


def _as_answered(case: Case, contact: Contact) -> Contact:
    """Whoever we wrote a yes on stays the one who gave it, whatever they said later."""
    ref = _ref(case, contact.id)
    if ref is None or case.written.get(ref, {}).get(Field.PERMISSION) != Permission.YES.value:
        return contact
    return replace(contact, permission=Permission.YES, opted_out=False, left=False)


def with_answers(case: Case, heard: Interview, person: str | None) -> Case:
    """The case with each contact's permission as their last word has it. `person` is whom the
    interview's answer is about; a no of somebody whom we do not know counts for everybody."""
    if heard.keep_in_touch is Permission.NO and person is None:
        refusing = tuple(replace(each, permission=Permission.NO) for each in case.contacts)
        return replace(case, contacts=refusing)
    words = _all(case, heard, person)
    if not words:
        return case
    contacts = tuple(
        _answering(case, contact, words[contact.id]) if contact.id in words else contact
        for contact in case.contacts
    )
    return replace(case, contacts=contacts)


def _all(case: Case, heard: Interview, person: str | None) -> dict[str, Answer]:
    words = last_words(case)
    if heard.keep_in_touch is not None and person is not None:
        before = words.get(person)
        if before is None or before.permission is not Permission.NO:
            on = before.on if before and before.permission is heard.keep_in_touch else None
            words[person] = Answer(heard.keep_in_touch, on)
    return words


def _answering(case: Case, contact: Contact, said: Answer) -> Contact:
    ref = _ref(case, contact.id)
    written = case.written.get(ref, {}).get(Field.PERMISSION) if ref else None
    present = contact.permission
    if written is not None and present.value != written:
        theirs_counts = said.permission is Permission.YES or present is Permission.YES
        return contact if theirs_counts else replace(contact, permission=Permission.NO)
    if said.permission is Permission.YES and present is Permission.NO:
        return contact  # a no in the CRM is older or newer: it counts either way
    return replace(contact, permission=said.permission)


def permission_fields(
    case: Case, rules: RuleSet, heard: Interview, person: str | None, today: date
) -> Mapping[Ref, Mapping[Field, str | None]]:
    """The wanted values of our permission fields on contacts."""
    wanted: dict[Ref, Mapping[Field, str | None]] = {}
    for contact_id, said in _all(case, heard, person).items():
        ref = _ref(case, contact_id)
        if ref is None:
            continue
        values: dict[Field, str | None] = {Field.PERMISSION: said.permission.value}
        lasts = rules.limits.permission_lasts
        if said.permission is Permission.YES and lasts is not None:
            known = case.written.get(ref, {}).get(Field.PERMISSION_UNTIL)
            until = add_span(said.on or today, lasts).isoformat()
            values[Field.PERMISSION_UNTIL] = until if said.on or not known else known
        wanted[ref] = values
    return wanted


def _ref(case: Case, contact_id: str) -> Ref | None:
    found = (r.ref for r in case.records if r.kind is Kind.CONTACT and r.ref.id == contact_id)
    return next(found, None)
